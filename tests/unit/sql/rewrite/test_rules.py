"""The rules as documentation, and the properties that all of them share.

Goal: examples in docstrings are true; rules leave a sound tree; nothing of the client's is written
unless a rule has made it. Method: run every doctest, walk parent pointers after each rule, and feed
the writer what no rule has touched.
"""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest
from sqlglot import exp

from conformance.golden import GOLDEN, read_cases
from kalampg import errors
from kalampg.sql import rewrite as package
from kalampg.sql.dialect import parse_one
from kalampg.sql.functions import is_known, lookup, overloads
from kalampg.sql.rewrite import RULES, RewriteContext, rewrite, to_duckdb_sql
from kalampg.sql.rewrite.fill_types import fill_types
from kalampg.sql.rewrite.parameters import duck_parameter, session_parameters
from kalampg.sql.rewrite.scope_user_tables import scoped

MODULES = sorted(module.name for module in pkgutil.iter_modules(package.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_are_true(name: str) -> None:
    module = importlib.import_module(f"kalampg.sql.rewrite.{name}")
    assert doctest.testmod(module).failed == 0


def test_every_rule_has_a_file_of_its_name() -> None:
    for rule in RULES:
        name = getattr(rule, "__name__", "")
        assert name in MODULES
        assert f"rewrite.{name}" in rule.__module__


def test_parent_pointers_hold_after_each_rule() -> None:
    for path in sorted(GOLDEN.glob("*.sql")):
        for case in read_cases(path):
            tree: exp.Expr
            try:
                tree = parse_one(case.statement)
            except Exception:  # noqa: BLE001 - other tests say what does not parse
                continue
            for rule in RULES:
                try:
                    tree = rule(tree, RewriteContext())
                except errors.PgError:
                    break
                for node in tree.walk():
                    for child in node.iter_expressions():
                        assert child.parent is node, (rule, case.statement)


@pytest.mark.parametrize(
    ("statement", "sqlstate"),
    [
        pytest.param("SELECT read_csv('/etc/passwd')", "42883", id="file reader"),
        pytest.param("SELECT pg_jsonb('{}')", "42883", id="our own macro by name"),
        pytest.param("SELECT getenv('HOME')", "42883", id="getenv"),
        pytest.param("SELECT current_setting('x') FROM duckdb_settings()", "42883", id="catalog"),
        pytest.param("SELECT query('SELECT 1')", "42883", id="query"),
        pytest.param("SELECT * FROM glob('/*')", "42883", id="table function"),
        pytest.param("SELECT 1 WHERE nextval('kalam_snowflake') > 0", "0A000", id="sequence"),
        pytest.param("SELECT a FROM t TABLESAMPLE SYSTEM (1)", "0A000", id="sample"),
        pytest.param("SELECT a FROM t FOR UPDATE", "0A000", id="locks"),
        pytest.param("SELECT a::point", "42704", id="unknown type"),
        pytest.param("SELECT B'101'", "0A000", id="bit string"),
        pytest.param('SELECT a COLLATE "en_US" FROM t', "42704", id="collation"),
    ],
)
def test_what_is_not_supported_is_refused(statement: str, sqlstate: str) -> None:
    with pytest.raises(errors.PgError) as raised:
        to_duckdb_sql(rewrite(parse_one(statement), RewriteContext()))
    assert raised.value.sqlstate == sqlstate


def test_the_writer_refuses_calls_and_parameters_that_no_rule_made() -> None:
    with pytest.raises(errors.UndefinedFunction):
        to_duckdb_sql(parse_one("SELECT lower('A')"))
    with pytest.raises(errors.PgError):
        to_duckdb_sql(exp.Placeholder(this="kalam_user"))
    with pytest.raises(errors.FeatureNotSupported):
        to_duckdb_sql(parse_one("SELECT $1"))


def test_identifiers_and_strings_cannot_end_early() -> None:
    tree = parse_one("""SELECT 'a''b' AS "x""y", "FROM" FROM "t; DROP TABLE u" """)
    assert to_duckdb_sql(tree) == ("""SELECT 'a''b' AS "x""y", "FROM" FROM "t; DROP TABLE u\"""")


def test_a_zero_byte_is_refused() -> None:
    with pytest.raises(errors.CharacterNotInRepertoire):
        to_duckdb_sql(exp.Literal.string("a\x00b"))


def test_user_tables_are_read_through_both_predicates() -> None:
    scan = exp.Table(this=exp.to_identifier("scan", quoted=True))
    query = scoped(scan, ["id"], "t", alias_columns=["i"], is_user_table=True, hides_deleted=True)
    assert to_duckdb_sql(query) == (
        '(SELECT "id" FROM "scan" WHERE ("_user_id" = $kalam_user) AND (NOT "_deleted")) '
        'AS "t"("i")'
    )


def test_a_parameter_of_no_type_is_text() -> None:
    assert to_duckdb_sql(rewrite(parse_one("SELECT $1"), RewriteContext((0,)))) == (
        "SELECT CAST($p1 AS VARCHAR)"
    )


def test_a_missing_parameter_is_refused() -> None:
    with pytest.raises(errors.UndefinedParameter):
        rewrite(parse_one("SELECT $2"), RewriteContext((23,)))


@pytest.mark.parametrize(
    ("oid", "datum", "bound"),
    [
        pytest.param(23, 5, 5, id="int"),
        pytest.param(1082, 0, "1970-01-01", id="epoch"),
        pytest.param(1082, -719_528, "0001-01-01 (BC)", id="1 BC"),
        pytest.param(1082, 2**31 - 1, "infinity", id="infinite date"),
        pytest.param(1114, -1, "1969-12-31 23:59:59.999999", id="before the epoch"),
        pytest.param(1184, 0, "1970-01-01 00:00:00.000000+00", id="timestamptz"),
        pytest.param(1083, 86_400_000_000, "24:00:00.000000", id="24:00"),
        pytest.param(1186, (14, -3, 1), "14 months -3 days 1 microseconds", id="interval"),
        pytest.param(2950, bytes(16), "00000000-0000-0000-0000-000000000000", id="uuid"),
        pytest.param(1182, [0, None], ["1970-01-01", None], id="array"),
        pytest.param(23, None, None, id="NULL"),
    ],
)
def test_parameters_have_their_physical_form(oid: int, datum: object, bound: object) -> None:
    assert duck_parameter(oid, datum) == bound


def test_session_parameters_are_not_looked_for_in_strings_and_names() -> None:
    parts = ["SELECT '$k_no''$k_no2', \"$k_no3\", $k_now FROM ", " WHERE $k_current_user = 'x'"]
    assert session_parameters(parts) == {"k_now", "k_current_user"}


@pytest.mark.parametrize(
    ("name", "arguments", "result", "declared"),
    [
        pytest.param("length", [1043], 23, (25,), id="varchar is text"),
        pytest.param("length", [1042], 23, (1042,), id="exact match"),
        pytest.param("sqrt", [23], 701, (701,), id="preferred type"),
        pytest.param("coalesce", [705, 23, 20], 20, (20, 20, 20), id="common type"),
        pytest.param("unnest", [1009], 25, (1009,), id="element of an array"),
        pytest.param("array_agg", [23], 1007, (23,), id="array of an element"),
        pytest.param("round", [23], 701, (701,), id="round of an integer is float8"),
    ],
)
def test_overloads_are_chosen_as_postgresql_does(
    name: str, arguments: list[int], result: int, declared: tuple[int, ...]
) -> None:
    match = lookup(name, arguments)
    assert match is not None
    assert (match.result_oid, match.arg_oids) == (result, declared)


def test_unknown_names_and_wrong_arguments_have_no_overload() -> None:
    assert lookup("nosuch", []) is None
    assert lookup("lower", [23]) is None
    assert not is_known("read_csv")
    assert overloads("read_csv") == ()


def test_types_reach_through_subqueries() -> None:
    tree = fill_types(parse_one("SELECT (SELECT 1.5) + 1"), RewriteContext())
    assert tree.expressions[0].meta["oid"] == 1700
