"""The half of the writer for queries: SELECT, joins, set operations, WITH, windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from sqlglot import exp

from kalampg import errors
from kalampg.sql.rewrite.parts import Write, expect_only, quoted

_Writer: TypeAlias = Callable[[exp.Expr, Write], str]


def order_by(node: exp.Expr, write: Write) -> str:
    return "ORDER BY " + ", ".join(_ordered(item, write) for item in node.expressions)


def _ordered(node: exp.Expr, write: Write) -> str:
    """PostgreSQL's null order is the database's default, so only a deviation is written."""
    if not isinstance(node, exp.Ordered):
        return write(node)
    expect_only(node, "this", "desc", "nulls_first")
    is_descending = bool(node.args.get("desc"))
    nulls_first = bool(node.args.get("nulls_first"))
    text = write(node.this) + (" DESC" if is_descending else "")
    if nulls_first != is_descending:
        text += " NULLS FIRST" if nulls_first else " NULLS LAST"
    return text


_SELECT_PARTS: Final = (
    "with_", "kind", "expressions", "distinct", "from_", "joins", "laterals", "where", "group",
    "having", "windows", "order", "limit", "offset",
)  # fmt: skip


def _select(node: exp.Expr, write: Write) -> str:
    expect_only(node, *_SELECT_PARTS)
    if node.args.get("kind"):
        raise errors.SyntaxError("syntax error in SELECT")
    pieces = _with_prefix(node, write)
    pieces.append("SELECT" + _distinct(node, write))
    # DuckDB has no rows without columns; nobody reads this one.
    pieces.append(", ".join(write(item) for item in node.expressions) or "NULL")
    if (source := node.args.get("from_")) is not None:
        pieces.append("FROM " + write(source.this))
    pieces += [_join(join, write) for join in node.args.get("joins") or ()]
    pieces += [", " + write(lateral) for lateral in node.args.get("laterals") or ()]
    for key, word in (("where", "WHERE"), ("having", "HAVING")):
        if key == "having" and (group := node.args.get("group")) is not None:
            pieces.append(_group(group, write))
        if (clause := node.args.get(key)) is not None:
            pieces.append(f"{word} {write(clause.this)}")
    if windows := node.args.get("windows"):
        pieces.append("WINDOW " + ", ".join(_named_window(window, write) for window in windows))
    return " ".join(pieces + _modifiers(node, write))


def _with_prefix(node: exp.Expr, write: Write) -> list[str]:
    clause = node.args.get("with_")
    if clause is None:
        return []
    expect_only(clause, "expressions", "recursive")
    word = "WITH RECURSIVE" if clause.args.get("recursive") else "WITH"
    return [f"{word} " + ", ".join(_cte(item, write) for item in clause.expressions)]


def _cte(node: exp.Expr, write: Write) -> str:
    expect_only(node, "this", "alias", "materialized")
    materialized = node.args.get("materialized")
    hint = (
        "" if materialized is None else ("MATERIALIZED " if materialized else "NOT MATERIALIZED ")
    )
    return f"{_table_alias(node.args['alias'])} AS {hint}({write(node.this)})"


def _distinct(node: exp.Expr, write: Write) -> str:
    distinct = node.args.get("distinct")
    if distinct is None:
        return ""
    on = distinct.args.get("on")
    if on is None:
        return " DISTINCT"
    return f" DISTINCT ON ({', '.join(write(item) for item in on.expressions)})"


def _group(node: exp.Expr, write: Write) -> str:
    expect_only(node, "expressions")
    return "GROUP BY " + ", ".join(write(item) for item in node.expressions)


def _grouping(word: str) -> _Writer:
    def write_grouping(node: exp.Expr, write: Write) -> str:
        expect_only(node, "expressions")
        items = ", ".join(
            f"({write(item)})" if isinstance(item, exp.Column) else write(item)
            for item in node.expressions
        )
        return f"{word} ({items})"

    return write_grouping


def _modifiers(node: exp.Expr, write: Write) -> list[str]:
    pieces: list[str] = []
    if (order := node.args.get("order")) is not None:
        pieces.append(order_by(order, write))
    if (limit := node.args.get("limit")) is not None and (text := _limit(limit, write)):
        pieces.append(f"LIMIT {text}")
    if (offset := node.args.get("offset")) is not None:
        count = _count(offset.expression, write)
        # DuckDB's error does not tell OFFSET from LIMIT.
        pieces.append(f"OFFSET {count}" if count.isdigit() else f"OFFSET (pg_offset{count})")
    return pieces


def _limit(node: exp.Expr, write: Write) -> str | None:
    if isinstance(node, exp.Fetch):
        options = node.args.get("limit_options")
        if options is not None and (options.args.get("with_ties") or options.args.get("percent")):
            raise errors.FeatureNotSupported("FETCH ... WITH TIES is not supported")
        count = node.args.get("count")
        return "1" if count is None else _count(count, write)
    expect_only(node, "expression")
    value = node.expression
    if isinstance(value, exp.Null) or (isinstance(value, exp.Var) and value.name.upper() == "ALL"):
        return None
    return _count(value, write)


def _count(node: exp.Expr, write: Write) -> str:
    text = write(node)
    return text if isinstance(node, exp.Literal) else f"({text})"


_JOIN_WORDS: Final = ("NATURAL", "LEFT", "RIGHT", "FULL", "INNER", "OUTER", "CROSS")


def _join(node: exp.Expr, write: Write) -> str:
    expect_only(node, "this", "on", "using", "side", "kind", "method")
    words = [str(node.args.get(key) or "").upper() for key in ("method", "side", "kind")]
    words = [word for word in words if word]
    if any(word not in _JOIN_WORDS for word in words):
        raise errors.SyntaxError("syntax error in a join")
    source = write(node.this)
    if isinstance(node.this, (exp.Table, exp.Subquery)) and node.this.args.get("joins"):
        source = f"({source})"
    on, using = node.args.get("on"), node.args.get("using")
    if not words and on is None and not using:
        return f", {source}"
    text = " ".join((*words, "JOIN", source))
    if on is not None:
        text += f" ON {write(on)}"
    if using:
        text += f" USING ({', '.join(quoted(name) for name in using)})"
    return text


def _table(node: exp.Expr, write: Write) -> str:
    expect_only(node, "this", "alias", "joins", "ordinality")
    source = node.this
    text = write(source)
    if node.args.get("ordinality"):
        text += " WITH ORDINALITY"
    return text + _aliased(node, write)


def _subquery(node: exp.Expr, write: Write) -> str:
    expect_only(node, "this", "alias", "joins", "order", "limit", "offset", "with_")
    if isinstance(node.this, exp.Table):
        return f"({write(node.this)})" + _aliased(node, write)
    text = f"({write(node.this)})"
    modifiers = _modifiers(node, write)
    if modifiers or node.args.get("with_") is not None:
        text = " ".join((*_with_prefix(node, write), text, *modifiers))
    return text + _aliased(node, write)


def _aliased(node: exp.Expr, write: Write) -> str:
    alias = node.args.get("alias")
    text = "" if alias is None else f" AS {_table_alias(alias)}"
    for join in node.args.get("joins") or ():
        text += " " + _join(join, write)
    return text


def _table_alias(node: exp.Expr) -> str:
    expect_only(node, "this", "columns")
    text = "" if node.this is None else quoted(node.this)
    columns = node.args.get("columns") or ()
    names = ", ".join(
        quoted(column.this if isinstance(column, exp.ColumnDef) else column) for column in columns
    )
    return f"{text}({names})" if names else text


def _lateral(node: exp.Expr, write: Write) -> str:
    expect_only(node, "this", "alias", "view", "outer", "ordinality")
    inner = node.this
    text = write(inner)
    if node.args.get("ordinality"):
        text += " WITH ORDINALITY"
    return f"LATERAL {text}" + _aliased(node, write)


def _values(node: exp.Expr, write: Write) -> str:
    expect_only(node, "expressions", "alias", "order", "limit", "offset", "with_", "joins")
    rows = ", ".join(
        write(row) if isinstance(row, exp.Tuple) else f"({write(row)})" for row in node.expressions
    )
    text = " ".join((*_with_prefix(node, write), f"VALUES {rows}", *_modifiers(node, write)))
    alias = node.args.get("alias")
    is_source = alias is not None or isinstance(node.parent, (exp.From, exp.Join))
    return f"({text})" + _aliased(node, write) if is_source else text


def _set_operation(word: str) -> _Writer:
    def write_set_operation(node: exp.Expr, write: Write) -> str:
        expect_only(node, "with_", "this", "expression", "distinct", "order", "limit", "offset")
        all_word = "" if node.args.get("distinct") else " ALL"
        left, right = _branch(node.this, write), _branch(node.expression, write)
        pieces = [*_with_prefix(node, write), left, word + all_word, right]
        return " ".join(pieces + _modifiers(node, write))

    return write_set_operation


def _branch(node: exp.Expr, write: Write) -> str:
    """A side of a set operation, in parentheses where its own clauses or precedence need them."""
    text = write(node)
    if isinstance(node, exp.Subquery):
        return text
    needs = any(node.args.get(key) is not None for key in ("order", "limit", "offset", "with_"))
    return f"({text})" if needs or isinstance(node, exp.SetOperation) else text


def _window(node: exp.Expr, write: Write) -> str:
    expect_only(node, "this", "partition_by", "order", "spec", "alias", "over")
    if node.args.get("alias") is not None and not _window_parts(node, write):
        return f"{write(node.this)} OVER {quoted(node.args['alias'])}"
    return f"{write(node.this)} OVER ({_window_text(node, write)})"


def _named_window(node: exp.Expr, write: Write) -> str:
    return f"{quoted(node.this)} AS ({_window_text(node, write)})"


def _window_text(node: exp.Expr, write: Write) -> str:
    alias = node.args.get("alias")
    parts = [] if alias is None else [quoted(alias)]
    return " ".join(parts + _window_parts(node, write))


def _window_parts(node: exp.Expr, write: Write) -> list[str]:
    parts: list[str] = []
    if partition := node.args.get("partition_by"):
        parts.append("PARTITION BY " + ", ".join(write(item) for item in partition))
    if (order := node.args.get("order")) is not None:
        parts.append(order_by(order, write))
    if (spec := node.args.get("spec")) is not None:
        parts.append(_frame(spec, write))
    return parts


def _frame(node: exp.Expr, write: Write) -> str:
    expect_only(node, "kind", "start", "start_side", "end", "end_side", "exclude")
    start = _bound(node, "start", write)
    end = _bound(node, "end", write)
    kind = str(node.args["kind"]).upper()
    text = f"{kind} BETWEEN {start} AND {end or 'CURRENT ROW'}"
    exclude = node.args.get("exclude")
    return text if exclude is None else f"{text} EXCLUDE {exclude.name.upper()}"


def _bound(node: exp.Expr, key: str, write: Write) -> str:
    value, side = node.args.get(key), node.args.get(f"{key}_side")
    if value is None:
        return ""
    text = value.upper() if isinstance(value, str) else write(value)
    return f"{text} {str(side).upper()}" if side else text


def _within_group(node: exp.Expr, write: Write) -> str:
    raise errors.FeatureNotSupported("this ordered-set aggregate is not supported")


WRITERS: Final[Mapping[type[exp.Expr], _Writer]] = {
    exp.Select: _select,
    exp.Subquery: _subquery,
    exp.Table: _table,
    exp.Lateral: _lateral,
    exp.Values: _values,
    exp.Union: _set_operation("UNION"),
    exp.Except: _set_operation("EXCEPT"),
    exp.Intersect: _set_operation("INTERSECT"),
    exp.GroupingSets: _grouping("GROUPING SETS"),
    exp.Rollup: _grouping("ROLLUP"),
    exp.Cube: _grouping("CUBE"),
    exp.Window: _window,
    exp.WithinGroup: _within_group,
}
