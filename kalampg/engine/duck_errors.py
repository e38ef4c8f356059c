"""What a DuckDB error is called in PostgreSQL: condition, message, nothing of DuckDB's internals.

``translate`` is the one place. Macros raise ``error('KPG:<SQLSTATE>:<message>')``, which is decoded
here into the condition that the macro meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import structlog

from kalampg import errors
from kalampg.engine.refused_values import refusal
from kalampg.errors import PgError

_log = structlog.get_logger(__name__)
_Make: TypeAlias = Callable[[re.Match[str]], PgError]

# Between the message and the fields of a value that a domain refuses.
_FIELDS: Final = "\x1f"
_RAISED_BY_MACRO: Final = re.compile(r"KPG:(\w{5}):([^\n]*)")
_TYPE_NAMES: Final[Mapping[str, str]] = {
    "INT8": "smallint", "INT16": "smallint", "INT32": "integer", "INT64": "bigint",
    "INT128": "numeric", "UINT32": "oid", "BOOL": "boolean", "FLOAT": "real",
    "DOUBLE": "double precision", "UUID": "uuid", "DATE": "date", "TIME": "time",
    "TIMESTAMP": "timestamp", "INTERVAL": "interval", "SMALLINT": "smallint",
    "INTEGER": "integer", "BIGINT": "bigint", "HUGEINT": "numeric", "BOOLEAN": "boolean",
    "VARCHAR": "text", "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "BLOB": "bytea", "JSON": "json", "UINTEGER": "oid",
}  # fmt: skip


def translate(error: BaseException) -> PgError:
    """The PostgreSQL condition for an exception that DuckDB raised."""
    text = str(error)
    kind = type(error).__name__
    if (raised := _RAISED_BY_MACRO.search(text)) is not None:
        return _decoded(raised)
    if kind == "InterruptException":
        return errors.QueryCanceled("canceling statement due to user request")
    if kind == "OutOfMemoryException":
        return errors.OutOfMemory("out of memory", detail="The query needs more than memory_limit.")
    for pattern, make in _PATTERNS:
        if (match := pattern.search(text)) is not None:
            return make(match)
    if kind == "NotImplementedException":
        return errors.FeatureNotSupported("the query uses something that is not supported")
    _log.error("duckdb_error", exc_info=error)  # Nobody could tell what it was otherwise.
    return errors.InternalError("the query could not be executed")


def _decoded(match: re.Match[str]) -> PgError:
    sqlstate, message = match.groups()
    if _FIELDS in message:
        return refusal(sqlstate, *message.split(_FIELDS))
    condition = _CONDITIONS.get(sqlstate, errors.InternalError)
    return condition(message.strip())


def _type_name(duckdb_name: str) -> str:
    if duckdb_name.startswith("DECIMAL"):
        return "numeric"
    if duckdb_name.endswith("[]"):
        return _type_name(duckdb_name[:-2]) + "[]"
    return _TYPE_NAMES.get(duckdb_name, duckdb_name.lower())


def _out_of_range(match: re.Match[str]) -> PgError:
    name = _type_name(match["type"])
    if name == "numeric":
        return errors.NumericValueOutOfRange("value overflows numeric format")
    return errors.NumericValueOutOfRange(f"{name} out of range")


def _cannot_convert(match: re.Match[str]) -> PgError:
    name = _type_name(match["type"])
    message = f'invalid input syntax for type {name}: "{match["text"]}"'
    if name in {"date", "time", "timestamp", "timestamp with time zone", "interval"}:
        return errors.InvalidDatetimeFormat(message)
    if name in {"smallint", "integer", "bigint"} and re.fullmatch(r"\s*[-+]?\d+\s*", match["text"]):
        return errors.NumericValueOutOfRange(
            f'value "{match["text"]}" is out of range for type {name}'
        )
    return errors.InvalidTextRepresentation(message)


def _no_function(match: re.Match[str]) -> PgError:
    name, arguments = match["name"], match["arguments"]
    types = ", ".join(_type_name(part.strip()) for part in arguments.split(",") if part.strip())
    if not re.fullmatch(r"\w+", name):
        left, _, right = types.rpartition(", ")
        operands = f"{left} {name} {right}".strip()
        return errors.UndefinedFunction(f"operator does not exist: {operands}", hint=_NO_OPERATOR)
    return errors.UndefinedFunction(f"function {name}({types}) does not exist", hint=_NO_FUNCTION)


_REGEX_REASONS: Final[Mapping[str, str]] = {
    "missing )": "parentheses () not balanced",
    "unexpected )": "parentheses () not balanced",
    "missing ]": "brackets [] not balanced",
    "no argument for repetition operator": "quantifier operand invalid",
    "invalid escape sequence": "invalid escape \\ sequence",
    "bad repetition operator": "invalid repetition count(s)",
    "invalid character class range": "invalid character range",
}


def _invalid_regex(match: re.Match[str]) -> PgError:
    text = match.string
    reason = next((say for found, say in _REGEX_REASONS.items() if found in text), None)
    suffix = "" if reason is None else f": {reason}"
    return errors.InvalidRegularExpression(f"invalid regular expression{suffix}")


def _cannot_compare(match: re.Match[str]) -> PgError:
    left, right = _type_name(match["left"]), _type_name(match["right"])
    return errors.UndefinedFunction(f"operator does not exist: {left} = {right}", hint=_NO_OPERATOR)


_ADD_CASTS: Final = "You might need to add explicit type casts."
_NO_OPERATOR: Final = f"No operator matches the given name and argument types. {_ADD_CASTS}"
_NO_FUNCTION: Final = f"No function matches the given name and argument types. {_ADD_CASTS}"

_CONDITIONS: Final[Mapping[str, type[PgError]]] = {
    condition.sqlstate: condition
    for condition in vars(errors).values()
    if isinstance(condition, type) and issubclass(condition, PgError)
}

# First match wins; the more special pattern stands first.
_PATTERNS: Final[tuple[tuple[re.Pattern[str], _Make], ...]] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (
            r"Argument for ntile must be greater than zero",
            lambda _: errors.InvalidArgumentForNtile("argument of ntile must be greater than zero"),
        ),
        (
            r"ORDER BY window expressions cannot be volatile",
            lambda _: errors.FeatureNotSupported(
                "a window cannot be ordered by a volatile expression or by a cast to a domain",
                hint="Compute the value in a subquery.",
            ),
        ),
        (r"[Dd]ivision by zero", lambda _: errors.DivisionByZero("division by zero")),
        (
            r"Overflow in \w+ of (?P<type>\w+)|Cannot negate value.*in (?P<t2>\w+)",
            lambda m: (
                _out_of_range(m)
                if m["type"]
                else errors.NumericValueOutOfRange("integer out of range")
            ),
        ),
        (
            r"can't be cast .*out of range for the destination type (?P<type>[\w(), ]+)",
            _out_of_range,
        ),
        (r"Failed to cast decimal value .* to type (?P<type>U?INT\d+)", _out_of_range),
        (
            (
                r"Could not cast value .* to (?P<type>DECIMAL\([\d,]+\))|Casting value .* to type "
                r"DECIMAL.* failed|Overflow on abs|Overflow in"
            ),
            lambda _: errors.NumericValueOutOfRange("numeric field overflow"),
        ),
        (
            r"Could not convert string \"(?:-?Infinity|NaN)\" to DECIMAL",
            lambda _: errors.FeatureNotSupported(
                "numeric NaN and infinity are not supported in this query"
            ),
        ),
        (
            r"Could not convert string ['\"](?P<text>.*)['\"] to (?P<type>[\w \[\](),]+)",
            _cannot_convert,
        ),
        (
            r"Date out of range: (?P<y>-?\d+)-(?P<m>-?\d+)-(?P<d>-?\d+)",
            lambda m: errors.DatetimeFieldOverflow(
                f"date field value out of range: {m['y']}-{int(m['m']):02d}-{int(m['d']):02d}"
            ),
        ),
        (
            r"not in timestamp range|overflows timestamp range",
            lambda _: errors.DatetimeFieldOverflow("timestamp out of range"),
        ),
        (
            r"Type INT32 with value \S+-\S+ can't be cast to the destination type INT64",
            lambda _: errors.DatetimeFieldOverflow("date out of range for timestamp"),
        ),
        (
            r"Interval infinite bounds not supported",
            lambda _: errors.FeatureNotSupported("generate_series() to infinity is not supported"),
        ),
        (
            r"field value out of range: \"(?P<text>[^\"]*)\"",
            lambda m: errors.DatetimeFieldOverflow(
                f'date/time field value out of range: "{m["text"]}"'
            ),
        ),
        (
            r"invalid (?P<type>date|timestamp|time|interval) field format: \"(?P<text>[^\"]*)\"",
            lambda m: errors.InvalidDatetimeFormat(
                f'invalid input syntax for type {m["type"]}: "{m["text"]}"'
            ),
        ),
        (
            r"(timestamp|date|Date|Timestamp|interval).* out of range",
            lambda _: errors.DatetimeFieldOverflow("timestamp out of range"),
        ),
        (
            r"[Oo]ut of [Rr]ange",
            lambda _: errors.NumericValueOutOfRange("value out of range"),
        ),
        (
            r"column \"?(?P<name>[^\"]+)\"? must appear in the GROUP BY clause",
            lambda m: errors.GroupingError(
                f'column "{m["name"]}" must appear in the GROUP BY clause or be used in an '
                "aggregate function"
            ),
        ),
        (
            r"(WHERE|GROUP BY) clause cannot contain aggregates",
            lambda m: errors.GroupingError(f"aggregate functions are not allowed in {m[1]}"),
        ),
        (
            r"(?P<where>WHERE|HAVING|GROUP BY) clause cannot contain window functions",
            lambda m: errors.WindowingError(f"window functions are not allowed in {m['where']}"),
        ),
        (
            r"aggregate function calls cannot be nested",
            lambda _: errors.GroupingError("aggregate function calls cannot be nested"),
        ),
        (
            r"More than one row returned by a subquery",
            lambda _: errors.CardinalityViolation(
                "more than one row returned by a subquery used as an expression"
            ),
        ),
        (
            r"Subquery returns \d+ columns|subquery has too many columns",
            lambda _: errors.SyntaxError("subquery must return only one column"),
        ),
        (
            r"[Ss]et operations can only apply to expressions with the same number of result",
            lambda _: errors.SyntaxError("each UNION query must have the same number of columns"),
        ),
        (
            r"Ambiguous reference to column name \"(?P<name>[^\"]+)\"",
            lambda m: errors.AmbiguousColumn(f'column reference "{m["name"]}" is ambiguous'),
        ),
        (
            r"Referenced column \"(?P<name>[^\"]+)\" (?:was )?not found",
            lambda m: errors.UndefinedColumn(f'column "{m["name"]}" does not exist'),
        ),
        (
            (
                r"(?:Table \"[^\"]*\" does not have a column named|Values list .* does not have a "
                r"column named) \"(?P<name>[^\"]+)\""
            ),
            lambda m: errors.UndefinedColumn(f'column "{m["name"]}" does not exist'),
        ),
        (
            r"Referenced table \"(?P<name>[^\"]+)\" not found",
            lambda m: errors.UndefinedTable(f'missing FROM-clause entry for table "{m["name"]}"'),
        ),
        (
            r"Table with name (?P<name>\S+) does not exist",
            lambda m: errors.UndefinedTable(f'relation "{m["name"]}" does not exist'),
        ),
        (
            (
                r"No function matches the given name and argument types '(?P<name>[^(]+)"
                r"\((?P<arguments>.*?)\)'"
            ),
            _no_function,
        ),
        (
            (
                r"Cannot compare values of type (?P<left>[\w\[\] (),]+?) and (?:type )?"
                r"(?P<right>[\w\[\] (),]+?)(?:\.| -|$)"
            ),
            _cannot_compare,
        ),
        (
            r"Function with name \"?(?P<name>\S+?)\"? does not exist",
            lambda m: errors.UndefinedFunction(f"function {m['name']} does not exist"),
        ),
        (
            r"Unimplemented type for cast \((?P<left>[^>]+) -> (?P<right>[^\n]+)\)",
            lambda m: errors.CannotCoerce(
                f"cannot cast type {_type_name(m['left'])} to {_type_name(m['right'])}"
            ),
        ),
        (
            r"LIMIT/OFFSET cannot be negative|(LIMIT|OFFSET).*negative",
            lambda _: errors.InvalidRowCountInLimitClause("LIMIT must not be negative"),
        ),
        (
            r"(?i:unknown time ?zone) '(?P<name>[^']*)'",
            lambda m: errors.InvalidParameterValue(f'time zone "{m["name"]}" not recognized'),
        ),
        (
            (
                r"[Ii]nvalid (regular expression|regex)|missing \)|unexpected \)|missing \]|"
                r"invalid character class range|no argument for repetition operator|"
                r"invalid escape sequence|bad repetition operator"
            ),
            _invalid_regex,
        ),
        (
            r"[Mm]alformed JSON",
            lambda _: errors.InvalidTextRepresentation("invalid input syntax for type json"),
        ),
    )
)
