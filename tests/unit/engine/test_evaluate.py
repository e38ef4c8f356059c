"""evaluate: expressions to datums, as PostgreSQL computes them.

Goal: every operator and function of the fast path has PostgreSQL's value, scale, NULL rule, error.
Method: a table of expressions with the answers that PostgreSQL 15 gave, in its text form (recorded
with TimeZone 'Europe/Berlin'); each is also written as the tree that the planner makes of it.
"""

from __future__ import annotations

import math
import typing
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import pytest

from kalampg import errors
from kalampg.clock import ManualClock
from kalampg.engine.advisory import AdvisoryLocks
from kalampg.engine.context import SessionContext
from kalampg.engine.evaluate import FORMS, compile_expression, reads_system_columns
from kalampg.engine.generators import Generators, SequenceFunctions
from kalampg.engine.locks import LockTable
from kalampg.ids import Oid, UserId
from kalampg.pgtypes import OutputSettings, to_text
from kalampg.relation import Datum
from kalampg.sql.evaluable import EVALUABLE, is_castable, is_evaluable
from kalampg.sql.expression import Call, ColumnRef, Const, Expression, Param

BOOL, BYTEA, NAME, INT8, INT2, INT4, TEXT, OID = 16, 17, 19, 20, 21, 23, 25, 26
JSON, FLOAT4, FLOAT8, BPCHAR, VARCHAR = 114, 700, 701, 1042, 1043
DATE, TIME, TIMESTAMP, TIMESTAMPTZ, INTERVAL = 1082, 1083, 1114, 1184, 1186
NUMERIC, UUID, JSONB, INT4_ARRAY = 1700, 2950, 3802, 1007


def c(oid: int, value: Datum) -> Const:
    return Const(value, Oid(oid))


def i2(value: int) -> Const:
    return c(INT2, value)


def i4(value: int) -> Const:
    return c(INT4, value)


def i8(value: int) -> Const:
    return c(INT8, value)


def f4(value: float) -> Const:
    return c(FLOAT4, value)


def f8(value: float) -> Const:
    return c(FLOAT8, value)


def num(text: str) -> Const:
    return c(NUMERIC, Decimal(text))


def t(value: str) -> Const:
    return c(TEXT, value)


def b(value: bool) -> Const:
    return c(BOOL, value)


def null(oid: int) -> Const:
    return c(oid, None)


def call(function: str, oid: int, *arguments: Expression) -> Call:
    return Call(function, arguments, Oid(oid))


def cast(argument: Expression, oid: int, typmod: int = -1) -> Call:
    return Call("cast", (argument,), Oid(oid), typmod)


def numeric(precision: int, scale: int) -> int:
    return (precision << 16 | scale) + 4


def error(sqlstate: str, message: str) -> tuple[str, str]:
    return (sqlstate, message)


class Numbers:
    """A source of snowflakes for tests."""

    def __init__(self) -> None:
        self.last = 0

    def next(self) -> int:
        self.last += 1
        return self.last


def session(**changes: object) -> SessionContext:
    context = SessionContext(
        user_id=UserId("alice"),
        session_user="service",
        generators=Generators(
            clock=ManualClock(),
            random_bytes=lambda count: b"\xff" * count,
            snowflakes=Numbers(),
            sequences=typing.cast(SequenceFunctions, None),
            advisory=AdvisoryLocks(LockTable()),
        ),
        output=OutputSettings(timezone="Europe/Berlin"),
    )
    for name, value in changes.items():
        setattr(context, name, value)
    return context


def evaluate(
    expression: Expression,
    row: Sequence[Datum] = (),
    params: Sequence[Datum] = (),
    context: SessionContext | None = None,
) -> Datum:
    return compile_expression(expression)(row, params, context or session())


RECORDED: Final = [
    (
        "2147483647::int4 + 1::int4",
        call("+", INT4, i4(2147483647), i4(1)),
        error("22003", "integer out of range"),
    ),
    (
        "32767::int2 + 1::int2",
        call("+", INT2, i2(32767), i2(1)),
        error("22003", "smallint out of range"),
    ),
    ("1::int2 + 100000::int4", call("+", INT4, i2(1), i4(100000)), "100001"),
    (
        "9223372036854775807 + 1::int8",
        call("+", INT8, i8(9223372036854775807), i8(1)),
        error("22003", "bigint out of range"),
    ),
    (
        "(-9223372036854775808) / (-1)::int8",
        call("/", INT8, i8(-9223372036854775808), i8(-1)),
        error("22003", "bigint out of range"),
    ),
    ("(-9223372036854775808) % (-1)::int8", call("%", INT8, i8(-9223372036854775808), i8(-1)), "0"),
    ("-7 / 2", call("/", INT4, i4(-7), i4(2)), "-3"),
    ("-7 % 2", call("%", INT4, i4(-7), i4(2)), "-1"),
    ("7 % -2", call("%", INT4, i4(7), i4(-2)), "1"),
    ("1 / 0", call("/", INT4, i4(1), i4(0)), error("22012", "division by zero")),
    ("1 % 0", call("%", INT4, i4(1), i4(0)), error("22012", "division by zero")),
    ("mod(7, 4)", call("mod", INT4, i4(7), i4(4)), "3"),
    (
        "- (-2147483648)::int4",
        call("-", INT4, i4(-2147483648)),
        error("22003", "integer out of range"),
    ),
    (
        "abs((-2147483648)::int4)",
        call("abs", INT4, i4(-2147483648)),
        error("22003", "integer out of range"),
    ),
    ("abs(-5)", call("abs", INT4, i4(-5)), "5"),
    (
        "2147483647::int4 * 2::int4",
        call("*", INT4, i4(2147483647), i4(2)),
        error("22003", "integer out of range"),
    ),
    ("1.5 + 2.25", call("+", NUMERIC, num("1.5"), num("2.25")), "3.75"),
    ("1.10 - 1.1", call("-", NUMERIC, num("1.10"), num("1.1")), "0.00"),
    ("1.10 * 2.00", call("*", NUMERIC, num("1.10"), num("2.00")), "2.2000"),
    ("1.0 / 3", call("/", NUMERIC, num("1.0"), i4(3)), "0.33333333333333333333"),
    ("10::numeric / 3", call("/", NUMERIC, num("10"), i4(3)), "3.3333333333333333"),
    ("2::numeric / 3", call("/", NUMERIC, num("2"), i4(3)), "0.66666666666666666667"),
    (
        "1::numeric / 7000000000",
        call("/", NUMERIC, num("1"), num("7000000000")),
        "0.0000000001428571428571428571",
    ),
    (
        "123456789.123 / 0.0007",
        call("/", NUMERIC, num("123456789.123"), num("0.0007")),
        "176366841604.28571429",
    ),
    ("100000::numeric / 3", call("/", NUMERIC, num("100000"), num("3")), "33333.333333333333"),
    ("-1::numeric / 3", call("/", NUMERIC, num("-1"), num("3")), "-0.33333333333333333333"),
    ("0::numeric / 3", call("/", NUMERIC, num("0"), num("3")), "0.00000000000000000000"),
    (
        "1e30::numeric / 7",
        call("/", NUMERIC, num("1000000000000000000000000000000"), num("7")),
        "142857142857142857142857142857",
    ),
    (
        "1e-30::numeric / 7",
        call("/", NUMERIC, num("0.000000000000000000000000000001"), num("7")),
        "0.000000000000000000000000000000142857142857142857",
    ),
    ("7.5 % 2", call("%", NUMERIC, num("7.5"), i4(2)), "1.5"),
    ("-7.50 % 2.0", call("%", NUMERIC, num("-7.50"), num("2.0")), "-1.50"),
    ("1.0 / 0", call("/", NUMERIC, num("1.0"), i4(0)), error("22012", "division by zero")),
    ("'NaN'::numeric + 1", call("+", NUMERIC, num("NaN"), i4(1)), "NaN"),
    ("'NaN'::numeric / 0", call("/", NUMERIC, num("NaN"), i4(0)), "NaN"),
    (
        "'Infinity'::numeric - 'Infinity'::numeric",
        call("-", NUMERIC, num("Infinity"), num("Infinity")),
        "NaN",
    ),
    (
        "'Infinity'::numeric / 0",
        call("/", NUMERIC, num("Infinity"), i4(0)),
        error("22012", "division by zero"),
    ),
    ("'-Infinity'::numeric / -2", call("/", NUMERIC, num("-Infinity"), i4(-2)), "Infinity"),
    ("5::numeric / 'Infinity'::numeric", call("/", NUMERIC, num("5"), num("Infinity")), "0"),
    ("5::numeric % 'Infinity'::numeric", call("%", NUMERIC, num("5"), num("Infinity")), "5"),
    ("- 0.00", call("-", NUMERIC, num("0.00")), "0.00"),
    ("abs(-1.50)", call("abs", NUMERIC, num("-1.50")), "1.50"),
    (
        "1e308::float8 * 10",
        call("*", FLOAT8, f8(1e308), i4(10)),
        error("22003", "value out of range: overflow"),
    ),
    (
        "1e-308::float8 / 1e308",
        call("/", FLOAT8, f8(1e-308), f8(1e308)),
        error("22003", "value out of range: underflow"),
    ),
    ("1::float8 / 0", call("/", FLOAT8, f8(1.0), i4(0)), error("22012", "division by zero")),
    ("'NaN'::float8 / 0", call("/", FLOAT8, f8(math.nan), i4(0)), "NaN"),
    ("'Infinity'::float8 * 2", call("*", FLOAT8, f8(math.inf), i4(2)), "Infinity"),
    ("0.1::float8 + 0.2::float8", call("+", FLOAT8, f8(0.1), f8(0.2)), "0.30000000000000004"),
    (
        "3e38::float4 * 10::float4",
        call("*", FLOAT4, f4(3e38), f4(10.0)),
        error("22003", "value out of range: overflow"),
    ),
    (
        "0.1::float4 + 0.2::float4",
        call("+", FLOAT4, f4(0.10000000149011612), f4(0.20000000298023224)),
        "0.3",
    ),
    ("1::int4 + 0.5::float8", call("+", FLOAT8, i4(1), f8(0.5)), "1.5"),
    ("1.5::numeric + 0.5::float8", call("+", FLOAT8, num("1.5"), f8(0.5)), "2"),
    ("NULL::int4 + 1", call("+", INT4, null(INT4), i4(1)), None),
    ("1 = 1.0", call("=", BOOL, i4(1), num("1.0")), "t"),
    ("'NaN'::float8 = 'NaN'::float8", call("=", BOOL, f8(math.nan), f8(math.nan)), "t"),
    ("'NaN'::float8 > 'Infinity'::float8", call(">", BOOL, f8(math.nan), f8(math.inf)), "t"),
    ("'NaN'::numeric > 1e30", call(">", BOOL, num("NaN"), num("1e30")), "t"),
    ("0::float8 = '-0'::float8", call("=", BOOL, f8(0.0), f8(-0.0)), "t"),
    ("'a '::bpchar = 'a'::bpchar", call("=", BOOL, c(BPCHAR, "a "), c(BPCHAR, "a")), "t"),
    ("'a '::text = 'a'::text", call("=", BOOL, t("a "), t("a")), "f"),
    ("'b' > 'A'", call(">", BOOL, t("b"), t("A")), "t"),
    (
        "'1 mon'::interval = '30 days'::interval",
        call("=", BOOL, c(INTERVAL, (1, 0, 0)), c(INTERVAL, (0, 30, 0))),
        "t",
    ),
    (
        "'1 day'::interval < '25:00'::interval",
        call("<", BOOL, c(INTERVAL, (0, 1, 0)), c(INTERVAL, (0, 0, 90_000_000_000))),
        "t",
    ),
    ("NULL::int4 = 1", call("=", BOOL, null(INT4), i4(1)), None),
    ("1 IS DISTINCT FROM NULL::int4", call("is distinct from", BOOL, i4(1), null(INT4)), "t"),
    (
        "NULL::int4 IS NOT DISTINCT FROM NULL::int4",
        call("is not distinct from", BOOL, null(INT4), null(INT4)),
        "t",
    ),
    ("1 IS NOT DISTINCT FROM 2", call("is not distinct from", BOOL, i4(1), i4(2)), "f"),
    ("true AND NULL", call("and", BOOL, b(True), null(BOOL)), None),
    ("false AND NULL", call("and", BOOL, b(False), null(BOOL)), "f"),
    ("NULL AND false", call("and", BOOL, null(BOOL), b(False)), "f"),
    ("true OR NULL", call("or", BOOL, b(True), null(BOOL)), "t"),
    ("NULL OR true", call("or", BOOL, null(BOOL), b(True)), "t"),
    ("false OR NULL", call("or", BOOL, b(False), null(BOOL)), None),
    ("NOT NULL::bool", call("not", BOOL, null(BOOL)), None),
    ("NOT false", call("not", BOOL, b(False)), "t"),
    ("NULL::bool IS TRUE", call("is true", BOOL, null(BOOL)), "f"),
    ("NULL::bool IS NOT TRUE", call("is not true", BOOL, null(BOOL)), "t"),
    ("NULL::bool IS UNKNOWN", call("is unknown", BOOL, null(BOOL)), "t"),
    ("false IS FALSE", call("is false", BOOL, b(False)), "t"),
    ("true IS NOT UNKNOWN", call("is not unknown", BOOL, b(True)), "t"),
    ("true IS NOT FALSE", call("is not false", BOOL, b(True)), "t"),
    ("NULL::int4 IS NULL", call("is null", BOOL, null(INT4)), "t"),
    ("1 IS NOT NULL", call("is not null", BOOL, i4(1)), "t"),
    ("2 IN (1, 2, NULL)", call("in", BOOL, i4(2), i4(1), i4(2), null(INT4)), "t"),
    ("3 IN (1, 2, NULL)", call("in", BOOL, i4(3), i4(1), i4(2), null(INT4)), None),
    ("3 NOT IN (1, 2, NULL)", call("not in", BOOL, i4(3), i4(1), i4(2), null(INT4)), None),
    ("3 NOT IN (1, 2)", call("not in", BOOL, i4(3), i4(1), i4(2)), "t"),
    ("NULL::int4 IN (1)", call("in", BOOL, null(INT4), i4(1)), None),
    (
        "'NaN'::float8 IN (1, 'NaN'::float8)",
        call("in", BOOL, f8(math.nan), f8(1.0), f8(math.nan)),
        "t",
    ),
    ("2 BETWEEN 1 AND 3", call("between", BOOL, i4(2), i4(1), i4(3)), "t"),
    ("2 BETWEEN 3 AND NULL", call("between", BOOL, i4(2), i4(3), null(INT4)), "f"),
    ("2 NOT BETWEEN 1 AND NULL", call("not between", BOOL, i4(2), i4(1), null(INT4)), None),
    ("2 NOT BETWEEN 3 AND 1", call("not between", BOOL, i4(2), i4(3), i4(1)), "t"),
    ("coalesce(NULL, 2, 3)", call("coalesce", INT4, null(INT4), i4(2), i4(3)), "2"),
    ("coalesce(NULL::int4, 2.50)", call("coalesce", NUMERIC, null(INT4), num("2.50")), "2.50"),
    ("nullif(1, 1)", call("nullif", INT4, i4(1), i4(1)), None),
    ("nullif(1, NULL)", call("nullif", INT4, i4(1), null(INT4)), "1"),
    ("greatest(1, NULL, 3)", call("greatest", INT4, i4(1), null(INT4), i4(3)), "3"),
    ("least(1, 2.5, -1)", call("least", NUMERIC, i4(1), num("2.5"), i4(-1)), "-1"),
    ("greatest(NULL::int4, NULL::int4)", call("greatest", INT4, null(INT4), null(INT4)), None),
    (
        "CASE WHEN NULL THEN 1 WHEN true THEN 2 ELSE 3 END",
        call("case", INT4, null(BOOL), i4(1), b(True), i4(2), i4(3)),
        "2",
    ),
    ("CASE WHEN false THEN 1 END", call("case", INT4, b(False), i4(1)), None),
    (
        "CASE WHEN false THEN 1 ELSE 2.5 END",
        call("case", NUMERIC, b(False), i4(1), num("2.5")),
        "2.5",
    ),
    ("'a' || 'b'", call("||", TEXT, t("a"), t("b")), "ab"),
    ("'a' || NULL::text", call("||", TEXT, t("a"), null(TEXT)), None),
    (
        r"'\x01'::bytea || '\x02'::bytea",
        call("||", BYTEA, c(BYTEA, b"\x01"), c(BYTEA, b"\x02")),
        "\\x0102",
    ),
    ("length('äöü')", call("length", INT4, t("äöü")), "3"),
    ("octet_length('äöü')", call("octet_length", INT4, t("äöü")), "6"),
    (r"length('\x010203'::bytea)", call("length", INT4, c(BYTEA, b"\x01\x02\x03")), "3"),
    ("char_length('a ')", call("char_length", INT4, t("a ")), "2"),
    ("character_length('')", call("character_length", INT4, t("")), "0"),
    ("2.5::numeric::int4", cast(num("2.5"), INT4), "3"),
    ("(-2.5)::numeric::int4", cast(num("-2.5"), INT4), "-3"),
    ("2.5::float8::int4", cast(f8(2.5), INT4), "2"),
    ("3.5::float8::int4", cast(f8(3.5), INT4), "4"),
    ("1e10::float8::int4", cast(f8(1e10), INT4), error("22003", "integer out of range")),
    ("'NaN'::float8::int4", cast(f8(math.nan), INT4), error("22003", "integer out of range")),
    (
        "'NaN'::numeric::int8",
        cast(num("NaN"), INT8),
        error("0A000", "cannot convert NaN to bigint"),
    ),
    (
        "'Infinity'::numeric::int2",
        cast(num("Infinity"), INT2),
        error("0A000", "cannot convert infinity to smallint"),
    ),
    ("40000::int4::int2", cast(i4(40000), INT2), error("22003", "smallint out of range")),
    (
        "9223372036854775807::float8::int8",
        cast(f8(9.223372036854775807e18), INT8),
        error("22003", "bigint out of range"),
    ),
    ("0.1::float8::numeric", cast(f8(0.1), NUMERIC), "0.1"),
    ("1e20::float8::numeric", cast(f8(1e20), NUMERIC), "100000000000000000000"),
    (
        "123456789012345678::float8::numeric",
        cast(f8(123456789012345678.0), NUMERIC),
        "123456789012346000",
    ),
    ("0.1::float4::numeric", cast(f4(0.10000000149011612), NUMERIC), "0.1"),
    ("1.10::numeric::float8", cast(num("1.10"), FLOAT8), "1.1"),
    (
        "1e39::float8::float4",
        cast(f8(1e39), FLOAT4),
        error("22003", "value out of range: overflow"),
    ),
    (
        "1e-50::float8::float4",
        cast(f8(1e-50), FLOAT4),
        error("22003", "value out of range: underflow"),
    ),
    ("1::int4::numeric(5,2)", cast(i4(1), NUMERIC, numeric(5, 2)), "1.00"),
    ("123.456::numeric(5,2)", cast(num("123.456"), NUMERIC, numeric(5, 2)), "123.46"),
    (
        "1234.5::numeric(5,2)",
        cast(num("1234.5"), NUMERIC, numeric(5, 2)),
        error("22003", "numeric field overflow"),
    ),
    ("true::int4", cast(b(True), INT4), "1"),
    ("5::int4::bool", cast(i4(5), BOOL), "t"),
    ("true::text", cast(b(True), TEXT), "true"),
    ("1.50::text", cast(num("1.50"), TEXT), "1.50"),
    ("1e20::float8::text", cast(f8(1e20), TEXT), "1e+20"),
    ("'abc'::varchar(2)", cast(t("abc"), VARCHAR, 6), "ab"),
    ("'ab  '::bpchar::text", cast(c(BPCHAR, "ab  "), TEXT), "ab"),
    ("'a'::bpchar(3) || '|'", call("||", TEXT, cast(cast(t("a"), BPCHAR, 7), TEXT), t("|")), "a|"),
    (
        "'x1'::int4",
        cast(t("x1"), INT4),
        error("22P02", 'invalid input syntax for type integer: "x1"'),
    ),
    ("' 12 '::int4", cast(t(" 12 "), INT4), "12"),
    (
        "'99999999999'::int4",
        cast(t("99999999999"), INT4),
        error("22003", 'value "99999999999" is out of range for type integer'),
    ),
    ("'on'::bool", cast(t("on"), BOOL), "t"),
    (
        "'2024-02-30'::date",
        cast(t("2024-02-30"), DATE),
        error("22008", 'date/time field value out of range: "2024-02-30"'),
    ),
    (
        "'2024-02-29'::date::timestamp",
        cast(cast(t("2024-02-29"), DATE), TIMESTAMP),
        "2024-02-29 00:00:00",
    ),
    ("'infinity'::date::timestamp", cast(cast(t("infinity"), DATE), TIMESTAMP), "infinity"),
    (
        "'2024-02-29 23:59:59.999999'::timestamp::date",
        cast(cast(t("2024-02-29 23:59:59.999999"), TIMESTAMP), DATE),
        "2024-02-29",
    ),
    (
        "'1969-12-31 23:00'::timestamp::date",
        cast(cast(t("1969-12-31 23:00"), TIMESTAMP), DATE),
        "1969-12-31",
    ),
    (
        "'1969-12-31 23:00'::timestamp::time",
        cast(cast(t("1969-12-31 23:00"), TIMESTAMP), TIME),
        "23:00:00",
    ),
    (
        "'2024-07-01 12:00+00'::timestamptz::timestamp",
        cast(cast(t("2024-07-01 12:00+00"), TIMESTAMPTZ), TIMESTAMP),
        "2024-07-01 14:00:00",
    ),
    (
        "'2024-01-01 12:00+00'::timestamptz::timestamp",
        cast(cast(t("2024-01-01 12:00+00"), TIMESTAMPTZ), TIMESTAMP),
        "2024-01-01 13:00:00",
    ),
    (
        "'2024-06-30 23:30+00'::timestamptz::date",
        cast(cast(t("2024-06-30 23:30+00"), TIMESTAMPTZ), DATE),
        "2024-07-01",
    ),
    (
        "'2024-03-31 02:30'::timestamp::timestamptz",
        cast(cast(t("2024-03-31 02:30"), TIMESTAMP), TIMESTAMPTZ),
        "2024-03-31 03:30:00+02",
    ),
    (
        "'2024-10-27 02:30'::timestamp::timestamptz",
        cast(cast(t("2024-10-27 02:30"), TIMESTAMP), TIMESTAMPTZ),
        "2024-10-27 02:30:00+01",
    ),
    (
        "'2024-10-27 01:30'::timestamp::timestamptz",
        cast(cast(t("2024-10-27 01:30"), TIMESTAMP), TIMESTAMPTZ),
        "2024-10-27 01:30:00+02",
    ),
    (
        "'2024-07-01'::date::timestamptz",
        cast(cast(t("2024-07-01"), DATE), TIMESTAMPTZ),
        "2024-07-01 00:00:00+02",
    ),
    (
        "'infinity'::timestamptz::timestamp",
        cast(cast(t("infinity"), TIMESTAMPTZ), TIMESTAMP),
        "infinity",
    ),
    ("'25:00'::interval::time", cast(cast(t("25:00"), INTERVAL), TIME), "01:00:00"),
    ("'12:30'::time::interval", cast(cast(t("12:30"), TIME), INTERVAL), "12:30:00"),
    ('\'{"b":1, "a":2}\'::json::jsonb', cast(c(JSON, '{"b":1, "a":2}'), JSONB), '{"a": 2, "b": 1}'),
    ("'{1,2}'::int4[]::text", cast(c(INT4_ARRAY, [1, 2]), TEXT), "{1,2}"),
    (
        "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid::text",
        cast(cast(t("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"), UUID), TEXT),
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    ),
    (r"'\x6869'::bytea::text", cast(c(BYTEA, b"hi"), TEXT), "\\x6869"),
    ("(-1)::int4::oid", cast(i4(-1), OID), "4294967295"),
    ("(-1)::int8::oid", cast(i8(-1), OID), error("22003", "OID out of range")),
    ("'abcd'::name::text", cast(cast(t("abcd"), NAME), TEXT), "abcd"),
]


@pytest.mark.parametrize(
    ("expression", "answer"), [pytest.param(*case[1:], id=case[0]) for case in RECORDED]
)
def test_computes_what_postgresql_computes(
    expression: Call, answer: str | tuple[str, str] | None
) -> None:
    if isinstance(answer, tuple):
        with pytest.raises(errors.PgError) as raised:
            evaluate(expression)
        assert (raised.value.sqlstate, raised.value.message) == answer
        return
    value = evaluate(expression)
    settings = OutputSettings(timezone="Europe/Berlin")
    text = None if value is None else to_text(expression.type_oid, value, settings)
    assert text == answer


def test_the_planner_and_the_engine_agree_on_the_names() -> None:
    assert set(FORMS) == EVALUABLE


@pytest.mark.parametrize(
    "case", [case for case in RECORDED if case[1].function != "cast"], ids=lambda case: str(case[0])
)
def test_the_planner_may_build_every_recorded_expression(case: tuple[str, Call, object]) -> None:
    _, expression, _ = case
    oids = [argument.type_oid for argument in expression.arguments]
    assert is_evaluable(expression.function, oids)


@pytest.mark.parametrize(
    ("name", "oids"),
    [
        pytest.param("=", (DATE, TIMESTAMPTZ), id="needs-the-time-zone"),
        pytest.param("=", (JSONB, JSONB), id="jsonb-equality"),
        pytest.param("=", (INT4, TEXT), id="no-such-operator"),
        pytest.param("+", (DATE, INT4), id="date-arithmetic"),
        pytest.param("%", (FLOAT8, FLOAT8), id="no-modulo-of-floats"),
        pytest.param("and", (INT4, BOOL), id="not-a-condition"),
        pytest.param("case", (INT4, INT4), id="case-condition"),
        pytest.param("sqrt", (FLOAT8,), id="unknown-function"),
        pytest.param("=", (INT4,), id="arity"),
    ],
)
def test_leaves_to_duckdb_what_it_cannot_compute(name: str, oids: tuple[int, ...]) -> None:
    assert not is_evaluable(name, oids)


def test_every_castable_pair_compiles() -> None:
    scalars = [BOOL, BYTEA, NAME, INT8, INT2, INT4, TEXT, OID, JSON, FLOAT4, FLOAT8, BPCHAR]
    scalars += [VARCHAR, DATE, TIME, TIMESTAMP, TIMESTAMPTZ, INTERVAL, NUMERIC, UUID, JSONB]
    for source in scalars:
        for target in scalars:
            if is_castable(source, target):
                compile_expression(cast(null(source), target))
            else:
                with pytest.raises(errors.CannotCoerce):
                    compile_expression(cast(null(source), target))


def test_columns_and_parameters_are_read_where_they_are() -> None:
    total = call("+", INT4, ColumnRef(1, Oid(INT4)), Param(2, Oid(INT4)))
    assert evaluate(total, row=[10, 20], params=[1, 2]) == 22


def test_system_columns_are_noticed_at_any_depth() -> None:
    inner = call("is null", BOOL, ColumnRef(3, Oid(INT8)))
    assert reads_system_columns([call("not", BOOL, inner)], 3)
    assert not reads_system_columns([call("not", BOOL, inner)], 4)


def test_and_stops_at_the_first_false() -> None:
    divides = call("=", BOOL, call("/", INT4, i4(1), i4(0)), i4(1))
    assert evaluate(call("and", BOOL, b(False), divides)) is False


def test_case_computes_only_the_branch_that_it_takes() -> None:
    divides = call("/", INT4, i4(1), i4(0))
    assert evaluate(call("case", INT4, b(True), i4(1), divides)) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("now", 7), ("current_timestamp", 7), ("transaction_timestamp", 7),
        ("statement_timestamp", 8), ("clock_timestamp", 1_700_000_000_000_000),
        ("current_user", "alice"), ("user", "alice"), ("current_role", "alice"),
        ("session_user", "service"), ("current_schema", "public"),
        ("current_database", "kalam"), ("current_catalog", "kalam"),
        ("version", "PostgreSQL 15"), ("pg_backend_pid", 42), ("snowflake_id", 1),
    ],
)  # fmt: skip
def test_session_values_come_from_the_session(name: str, value: Datum) -> None:
    context = session(transaction_now_us=7, statement_now_us=8, backend_pid=42)
    assert evaluate(call(name, TEXT), context=context) == value


@pytest.mark.parametrize(
    ("function", "text", "answer"),
    [
        ("upper", "straße", "STRAßE"),
        ("lower", "İÄ", "İä"),
        ("lower", "\u0391\u03a3", "\u03b1\u03c3"),
    ],
)
def test_case_is_mapped_character_by_character(function: str, text: str, answer: str) -> None:
    # As PostgreSQL does in a UTF-8 locale: one character never becomes two, and none looks around.
    assert evaluate(call(function, TEXT, t(text))) == answer


def test_current_setting_reads_the_session() -> None:
    context = session(setting={"timezone": "UTC"}.get)
    assert evaluate(call("current_setting", TEXT, t("timezone")), context=context) == "UTC"
    missing_ok = call("current_setting", TEXT, t("nope"), b(True))
    assert evaluate(missing_ok, context=context) is None
    with pytest.raises(errors.UndefinedObject) as raised:
        evaluate(call("current_setting", TEXT, t("nope")), context=context)
    assert raised.value.message == 'unrecognized configuration parameter "nope"'
