"""Rule: regclass and its kin go to the client as OID and name, whichever it has asked for.

Text is the name, binary is the OID; which one is decided after a plan is made, so the outermost
query gives both, as a struct that the encoder takes apart (``pgtypes/named_objects.py``).

    >>> from kalampg.sql.annotation import set_oid
    >>> from kalampg.sql.dialect import parse_one
    >>> from kalampg.sql.rewrite.writer import to_duckdb_sql
    >>> tree = parse_one("SELECT kind AS kind FROM t")
    >>> set_oid(tree.expressions[0], 2206)
    >>> text = to_duckdb_sql(print_objects(tree, RewriteContext()))
    >>> text.replace("CAST($k_catalog_type_names AS MAP(UINTEGER, VARCHAR))", "names")
    'SELECT pg_object(names, "kind") AS "kind" FROM (SELECT "kind" AS "kind" FROM "t") AS "q"'
"""

from __future__ import annotations

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import oid_of
from kalampg.sql.functions import ELEMENT_OIDS, OBJECT_IDENTIFIERS
from kalampg.sql.rewrite.build import call
from kalampg.sql.rewrite.context import RewriteContext
from kalampg.sql.rewrite.conversions import each_element
from kalampg.sql.rewrite.object_names import names_of


def print_objects(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Wrap a query that has such columns in one that adds their names."""
    if not context.is_result:
        return tree
    outputs = _outputs(tree)
    if not any(_object_type(output) for output in outputs):
        return tree
    if not all(isinstance(output, exp.Alias) for output in outputs):
        raise errors.FeatureNotSupported(
            "names of objects are not supported in VALUES", hint="Use SELECT, or cast them to text."
        )
    items = [_printed(output) for output in outputs]
    source = exp.Subquery(this=tree, alias=exp.TableAlias(this=exp.to_identifier("q", quoted=True)))
    return exp.Select(expressions=items, from_=exp.From(this=source))


def _outputs(tree: exp.Expr) -> list[exp.Expr]:
    """The first select list: it names the outputs of a set operation too."""
    while isinstance(tree, (exp.Subquery, exp.SetOperation)):
        tree = tree.this
    if isinstance(tree, exp.Values) and tree.expressions:
        return list(tree.expressions[0].expressions)
    return list(tree.expressions) if isinstance(tree, exp.Select) else []


def _object_type(output: exp.Expr) -> int | None:
    oid = oid_of(output)
    element = ELEMENT_OIDS.get(int(oid), oid) if oid is not None else None
    return int(element) if element in OBJECT_IDENTIFIERS else None


def _printed(output: exp.Expr) -> exp.Expr:
    column = exp.Column(this=output.args["alias"].copy())
    oid = _object_type(output)
    if oid is None:
        return column
    if oid_of(output) != oid:
        value = each_element(column, oid, lambda item: call("pg_object", names_of(oid), item))
    else:
        value = call("pg_object", names_of(oid), column)
    return exp.alias_(value, output.alias, quoted=True, copy=False)
