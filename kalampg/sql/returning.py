"""RETURNING: expressions over the affected rows, or a query that scans nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from kalampg import errors
from kalampg.ids import Oid
from kalampg.relation import Relation
from kalampg.sql.duck_query import duck_query, result_column
from kalampg.sql.evaluable_tree import NotEvaluable, Translator
from kalampg.sql.plan import Returning

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder
    from kalampg.sql.outputs import Output


class ReturningClause:
    """RETURNING of one statement: bound with it, built when all parameters have types."""

    def __init__(self, binder: Binder, clause: exp.Expr, relation: Relation, alias: str) -> None:
        if clause.args.get("into"):
            raise errors.SyntaxError("RETURNING INTO is not supported")
        self._binder = binder.beside()
        table = exp.Table(
            this=exp.to_identifier(relation.name, quoted=True),
            db=exp.to_identifier(relation.schema_name, quoted=True),
            alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)),
        )
        self._select = exp.Select(expressions=list(clause.expressions), from_=exp.From(this=table))
        self._outputs: list[Output] = self._binder.query(self._select, None)
        self._use = self._binder.uses[0]
        self._use.is_target = True

    def build(self, param_oids: tuple[Oid, ...]) -> Returning:
        """The plan's part."""
        columns = tuple(result_column(output) for output in self._outputs)
        if len(self._binder.uses) == 1:
            translator = Translator(self._binder.coercion, self._use.index)
            try:
                outputs = tuple(
                    translator.translate(item.this) for item in self._select.expressions
                )
            except NotEvaluable:
                pass
            else:
                return Returning(columns, outputs, None)
        query = duck_query(self._binder, self._select, self._outputs, param_oids)
        if query.uses[0].relation != self._use.relation or len(query.uses) > 1:
            raise errors.FeatureNotSupported(
                "subqueries in RETURNING are not supported",
                hint="Run a SELECT after the statement, in the same transaction.",
            )
        return Returning(columns, None, query)


def bind_returning(
    binder: Binder, node: exp.Expr, relation: Relation, alias: str
) -> ReturningClause | None:
    clause = node.args.get("returning")
    return None if clause is None else ReturningClause(binder, clause, relation, alias)


def built(clause: ReturningClause | None, params: tuple[Oid, ...]) -> Returning | None:
    return None if clause is None else clause.build(params)
