"""Record what PostgreSQL 15 answers for the literals in ``literals.py`` into ``recorded.jsonl``.

Run by hand against a throw-away server, when literals are added; the tests only read the record:
    python -m tests.unit.pgtypes.record_oracle 'host=/tmp/pg user=postgres dbname=postgres'
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.unit.pgtypes.literals import LITERALS, SETTINGS

RECORD = Path(__file__).with_name("recorded.jsonl")


def answer(connection: psycopg.Connection[Any], type_name: str, literal: str) -> dict[str, Any]:
    """Text and binary of the literal's value, or the error."""
    try:
        with connection.transaction(), connection.cursor() as cursor:
            # As a literal, not as a parameter: only then does the interval's input see its typmod.
            query = sql.SQL("SELECT {}::" + type_name).format(sql.Literal(literal))
            cursor.execute(query, binary=False)
            text = cursor.pgresult.get_value(0, 0)  # type: ignore[union-attr]
            cursor.execute(query, binary=True)
            binary = cursor.pgresult.get_value(0, 0)  # type: ignore[union-attr]
    except psycopg.Error as error:
        diagnostic = error.diag
        fields = {
            "sqlstate": diagnostic.sqlstate,
            "message": diagnostic.message_primary,
            "detail": diagnostic.message_detail,
            "hint": diagnostic.message_hint,
        }
        return {name: value for name, value in fields.items() if value is not None}
    assert text is not None
    assert binary is not None
    return {"text": text.decode(), "binary": binary.hex()}


def main(conninfo: str) -> None:
    with psycopg.connect(conninfo, autocommit=True) as connection, RECORD.open("w") as record:
        for settings_name, settings in SETTINGS.items():
            for name, value in settings.items():
                connection.execute(f"SET {name} = '{value}'")
            for type_name, literals in LITERALS.get(settings_name, {}).items():
                for literal in literals:
                    case = {"settings": settings_name, "type": type_name, "literal": literal}
                    case |= answer(connection, type_name, literal)
                    record.write(json.dumps(case, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
