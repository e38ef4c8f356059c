"""Writing a rewritten tree as DuckDB's SQL.

Our own writer rather than sqlglot's: it knows exactly the nodes that the rules leave, refuses every
other node and every part of a node that it would have to drop (0A000), quotes every identifier, and
writes only calls and parameters that a rule has made. What reaches DuckDB is this text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from sqlglot import exp

from kalampg import errors
from kalampg.sql.rewrite import write_query
from kalampg.sql.rewrite.build import is_marked
from kalampg.sql.rewrite.parts import Write, expect_only, quoted

_Writer: TypeAlias = Callable[[exp.Expr, Write], str]

_BINARY: Final[Mapping[type[exp.Expr], str]] = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.IntDiv: "//", exp.Mod: "%",
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
    exp.And: "AND", exp.Or: "OR", exp.DPipe: "||",
    exp.NullSafeEQ: "IS NOT DISTINCT FROM", exp.NullSafeNEQ: "IS DISTINCT FROM",
    exp.BitwiseAnd: "&", exp.BitwiseOr: "|",
    exp.BitwiseLeftShift: "<<", exp.BitwiseRightShift: ">>",
}  # fmt: skip
# What needs no parentheses as an operand.
_ATOMS: Final = (
    exp.Column, exp.Literal, exp.Paren, exp.Anonymous, exp.Cast, exp.Null, exp.Boolean,
    exp.Placeholder, exp.Subquery, exp.Array, exp.Tuple, exp.Struct, exp.Case, exp.Bracket, exp.Any,
    exp.All, exp.Window, exp.Filter, exp.WithinGroup,
)  # fmt: skip


def to_duckdb_sql(tree: exp.Expr) -> str:
    """The text of a rewritten tree.

    >>> from kalampg.sql.dialect import parse_one
    >>> to_duckdb_sql(parse_one("SELECT a + 1 FROM t"))
    'SELECT "a" + 1 FROM "t"'
    """
    writer = _WRITERS.get(type(tree))
    if writer is None:
        raise errors.FeatureNotSupported(f"{_described(tree)} is not supported")
    return writer(tree, to_duckdb_sql)


def _described(tree: exp.Expr) -> str:
    return tree.key.replace("_", " ").upper()


def _operand(node: exp.Expr, write: Write) -> str:
    text = write(node)
    return text if isinstance(node, _ATOMS) else f"({text})"


def _list(nodes: Iterable[exp.Expr], write: Write) -> str:
    return ", ".join(write(node) for node in nodes)


def _binary(node: exp.Expr, write: Write) -> str:
    expect_only(node, "this", "expression", "typed", "safe")
    left, right = _operand(node.this, write), _operand(node.expression, write)
    return f"{left} {_BINARY[type(node)]} {right}"


def _connector(node: exp.Expr, write: Write) -> str:
    """AND and OR chains without recursion depth: generated predicates can be very long."""
    kind = type(node)
    parts: list[str] = []
    while isinstance(node, kind):
        parts.append(_operand(node.expression, write))
        node = node.this
    parts.append(_operand(node, write))
    return f" {_BINARY[kind]} ".join(reversed(parts))


def _column(node: exp.Expr, write: Write) -> str:
    expect_only(node, "this", "table")
    name = "*" if isinstance(node.this, exp.Star) else write(node.this)
    table = node.args.get("table")
    return name if table is None else f"{write(table)}.{name}"


def _identifier(node: exp.Expr, _: Write) -> str:
    return quoted(node)


def _star(node: exp.Expr, _: Write) -> str:
    expect_only(node)
    return "*"


def _literal(node: exp.Expr, _: Write) -> str:
    value: str = node.this
    if not node.args["is_string"]:
        return value
    if "\x00" in value:
        raise errors.CharacterNotInRepertoire('invalid byte sequence for encoding "UTF8": 0x00')
    return "'" + value.replace("'", "''") + "'"


def _null(_node: exp.Expr, _: Write) -> str:
    return "NULL"


def _boolean(node: exp.Expr, _: Write) -> str:
    return "TRUE" if node.this else "FALSE"


def _placeholder(node: exp.Expr, _: Write) -> str:
    if not is_marked(node):
        raise errors.SyntaxError("syntax error at or near a placeholder")
    return f"${node.this}"


def _paren(node: exp.Expr, write: Write) -> str:
    return f"({write(node.this)})"


def _not(node: exp.Expr, write: Write) -> str:
    return f"NOT {_operand(node.this, write)}"


def _neg(node: exp.Expr, write: Write) -> str:
    return f"-{_operand(node.this, write)}"


def _bitwise_not(node: exp.Expr, write: Write) -> str:
    return f"~{_operand(node.this, write)}"


def _is(node: exp.Expr, write: Write) -> str:
    expect_only(node, "this", "expression", "negate")
    word = "IS NOT" if node.args.get("negate") else "IS"
    return f"{_operand(node.this, write)} {word} {write(node.expression)}"


def _in(node: exp.Expr, write: Write) -> str:
    expect_only(node, "this", "expressions", "query")
    query = node.args.get("query")
    inside = write(query) if query is not None else f"({_list(node.expressions, write)})"
    if query is not None and not isinstance(query, exp.Subquery):
        inside = f"({inside})"
    return f"{_operand(node.this, write)} IN {inside}"


def _like(node: exp.Expr, write: Write) -> str:
    """DuckDB's LIKE, which has no escape character: only the rule for LIKE makes it."""
    expect_only(node, "this", "expression")
    if not is_marked(node):
        raise errors.FeatureNotSupported(f"{_described(node)} is not supported here")
    word = "LIKE" if isinstance(node, exp.Like) else "ILIKE"
    return f"{_operand(node.this, write)} {word} {_operand(node.expression, write)}"


def _between(node: exp.Expr, write: Write) -> str:
    expect_only(node, "this", "low", "high")
    value, low, high = (_operand(node.args[key], write) for key in ("this", "low", "high"))
    return f"{value} BETWEEN {low} AND {high}"


def _case(node: exp.Expr, write: Write) -> str:
    expect_only(node, "this", "ifs", "default")
    subject, default = node.args.get("this"), node.args.get("default")
    parts = ["CASE"] if subject is None else ["CASE", _operand(subject, write)]
    parts += [
        f"WHEN {write(branch.this)} THEN {write(branch.args['true'])}"
        for branch in node.args["ifs"]
    ]
    if default is not None:
        parts.append(f"ELSE {write(default)}")
    return " ".join((*parts, "END"))


def _cast(node: exp.Expr, write: Write) -> str:
    expect_only(node, "this", "to")
    target = node.args["to"]
    if not isinstance(target, exp.Var):
        raise errors.FeatureNotSupported(f"cast to {target.sql()} is not supported")
    return f"CAST({write(node.this)} AS {target.this})"


def _call(node: exp.Expr, write: Write) -> str:
    expect_only(node, "this", "expressions")
    name = str(node.this)
    if not is_marked(node):
        raise errors.UndefinedFunction(f"function {name.lower()} does not exist")
    if name == "row_number" and not node.expressions:
        return "row_number()"
    order = distinct = ""
    arguments: list[exp.Expr] = []
    # The parser hangs ORDER BY on the last argument, DISTINCT on all that follow it.
    for argument in node.expressions:
        inner = argument
        if isinstance(inner, exp.Order):
            order = f" {write_query.order_by(inner, write)}"
            inner = inner.this
        if isinstance(inner, exp.Distinct):
            expect_only(inner, "expressions")
            distinct = "DISTINCT "
            arguments += inner.expressions
        else:
            arguments.append(inner)
    return f"{name}({distinct}{_list(arguments, write)}{order})"


def _exists(node: exp.Expr, write: Write) -> str:
    expect_only(node, "this")
    inner = node.this.this if isinstance(node.this, exp.Subquery) else node.this
    return f"EXISTS ({write(inner)})"


def _quantified(node: exp.Expr, write: Write) -> str:
    expect_only(node, "this")
    word = "ANY" if isinstance(node, exp.Any) else "ALL"
    inner = node.this
    while isinstance(inner, (exp.Paren, exp.Subquery)):
        inner = inner.this
    return f"{word} ({write(inner)})"


def _array(node: exp.Expr, write: Write) -> str:
    expect_only(node, "expressions", "value_constructor")
    return f"[{_list(node.expressions, write)}]"


def _tuple(node: exp.Expr, write: Write) -> str:
    expect_only(node, "expressions")
    return f"({_list(node.expressions, write)})"


def _row(node: exp.Expr, write: Write) -> str:
    expect_only(node, "expressions")
    # DuckDB has no tuple of nothing (``duck_types``).
    return f"row({_list(node.expressions, write) or 'NULL'})"


def _alias(node: exp.Expr, write: Write) -> str:
    expect_only(node, "this", "alias")
    return f"{write(node.this)} AS {write(node.args['alias'])}"


def _filter(node: exp.Expr, write: Write) -> str:
    expect_only(node, "this", "expression")
    return f"{write(node.this)} FILTER (WHERE {write(node.expression.this)})"


def _lambda(node: exp.Expr, write: Write) -> str:
    expect_only(node, "this", "expressions")
    return f"lambda {_list(node.expressions, write)}: {write(node.this)}"


_WRITERS: Final[Mapping[type[exp.Expr], _Writer]] = {
    **dict.fromkeys(_BINARY, _binary),
    **write_query.WRITERS,
    exp.And: _connector,
    exp.Or: _connector,
    exp.Alias: _alias,
    exp.All: _quantified,
    exp.Anonymous: _call,
    exp.Any: _quantified,
    exp.Array: _array,
    exp.Between: _between,
    exp.BitwiseNot: _bitwise_not,
    exp.Boolean: _boolean,
    exp.Case: _case,
    exp.Cast: _cast,
    exp.Column: _column,
    exp.Exists: _exists,
    exp.Filter: _filter,
    exp.Identifier: _identifier,
    exp.ILike: _like,
    exp.In: _in,
    exp.Is: _is,
    exp.Lambda: _lambda,
    exp.Like: _like,
    exp.Literal: _literal,
    exp.Neg: _neg,
    exp.Not: _not,
    exp.Null: _null,
    exp.Paren: _paren,
    exp.Placeholder: _placeholder,
    exp.Star: _star,
    exp.Struct: _row,
    exp.Tuple: _tuple,
}
