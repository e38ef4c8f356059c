"""The functions that Python computes for DuckDB.

Goal: conditions, NULLs and limits of the package's own; what the functions compute is compared with
PostgreSQL by `make conformance`. Method: call what DuckDB calls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kalampg.builtins import BUILTINS
from kalampg.builtins.posix_pattern import compiled, translated
from kalampg.builtins.similar_pattern import as_regex
from kalampg.errors import InvalidRegularExpression


def _function(name: str) -> Callable[..., Any]:
    return next(builtin for builtin in BUILTINS if builtin.name == name).raising()


def test_names_are_unique() -> None:
    names = [builtin.name for builtin in BUILTINS]
    assert len(names) == len(set(names))


def test_null_makes_null_of_every_strict_function() -> None:
    for builtin in BUILTINS:
        if builtin.is_strict:
            assert builtin.raising()(*[None] * len(builtin.arguments)) is None


def test_conditions_carry_their_sqlstate_through_duckdb() -> None:
    with pytest.raises(ValueError, match=r"^KPG:22012:division by zero$"):
        _function("kpg_numeric_divide")("1", "0")


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        pytest.param("kpg_numeric_divide", ("1", "3"), "0.33333333333333333333", id="20 digits"),
        pytest.param("kpg_numeric_divide", ("100000", "3.0"), "33333.333333333333", id="16 digits"),
        pytest.param("kpg_numeric_multiply", ("1.50", "2"), "3.00", id="scales add up"),
        pytest.param("kpg_numeric_power", ("2", "0.5"), "1.4142135623730950", id="root"),
        pytest.param("kpg_numeric_to_char", ("-485", "999PR"), "<485>", id="brackets"),
        pytest.param("kpg_numeric_to_char", ("485", "RN"), "        CDLXXXV", id="roman"),
        pytest.param("kpg_to_date", ("2024 060", "YYYY DDD"), 19782, id="day of the year"),
        pytest.param("kpg_jsonb_set", ('{"a": 1}', ["b"], "2", True), '{"a": 1, "b": 2}', id="set"),
        pytest.param("kpg_jsonb_contains", ('{"a": [1, 2]}', '{"a": [2]}'), True, id="contains"),
        pytest.param("kpg_json_member", ('{"a" : [1,  2]}', "a"), "[1,  2]", id="as written"),
        pytest.param("kpg_regex_match", ("ab", "a|ab", ""), ["ab"], id="longest"),
    ],
)
def test_results_are_postgresql_s(name: str, arguments: tuple[Any, ...], expected: object) -> None:
    assert _function(name)(*arguments) == expected


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "[", "*a", "a**", "a{2,1}", "a{1000}", "[[:no:]]", "\\", "(?P<x>a)", "\\p"],
)
def test_patterns_that_postgresql_refuses_are_refused(pattern: str) -> None:
    with pytest.raises(InvalidRegularExpression):
        compiled(pattern)


def test_nothing_of_the_regex_library_s_own_syntax_is_reachable() -> None:
    assert translated("a{e}") == r"a\{e\}"
    assert compiled("a&&b").search("a&&b") is not None


def test_similar_pattern_marks_the_part_to_return() -> None:
    assert as_regex('%#"o_b#"%', "#") == "^(?:.*?)(o.b)(?:.*)$"


def test_sort_keys_are_ordered_as_jsonb_is() -> None:
    ordered = ["[]", "null", '"a"', '"b"', "-10", "-2", "0", "2", "2.5", "10", "false", "true"]
    ordered += ["[1]", "[1, 2]", "{}", '{"a": 1}']
    key = _function("kpg_jsonb_sort_key")
    assert sorted(ordered, key=key) == ordered
