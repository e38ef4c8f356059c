"""Which columns a name can mean: the sources of a FROM clause, nested in their outer queries."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from kalampg import errors
from kalampg.relation import SYSTEM_COLUMNS, Relation, TableType
from kalampg.view import ViewQuery

USER_ID_COLUMN = "_user_id"


@dataclass(slots=True)
class ScopeColumn:
    """One column of a source. ``sql_name`` is what generated SQL calls it.

    ``use`` and ``position`` say which stored column it is, where it is one; ``derived`` which
    expression it is, where it is one of a view that is written to, or merges two types by USING.
    """

    name: str
    oid: int
    typmod: int = -1
    sql_name: str = ""
    is_hidden: bool = False
    use: TableUse | None = None
    position: int = -1
    table_oid: int = 0
    attnum: int = 0
    derived: Derived | None = None

    def __post_init__(self) -> None:
        self.sql_name = self.sql_name or self.name


@dataclass(slots=True)
class Derived:
    """An expression that a column stands for: not bound yet, the names that it sees, and its type.

    ``view`` is set where it is one of a view.
    """

    expression: exp.Expr
    scope: Scope
    view: ViewQuery | None
    oid: int


@dataclass(slots=True)
class TableUse:
    """One occurrence of a relation. ``columns`` are the positions that the statement reads."""

    index: int
    relation: Relation
    columns: set[int] = field(default_factory=set)
    includes_deleted: bool = False

    @property
    def user_id_position(self) -> int:
        return len(self.relation.columns) + len(SYSTEM_COLUMNS)

    @property
    def has_system_columns(self) -> bool:
        return self.relation.table_type is not TableType.SYSTEM

    def name_of(self, position: int) -> str:
        columns = self.relation.columns
        if position < len(columns):
            return columns[position].name
        if position == self.user_id_position:
            return USER_ID_COLUMN
        return SYSTEM_COLUMNS[position - len(columns)][0]


@dataclass(slots=True)
class Source:
    """One item of a FROM clause: its alias and its columns.

    ``sql_alias`` is what generated SQL calls it.
    """

    alias: str
    columns: list[ScopeColumn]
    schema_name: str | None = None
    relation_name: str = ""
    sql_alias: str = ""
    # Whose rows these are, where they are a relation's; and whether the source is a function that
    # gives values and no rows, or stands where an outer join may give no row.
    relation: Relation | None = None
    is_scalar: bool = False
    is_nullable: bool = False

    def __post_init__(self) -> None:
        self.sql_alias = self.sql_alias or self.alias


@dataclass(slots=True)
class CommonTable:
    """A CTE that later parts of the statement can name."""

    name: str
    columns: list[ScopeColumn]


@dataclass(slots=True)
class Resolved:
    """What a column reference means."""

    source: Source
    column: ScopeColumn


@dataclass(slots=True)
class Merged:
    """A column that stands for those of its name in ``sources``, which are joined by USING."""

    found: Resolved
    sources: list[Source]

    @property
    def name(self) -> str:
        return self.found.column.name


class Scope:
    """The names that one query level sees; ``parent`` is the level around it."""

    def __init__(self, parent: Scope | None = None) -> None:
        self.parent = parent
        self.sources: list[Source] = []
        self.merged: list[Merged] = []
        self.common_tables: dict[str, CommonTable] = {}

    def add(self, source: Source, node: exp.Expr | None = None) -> None:
        if any(other.alias == source.alias for other in self.sources):
            raise errors.DuplicateAlias(f'table name "{source.alias}" specified more than once')
        self.sources.append(source)

    def common_table(self, name: str) -> CommonTable | None:
        scope: Scope | None = self
        while scope is not None:
            found = scope.common_tables.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def source(self, alias: str, schema_name: str | None = None) -> Source | None:
        """The nearest source of this alias."""
        scope: Scope | None = self
        while scope is not None:
            for source in scope.sources:
                if source.alias == alias and schema_name in {None, source.schema_name}:
                    return source
            scope = scope.parent
        return None

    def source_of_relation(self, name: str) -> Source | None:
        """The nearest source that is a relation of this name under another alias."""
        scope: Scope | None = self
        while scope is not None:
            for source in scope.sources:
                if source.relation_name == name:
                    return source
            scope = scope.parent
        return None

    def column(self, name: str, position: int | None) -> Resolved | None:
        """What an unqualified name means.

        Raises:
            AmbiguousColumn: 42702
        """
        scope: Scope | None = self
        while scope is not None:
            found = scope.own_column(name, position)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def own_column(self, name: str, position: int | None) -> Resolved | None:
        """What an unqualified name means on this level alone."""
        found = [merged.found for merged in self.merged if merged.name == name]
        hidden: list[Resolved] = []
        for source in self.sources:
            for column in source.columns:
                if column.name == name and not self._is_merged(source, name):
                    (hidden if column.is_hidden else found).append(Resolved(source, column))
        candidates = found or hidden
        if len(candidates) > 1:
            raise errors.AmbiguousColumn(
                f'column reference "{name}" is ambiguous', position=position
            )
        return candidates[0] if candidates else None

    def visible_columns(self) -> list[Resolved]:
        """What ``*`` stands for: merged columns once, before those of what they join."""
        columns: list[Resolved] = []
        for source in self.sources:
            columns += [each.found for each in self.merged if each.sources[0] is source]
            columns += [
                Resolved(source, column)
                for column in source.columns
                if not column.is_hidden and not self._is_merged(source, column.name)
            ]
        return columns

    def _is_merged(self, source: Source, name: str) -> bool:
        return any(
            merged.name == name and any(source is other for other in merged.sources)
            for merged in self.merged
        )


def columns_of(relation: Relation, use: TableUse, *, scope_all: bool = False) -> list[ScopeColumn]:
    """The columns of a stored or computed relation, system columns at the end."""
    count = len(relation.columns)
    columns = [
        ScopeColumn(
            column.name,
            column.type_oid,
            column.typmod,
            is_hidden=column.is_hidden,
            use=use,
            position=position,
            table_oid=relation.table_id,
            attnum=position + 1,
        )
        for position, column in enumerate(relation.columns)
    ]
    if not use.has_system_columns:
        return columns
    for offset, (name, _, oid) in enumerate(SYSTEM_COLUMNS):
        columns.append(ScopeColumn(name, oid, is_hidden=True, use=use, position=count + offset))
    if scope_all and relation.table_type is TableType.USER:
        columns.append(
            ScopeColumn(USER_ID_COLUMN, 25, is_hidden=True, use=use, position=use.user_id_position)
        )
    return columns


def read_column(column: ScopeColumn) -> None:
    """Note that a stored column is needed."""
    use = column.use
    if use is None or column.position < 0:
        return
    use.columns.add(column.position)
    if column.position == len(use.relation.columns) + 1 and use.has_system_columns:
        use.includes_deleted = True
