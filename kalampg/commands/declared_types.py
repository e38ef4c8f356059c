"""The types that definitions of columns and domains name, where they are not built in."""

from __future__ import annotations

from dataclasses import replace

from kalampg import errors
from kalampg.catalog import Catalog
from kalampg.commands.resolve import written
from kalampg.commands.session_seam import CommandSession
from kalampg.domain import Domain
from kalampg.enumeration import Enumeration
from kalampg.pgtypes.enumerations import array_required
from kalampg.sql.declared_types import find_declared
from kalampg.sql.statements import ColumnDefinition
from kalampg.sql.table_name import TableName


def with_named_type(
    column: ColumnDefinition, catalog: Catalog, session: CommandSession
) -> ColumnDefinition:
    """The definition with the OID of the type that it names.

    Raises:
        UndefinedObject: 42704
        FeatureNotSupported: 0A000, it is an array of a domain.
    """
    if column.type_name is None:
        return column
    found = _declared(column.type_name, catalog, session, column.type_position)
    if _is_array(column.type_name):
        if isinstance(found, Domain):
            raise errors.FeatureNotSupported(
                "arrays of domains are not supported",
                hint="Use an array of its base type.",
            )
        return replace(column, type_oid=array_required(found), type_name=None)
    if isinstance(found, Domain):
        return replace(
            column,
            type_oid=found.base_oid,
            typmod=found.typmod,
            type_name=None,
            domain=found.oid,
        )
    return replace(column, type_oid=found.oid, type_name=None)


def required_type(
    name: TableName, catalog: Catalog, session: CommandSession, position: int | None = None
) -> Enumeration | Domain:
    """The type that a definition names where no array can be.

    Raises:
        UndefinedObject: 42704
        FeatureNotSupported: 0A000, it is an array of a declared type.
    """
    found = _declared(name, catalog, session, position)
    if _is_array(name):
        raise errors.FeatureNotSupported(
            "arrays of enumerated types and of domains are not supported here",
            hint="Use text[] with a CHECK constraint.",
        )
    return found


def _is_array(name: TableName) -> bool:
    return name.name.endswith("[]")


def _declared(
    name: TableName, catalog: Catalog, session: CommandSession, position: int | None
) -> Enumeration | Domain:
    """The type, or that of an array's elements."""
    element = replace(name, name=name.name.removesuffix("[]"))
    found = find_declared(catalog, element, session.search_path)
    if found is None:
        raise errors.UndefinedObject(f'type "{written(name)}" does not exist', position=position)
    return found
