"""Which rows pg_proc and its kin have.

Goal: what the compiler resolves is in the catalog under PostgreSQL's number, and nothing else is.
Method: the function tables against the recorded catalog of PostgreSQL 15.
"""

from __future__ import annotations

from kalampg.catalog.pg_catalog.recorded import function_oids, recorded_functions
from kalampg.catalog.pg_catalog.supported import supported_functions, supported_operators
from kalampg.catalog.pg_catalog.type_facts import TYPE_FACTS
from kalampg.sql.functions import is_known, lookup

# What PostgreSQL declares otherwise: with types that kalampg has not, or as syntax.
ELSEWHERE = {
    "_pg_expandarray", "coalesce", "current_catalog", "current_date", "current_role",
    "current_time", "current_timestamp", "greatest", "grouping", "inet_client_addr",
    "inet_server_addr", "least", "localtime", "localtimestamp", "nullif", "pg_current_xact_id",
    "pg_get_expr", "user",
}  # fmt: skip


def test_every_supported_function_is_callable_and_numbered_once() -> None:
    functions = supported_functions()
    assert len({function.oid for function in functions}) == len(functions)
    recorded = {function.name for function in recorded_functions()}
    for name in recorded:
        is_listed = any(function.name == name for function in functions)
        assert is_listed or not is_known(name) or name in ELSEWHERE, name


def test_functions_that_do_not_work_are_not_listed() -> None:
    names = {function.name for function in supported_functions()}
    assert not names & {"xmlparse", "lo_create", "pg_read_file", "int4pl", "ts_rank", "dblink"}
    assert lookup("upper", [25]) is not None
    assert 871 in {function.oid for function in supported_functions()}


def test_every_type_has_its_functions_numbers() -> None:
    oids = function_oids()
    for facts in TYPE_FACTS.values():
        assert {f"{facts.prefix}{suffix}" for suffix in ("in", "out")} <= oids.keys(), facts.name


def test_operators_refer_to_functions_that_have_names() -> None:
    known = {function.oid for function in recorded_functions()}
    assert {operator.function_oid for operator in supported_operators()} <= known
