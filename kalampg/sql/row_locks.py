"""FOR UPDATE and its kin: which tables of a SELECT have their rows locked, and what is refused.

The query then also gives the primary key and ``_seq`` of every row to lock: the engine locks the
rows that it finds, in the order of the answer, until LIMIT is reached.

Source: PostgreSQL documentation, "The Locking Clause"; its parser's CheckSelectLocking.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg import errors
from kalampg.ids import Oid
from kalampg.relation import TableType
from kalampg.sql.annotation import position_of, set_oid
from kalampg.sql.evaluable_tree import Translator
from kalampg.sql.grouping import refuse_groups
from kalampg.sql.lock_modes import LockMode, LockWait
from kalampg.sql.plan import LockedRows, RowLock
from kalampg.sql.point import limit_expression
from kalampg.sql.scopes import Scope, Source, TableUse

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder

_INT8: Final = Oid(20)
_REFUSED_PARTS: Final = {
    "distinct": "DISTINCT clause",
    "group": "GROUP BY clause",
    "having": "HAVING clause",
}


@dataclass(frozen=True, slots=True)
class _Clause:
    """One FOR ... of the statement."""

    words: str
    mode: LockMode
    wait: LockWait
    tables: tuple[exp.Expr, ...]


class LockingClause:
    """The locking clauses of one SELECT."""

    def __init__(self, binder: Binder, node: exp.Select) -> None:
        self._binder = binder
        self._node = node
        self._clauses = [_clause(lock) for lock in node.args["locks"]]
        self._locks: list[RowLock] = []
        self._added = 0
        node.set("locks", None)
        for key, name in _REFUSED_PARTS.items():
            if node.args.get(key):
                raise self._not_allowed(f"is not allowed with {name}")

    @property
    def added(self) -> int:
        """How many outputs at the end of the select list are for the locks."""
        return self._added

    def bind(self, scope: Scope) -> None:
        """Add what the locks need to the select list; the FROM clause has been bound."""
        nullable = _nullable_names(self._binder, self._node)
        strongest: dict[int, tuple[Source, TableUse, _Clause]] = {}
        for clause in self._clauses:
            for source in self._sources(clause, scope):
                use = _use_of(source)
                if use is None:
                    continue
                if source.alias in nullable:
                    raise errors.FeatureNotSupported(
                        f"{clause.words} cannot be applied to the nullable side of an outer join"
                    )
                known = strongest.get(use.index)
                strongest[use.index] = source, use, _stronger(known[2] if known else None, clause)
        for source, use, clause in strongest.values():
            self._lock(source, use, clause)

    def check(self) -> None:
        """Refuse what only shows in the bound select list."""
        refuse_groups(self._node, self._clauses[0].words)

    def rows(self, visible: int) -> LockedRows:
        """The plan's part; ``visible`` is how many outputs the client sees.

        Raises:
            FeatureNotSupported: 0A000, LIMIT or OFFSET is a query or the like.
        """
        translator = Translator(self._binder.coercion, None)
        counts = [limit_expression(self._node.args.get(key), translator) for key in _LIMITS]
        if "no" in counts:
            raise self._not_allowed("is not supported with such a LIMIT or OFFSET")
        limit, offset = (None if isinstance(count, str) else count for count in counts)
        locks = tuple(replace(lock, place=visible + lock.place) for lock in self._locks)
        return LockedRows(locks, limit, offset)

    def limit_by_parameter(self, number: int) -> None:
        """Let parameter ``number`` say how many rows to look at, if there is a limit at all."""
        self._node.set("offset", None)
        if self._node.args.get("limit") is not None:
            parameter = exp.Parameter(this=exp.Literal.number(number))
            set_oid(parameter, _INT8)
            self._node.set("limit", exp.Limit(expression=parameter))

    def _lock(self, source: Source, use: TableUse, clause: _Clause) -> None:
        relation = use.relation
        if relation.table_type is TableType.SYSTEM:
            raise errors.WrongObjectType(f'cannot lock rows in view "{relation.name}"')
        self._locks.append(RowLock(relation, self._added, clause.mode, clause.wait))
        names = {column.position: column.name for column in source.columns}
        for position in (*relation.primary_key, len(relation.columns) + _SEQ):
            column = exp.Column(
                this=exp.to_identifier(names[position], quoted=True),
                table=exp.to_identifier(source.alias, quoted=True),
            )
            name = exp.to_identifier(f"lock {self._added}", quoted=True)
            self._node.append("expressions", exp.Alias(this=column, alias=name))
            self._added += 1

    def _sources(self, clause: _Clause, scope: Scope) -> list[Source]:
        if not clause.tables:
            if any(_is_subquery(item) for item in _items(self._node)):
                raise errors.FeatureNotSupported(
                    f"{clause.words} of a subquery in FROM is not supported",
                    hint=f"Name the tables: {clause.words} OF table.",
                )
            return scope.sources
        return [self._source(clause, table, scope) for table in clause.tables]

    def _source(self, clause: _Clause, table: exp.Expr, scope: Scope) -> Source:
        name = self._binder.name_of(table.this)
        if table.args.get("db") is not None:
            raise errors.SyntaxError(
                f"{clause.words} must specify unqualified relation names",
                position=position_of(table),
            )
        for source in scope.sources:
            if source.alias == name:
                if _use_of(source) is None:
                    raise errors.FeatureNotSupported(
                        f'{clause.words} cannot be applied to "{name}", which is no table'
                    )
                return source
        raise errors.UndefinedTable(
            f'relation "{name}" in {clause.words} clause not found in FROM clause',
            position=position_of(table),
        )

    def _not_allowed(self, why: str) -> errors.FeatureNotSupported:
        return errors.FeatureNotSupported(f"{self._clauses[0].words} {why}")


_LIMITS: Final = ("limit", "offset")
# Where _seq is among the system columns.
_SEQ: Final = 2


def refuse_locks(node: exp.Expr, where: str) -> None:
    """Refuse a locking clause of ``node``.

    Raises:
        FeatureNotSupported: 0A000.
    """
    locks = node.args.get("locks")
    if locks:
        raise errors.FeatureNotSupported(f"{_clause(locks[0]).words} {where}")


def _clause(lock: exp.Expr) -> _Clause:
    is_key = bool(lock.args.get("key"))
    if lock.args.get("update"):
        mode = LockMode.NO_KEY_UPDATE if is_key else LockMode.UPDATE
    else:
        mode = LockMode.KEY_SHARE if is_key else LockMode.SHARE
    is_nowait = lock.args.get("wait")
    wait = LockWait.BLOCK
    if is_nowait is not None:
        wait = LockWait.NOWAIT if is_nowait else LockWait.SKIP_LOCKED
    words = f"FOR {mode.name.replace('_', ' ')}"
    return _Clause(words, mode, wait, tuple(lock.expressions))


def _stronger(first: _Clause | None, second: _Clause) -> _Clause:
    """What two clauses about one table make: the stronger lock, the least patient wait."""
    if first is None:
        return second
    strong = first if first.mode >= second.mode else second
    return replace(strong, wait=max(first.wait, second.wait))


def _use_of(source: Source) -> TableUse | None:
    if not source.relation_name:
        return None
    return next((column.use for column in source.columns if column.use is not None), None)


def _items(node: exp.Select) -> list[exp.Expr]:
    source = node.args.get("from_")
    items = [] if source is None else [source.this]
    return items + [join.this for join in node.args.get("joins") or ()]


def _is_subquery(item: exp.Expr) -> bool:
    return isinstance(item, exp.Subquery) and not isinstance(item.this, exp.Table)


def _nullable_names(binder: Binder, node: exp.Select) -> set[str]:
    """The names of tables whose columns an outer join may fill with NULL."""
    source = node.args.get("from_")
    seen: list[str] = [] if source is None else _names(binder, source.this)
    nullable: set[str] = set()
    for join in node.args.get("joins") or ():
        names = _names(binder, join.this)
        side = str(join.args.get("side") or "").upper()
        if side in {"LEFT", "FULL"}:
            nullable.update(names)
        if side in {"RIGHT", "FULL"}:
            nullable.update(seen)
        seen += names
    return nullable


def _names(binder: Binder, item: exp.Expr) -> list[str]:
    alias = item.args.get("alias")
    names = []
    if isinstance(alias, exp.TableAlias) and alias.this is not None:
        names = [binder.name_of(alias.this)]
    elif isinstance(item, exp.Table) and isinstance(item.this, exp.Identifier):
        names = [binder.name_of(item.this)]
    for join in item.args.get("joins") or ():
        names += _names(binder, join.this)
    return names
