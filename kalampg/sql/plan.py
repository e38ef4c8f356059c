"""Plan: the frozen result of compiling one statement.

A plan holds no data and no user: the same plan serves every user that runs the same text.
``kalampg.engine`` runs data plans, ``kalampg.commands`` runs ``CommandPlan``, the session the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from kalampg.ids import Oid, TableId
from kalampg.pgtypes.row_types import RowType
from kalampg.relation import Datum, Relation
from kalampg.sql.copy_plan import CopyPlan
from kalampg.sql.cursor_plan import FetchPlan
from kalampg.sql.engine_conditions import Admission
from kalampg.sql.expression import ColumnRef, Expression
from kalampg.sql.lock_modes import LockMode, LockWait
from kalampg.sql.merge_action import MergeAction
from kalampg.sql.prepare_plan import ExecutePlan, PreparePlan
from kalampg.sql.row_plans import IndexScan, IndexSelect, PointSelect, RangeSelect
from kalampg.sql.scan_hints import FirstRows, KeyBound
from kalampg.sql.statements import Statement
from kalampg.sql.transaction_plan import TransactionPlan

# The rows that a statement gives to a query of its own; a relation of no catalog.
GIVEN_ROWS: Final = TableId(-(1 << 31))


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """One column of a RowDescription. ``table_oid`` and ``attnum`` are 0 for expressions.

    ``row_type`` is what ``type_oid`` is the number of, if its values are rows: it is held here.
    """

    name: str
    type_oid: Oid
    typmod: int = -1
    table_oid: int = 0
    attnum: int = 0
    row_type: RowType | None = None


@dataclass(frozen=True, slots=True)
class RelationUse:
    """One occurrence of a relation in a DuckDB query: what the scan with that number must hold.

    ``columns`` are the positions read (system columns at and past ``len(relation.columns)``).
    ``includes_deleted`` is set when the query names ``_deleted``.
    """

    relation: Relation
    columns: tuple[int, ...]
    bounds: tuple[KeyBound, ...] = ()
    includes_deleted: bool = False
    first: FirstRows | None = None


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A call of set_config(); its result is ``$k_set_config_<number>``."""

    name: Expression
    value: Expression
    is_local: Expression


@dataclass(frozen=True, slots=True)
class DuckQuery:
    """A DuckDB query. Its text is ``parts[0] + scan 0 + parts[1] + scan 1 + ...``.

    A scan is a parenthesised relation that the engine puts in; ``uses[i]`` says what scan i (in
    text order) must hold. Parameter n is written ``$p<n>``, the effective user's id
    ``$kalam_user``. Neither values nor user ids are ever part of the text.

    ``columns`` is None until DuckDB has been asked for the result types (``engine`` does, once).
    """

    parts: tuple[str, ...]
    uses: tuple[RelationUse, ...]
    param_oids: tuple[Oid, ...]
    column_hints: tuple[ResultColumn | None, ...]
    setting_changes: tuple[SettingChange, ...] = ()


@dataclass(frozen=True, slots=True)
class RowLock:
    """A table whose rows a SELECT locks.

    From column ``place`` on the query gives each row's primary key, then its ``_seq``.
    """

    relation: Relation
    place: int
    mode: LockMode
    wait: LockWait


@dataclass(frozen=True, slots=True)
class LockedRows:
    """SELECT ... FOR UPDATE and its kin. ``limit`` and ``offset`` count rows that were locked.

    Where there is a limit, the query has one parameter more than the statement: how many rows to
    look at.
    """

    locks: tuple[RowLock, ...]
    limit: Expression | None
    offset: Expression | None


@dataclass(frozen=True, slots=True)
class SelectPlan:
    """A query. ``fast`` runs on the event loop where it is not None; ``query`` always could.

    ``finish`` makes each row of the answer of a row of ``query``, where DuckDB cannot (nextval);
    ``admission`` says of which ones.
    """

    columns: tuple[ResultColumn, ...] | None
    param_oids: tuple[Oid, ...]
    fast: PointSelect | RangeSelect | IndexSelect | None
    query: DuckQuery | None
    locked: LockedRows | None = None
    finish: tuple[Expression, ...] | None = None
    admission: Admission | None = None


@dataclass(frozen=True, slots=True)
class Returning:
    """RETURNING.

    ``outputs`` are over an affected row: the target's columns, its system columns, then what the
    query that found the row gives in its last ``joined`` columns. They are the answer; or, where
    there is a ``query``, with a number behind them the rows of its relation ``GIVEN_ROWS``.
    """

    columns: tuple[ResultColumn, ...]
    outputs: tuple[Expression, ...]
    query: DuckQuery | None
    joined: int = 0

    @property
    def reads_tables(self) -> bool:
        """Whether there are subqueries, which read rows as they were before the statement."""
        return self.query is not None and len(self.query.uses) > 1


@dataclass(frozen=True, slots=True)
class ViewCheck:
    """WITH CHECK OPTION of a view: ``condition`` over a new row of its table must be true."""

    view_name: str
    condition: Expression


@dataclass(frozen=True, slots=True)
class OnConflict:
    """What an INSERT does where a row is in its way: nothing, or an update.

    In its way is a row with the same primary key, or with ``index`` one that has the same values in
    that unique index; ``is_any`` counts the key and all unique indexes.

    ``values`` (of ``targets``) and ``filter`` are expressions over the existing row's columns, its
    system columns, and then the columns of the row that was to be inserted. Or they are over the
    answer of ``query``, whose relation ``GIVEN_ROWS`` has ``reads`` of these, with a number behind.
    """

    targets: tuple[int, ...] = ()
    values: tuple[Expression, ...] = ()
    filter: Expression | None = None
    is_update: bool = False
    index: Oid | None = None
    is_any: bool = False
    query: DuckQuery | None = None
    reads: tuple[ColumnRef, ...] = ()


@dataclass(frozen=True, slots=True)
class InsertPlan:
    """INSERT. ``targets`` are positions in the relation's columns.

    Either ``rows`` (each as long as ``targets``; None stands for DEFAULT) or ``source`` (a query
    whose columns are the targets in order, or of whose rows ``values`` makes them). Columns that
    are not targets take ``defaults``, one entry per column of the relation (None: no default,
    NULL).
    """

    relation: Relation
    targets: tuple[int, ...]
    rows: tuple[tuple[Expression | None, ...], ...]
    source: DuckQuery | None
    defaults: tuple[Expression | None, ...]
    param_oids: tuple[Oid, ...]
    returning: Returning | None = None
    conflict: OnConflict | None = None
    values: tuple[Expression, ...] | None = None
    checks: tuple[ViewCheck, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdatePlan:
    """UPDATE.

    By key (``key`` and ``filter``), or by ``query``, whose columns are the primary key, ``_seq``,
    then what the new values are made of, then what RETURNING reads of other tables. ``values`` (of
    ``targets``) are expressions over the old row, or over the query's.

    With ``scan`` the rows are few, as a rule: then it finds them, and ``scan_values`` over the old
    row take the place of ``values``.
    """

    relation: Relation
    targets: tuple[int, ...]
    key: tuple[Expression, ...] | None
    filter: Expression | None
    values: tuple[Expression, ...]
    query: DuckQuery | None
    param_oids: tuple[Oid, ...]
    returning: Returning | None = None
    scan: IndexScan | None = None
    scan_values: tuple[Expression, ...] = ()
    checks: tuple[ViewCheck, ...] = ()


@dataclass(frozen=True, slots=True)
class DeletePlan:
    """DELETE.

    By key, or by ``query``, whose columns are the primary key and ``_seq``, then what RETURNING
    reads of other tables. A ``scan`` stands beside a query, as in ``UpdatePlan``.

    ``restores``: UNDELETE, whose query finds soft-deleted rows to make live again.
    """

    relation: Relation
    key: tuple[Expression, ...] | None
    filter: Expression | None
    query: DuckQuery | None
    param_oids: tuple[Oid, ...]
    returning: Returning | None = None
    restores: bool = False
    scan: IndexScan | None = None


@dataclass(frozen=True, slots=True)
class MergePlan:
    """MERGE. ``query`` gives the target's primary key and ``_seq``, then an action's number."""

    relation: Relation
    query: DuckQuery
    actions: tuple[MergeAction, ...]
    defaults: tuple[Expression | None, ...]
    param_oids: tuple[Oid, ...]


StepPlan: TypeAlias = SelectPlan | InsertPlan | UpdatePlan | DeletePlan


@dataclass(frozen=True, slots=True)
class Step:
    """A part that runs before the rest; ``relation`` is what it returns, and has no table."""

    relation: Relation
    plan: StepPlan


@dataclass(frozen=True, slots=True)
class WithPlan:
    """A statement with data-modifying WITH queries, or with subqueries that lock rows."""

    steps: tuple[Step, ...]
    main: StepPlan
    param_oids: tuple[Oid, ...]


@dataclass(frozen=True, slots=True)
class SetPlan:
    """SET [LOCAL] name = value, or RESET; ``value`` None is the default. RESET ALL has name "all".

    ``also`` are further settings of the same statement: SET TRANSACTION with several modes.
    """

    name: str
    value: str | None
    is_local: bool = False
    also: tuple[SetPlan, ...] = ()
    is_reset: bool = False


@dataclass(frozen=True, slots=True)
class ShowPlan:
    """SHOW name, or SHOW ALL."""

    name: str


@dataclass(frozen=True, slots=True)
class EmptyPlan:
    """Nothing but white space and comments."""


@dataclass(frozen=True, slots=True)
class ExecuteAsPlan:
    """``EXECUTE AS USER 'name' ( statement )``."""

    user_id: str
    inner: Plan


@dataclass(frozen=True, slots=True)
class DeclarePlan:
    """DECLARE name CURSOR FOR ``inner``. ``is_scroll`` None: neither SCROLL nor NO SCROLL.

    ``is_held``: WITH HOLD.
    """

    name: str
    inner: Plan
    is_scroll: bool | None
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class CommandPlan:
    """A statement that ``kalampg.commands`` runs. ``columns`` is empty when it returns no rows."""

    statement: Statement
    columns: tuple[ResultColumn, ...] = ()
    param_oids: tuple[Oid, ...] = ()


DataPlan: TypeAlias = StepPlan | MergePlan | WithPlan
Plan: TypeAlias = (
    DataPlan
    | TransactionPlan
    | SetPlan
    | ShowPlan
    | EmptyPlan
    | ExecuteAsPlan
    | CommandPlan
    | CopyPlan
    | DeclarePlan
    | FetchPlan
    | PreparePlan
    | ExecutePlan
)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A plan with the values of the literals that were lifted out of the text into parameters.

    The lifted values follow the statement's own parameters.
    """

    plan: Plan
    param_oids: tuple[Oid, ...]
    lifted: tuple[Datum, ...] = ()
