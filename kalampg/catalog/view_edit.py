"""CREATE, REPLACE and ALTER VIEW as catalog edits; a view is a relation without rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kalampg import errors
from kalampg.catalog import names, records
from kalampg.catalog.catalog import Catalog
from kalampg.catalog.edit import CatalogEdit, changed, next_oid_write
from kalampg.catalog.numbers import OIDS_PER_TABLE
from kalampg.catalog.view_dependences import dependences
from kalampg.catalog.view_record import encode_view
from kalampg.ids import ColumnId, Oid, TableId
from kalampg.pgtypes import format_type
from kalampg.relation import Column, Relation, TableType
from kalampg.sql.view_updatability import check_option_allowed
from kalampg.view import ViewQuery


@dataclass(frozen=True, slots=True)
class NewView:
    """A view to be; columns as name, type OID and modifier."""

    schema_name: str
    name: str
    query: ViewQuery
    columns: tuple[tuple[str, Oid, int], ...]
    owner: str


def create_view(catalog: Catalog, new: NewView, now_us: int) -> CatalogEdit:
    """Add a view. The caller has checked that the name is free.

    Raises:
        DuplicateColumn: 42701.
    """
    view_id = TableId(catalog.numbers.allocate_oids(OIDS_PER_TABLE))
    view = Relation(
        table_id=view_id,
        schema_name=new.schema_name,
        name=new.name,
        table_type=TableType.SYSTEM,
        columns=_columns(new),
        owner=new.owner,
        created_at_us=now_us,
        next_column_id=len(new.columns) + 1,
        view=new.query,
    )
    return put_view(catalog, view)


def replace_view(catalog: Catalog, before: Relation, new: NewView) -> CatalogEdit:
    """CREATE OR REPLACE of a view that is there: the old columns stay, new ones come behind.

    Raises:
        InvalidTableDefinition: 42P16
        InvalidObjectDefinition: 42P17, the view would read itself.
    """
    after = _columns(new)
    if len(after) < len(before.columns):
        raise errors.InvalidTableDefinition("cannot drop columns from view")
    for old, column in zip(before.columns, after, strict=False):
        _check_same(old, column)
    read = {reading.relation_id for reading in new.query.readings}
    above = {Oid(dependence.view.table_id) for dependence in dependences(catalog, [before])}
    if read & (above | {Oid(before.table_id)}):
        raise errors.InvalidObjectDefinition(
            f'infinite recursion detected in rules for relation "{before.name}"'
        )
    view = replace(before, columns=after, next_column_id=len(after) + 1, view=new.query)
    return put_view(catalog, view, before)


def put_view(catalog: Catalog, view: Relation, before: Relation | None = None) -> CatalogEdit:
    """The catalog with the view, in the place of ``before``.

    Raises:
        FeatureNotSupported: 0A000, it has WITH CHECK OPTION and cannot be written to.
    """
    check_option_allowed(view, catalog)
    views = dict(catalog.views)
    if before is not None:
        del views[before.schema_name, before.name]
    views[view.schema_name, view.name] = view
    write = (records.view_key(view.table_id), encode_view(view))
    return CatalogEdit(changed(catalog, views=views), (write, next_oid_write(catalog)))


def _columns(new: NewView) -> tuple[Column, ...]:
    columns: list[Column] = []
    for number, (name, type_oid, typmod) in enumerate(new.columns, start=1):
        names.check_name(name)
        if any(column.name == name for column in columns):
            raise errors.DuplicateColumn(f'column "{name}" specified more than once')
        columns.append(Column(ColumnId(number), name, type_oid, typmod))
    return tuple(columns)


def _check_same(old: Column, new: Column) -> None:
    if old.name != new.name:
        raise errors.InvalidTableDefinition(
            f'cannot change name of view column "{old.name}" to "{new.name}"',
            hint="Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.",
        )
    if (old.type_oid, old.typmod) != (new.type_oid, new.typmod):
        before, after = (format_type(each.type_oid, each.typmod) for each in (old, new))
        raise errors.InvalidTableDefinition(
            f'cannot change data type of view column "{old.name}" from {before} to {after}'
        )
