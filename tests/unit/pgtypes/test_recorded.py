"""Literals as PostgreSQL 15 reads and writes them.

Goal: text and binary forms, and errors with SQLSTATE, message, detail and hint, are PostgreSQL's.
Method: ``recorded.jsonl`` holds what PostgreSQL 15 answered for each literal of ``literals.py``
under several settings (``record_oracle.py`` made it); every line is compared. Differences that we
chose are listed by name.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from kalampg.errors import PgError
from kalampg.pgtypes import (
    OutputSettings,
    apply_typmod,
    from_binary,
    from_text,
    to_binary,
    to_text,
    type_named,
    type_of,
)
from kalampg.pgtypes.shaped_arrays import shaped_of

RECORD = Path(__file__).with_name("recorded.jsonl")

SETTINGS = {
    "default": OutputSettings(),
    "new_york_dmy": OutputSettings(
        timezone="America/New_York",
        date_style="ISO, DMY",
        interval_style="postgres_verbose",
        extra_float_digits=0,
        bytea_output="escape",
    ),
    "kolkata_ymd": OutputSettings(
        timezone="Asia/Kolkata",
        date_style="ISO, YMD",
        interval_style="iso_8601",
        extra_float_digits=-3,
    ),
    "berlin_sql_standard": OutputSettings(
        timezone="Europe/Berlin", interval_style="sql_standard", extra_float_digits=3
    ),
}

# Differences that we chose: (type, literal, our answer's text or SQLSTATE).
CHOSEN = {
    # Microseconds count from 1970 in 64 bits, as DuckDB's do: the last 30 years do not fit.
    ("timestamptz", "294277-01-01 00:00:00", "22008"),
}

CHOSEN_INSTANT = ("timestamptz", "294277-01-01 00:00:00")

INTERVAL_FIELDS = {"year": 4, "month": 2, "day": 8, "hour": 1024, "minute": 2048, "second": 4096}


def recorded() -> list[dict[str, Any]]:
    with RECORD.open() as lines:
        return [json.loads(line) for line in lines]


@cache
def oid_and_typmod(declaration: str) -> tuple[int, int]:
    if declaration.startswith("interval ") or declaration == "interval(2)":
        return 1186, interval_typmod(declaration)
    modifiers = re.search(r"\(([-\d,]+)\)", declaration)
    name = re.sub(r"\([-\d,]+\)", "", declaration)
    found = type_named(name)
    assert found is not None, declaration
    if modifiers is None:
        return found.oid, -1
    numbers = [int(each) for each in modifiers[1].split(",")]
    if len(numbers) == 2:
        return found.oid, ((numbers[0] << 16) | (numbers[1] & 0x7FF)) + 4
    return found.oid, numbers[0] + 4 if "char" in name else numbers[0]


def interval_typmod(declaration: str) -> int:
    precision = re.search(r"\((\d)\)", declaration)
    names = re.findall("year|month|day|hour|minute|second", declaration)
    fields = sum(INTERVAL_FIELDS[name] for name in names)
    if len(names) == 2:
        order = list(INTERVAL_FIELDS)
        span = order[order.index(names[0]) : order.index(names[1]) + 1]
        fields = sum(INTERVAL_FIELDS[name] for name in span)
    return ((fields or 0x7FFF) << 16) | (int(precision[1]) if precision else 0xFFFF)


def shaped(oid: int, case: dict[str, Any]) -> int:
    """The type that a literal which is cast has: of any shape if PostgreSQL prints its bounds."""
    has_shape = case.get("text", "").startswith(("[", "{{"))
    return shaped_of(oid) if type_of(oid).is_array and has_shape else oid


def kalampg_answer(case: dict[str, Any]) -> dict[str, Any]:
    oid, typmod = oid_and_typmod(case["type"])
    oid = shaped(oid, case)
    settings = SETTINGS[case["settings"]]
    try:
        # A literal's cast is explicit; only an interval's input already sees the modifier.
        datum = from_text(oid, case["literal"], typmod if oid == 1186 else -1, settings)
        datum = apply_typmod(oid, typmod, datum, explicit=True)
        return {"text": to_text(oid, datum, settings), "binary": to_binary(oid, datum).hex()}
    except PgError as error:
        fields = {
            "sqlstate": error.sqlstate,
            "message": error.message,
            "detail": error.detail,
            "hint": error.hint,
        }
        return {name: value for name, value in fields.items() if value is not None}


def test_literals_are_read_and_written_as_postgresql_does() -> None:
    differences = []
    for case in recorded():
        expected = {key: case[key] for key in case.keys() - {"settings", "type", "literal"}}
        answer = kalampg_answer(case)
        shown = answer.get("text", answer.get("sqlstate"))
        is_chosen = (case["type"], case["literal"], shown) in CHOSEN
        if answer != expected and not is_chosen:
            differences.append((case["settings"], case["type"], case["literal"], answer, expected))
    assert not differences, "\n".join(map(str, differences))


def test_recorded_binary_values_are_received_as_they_were_read() -> None:
    differences = []
    for case in recorded():
        oid, _ = oid_and_typmod(case["type"])
        if "binary" not in case or (case["type"], case["literal"]) == CHOSEN_INSTANT:
            continue
        settings = SETTINGS[case["settings"]]
        oid = shaped(oid, case)
        datum = from_binary(oid, bytes.fromhex(case["binary"]))
        text = to_text(oid, datum, settings)
        if text != case["text"]:
            differences.append((case["type"], case["literal"], text, case["text"]))
    assert not differences, "\n".join(map(str, differences))
