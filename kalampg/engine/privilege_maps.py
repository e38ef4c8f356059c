"""Who may do what, as maps for the functions that ask (``has_table_privilege`` and its kin).

The rules are ``kalampg.auth``'s, asked once for each class of roles: a rule here is the lowest rank
of a class that may, for each action, and the owner, who may as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from kalampg.auth import privileges
from kalampg.auth.privileges import LOWEST_CLASS, Action
from kalampg.catalog import Catalog, Role, RoleClass
from kalampg.catalog.pg_catalog.declared_indexes import declared_indexes
from kalampg.ids import Oid
from kalampg.relation import Relation, TableType

# By rank. Nobody has a rank of _NEVER.
_CLASSES: Final = (RoleClass.USER, RoleClass.SERVICE, RoleClass.DBA, RoleClass.SYSTEM)
_NEVER: Final = len(_CLASSES)
_NO_OWNER: Final = 0
_NOBODY: Final = Role(Oid(0), "", RoleClass.USER)


def _rank(may: Callable[[Role], bool]) -> int:
    """The lowest rank of which a role that owns nothing may."""
    roles = (replace(_NOBODY, role_class=role_class) for role_class in _CLASSES)
    return next((rank for rank, role in enumerate(roles) if may(role)), _NEVER)


def _role_ranks(catalog: Catalog) -> Mapping[int, int]:
    return {role.oid: _CLASSES.index(role.role_class) for role in catalog.roles.values()}


def _class_rules(catalog: Catalog) -> Mapping[int, list[int]]:
    """Lowest ranks to read, to write and to truncate, and the owner."""
    rules: dict[int, list[int]] = {}
    for table in _relations(catalog):
        is_user_table = table.table_type is TableType.USER
        is_stored = table.table_type is not TableType.SYSTEM
        write = _rank(partial(privileges.may_write, relation=table))
        read = _rank(partial(privileges.may_read, relation=table))
        owns = _CLASSES.index(RoleClass.DBA) if is_stored else _NEVER
        owner = catalog.roles[table.owner].oid if is_stored else _NO_OWNER
        rule = [read, write, write if is_user_table else owns, owner]
        rules[table.table_id] = rule
        if is_stored:
            rules.update({index.oid: rule for index in declared_indexes(table)})
    # Everybody may look at a sequence; what else there is to do with it is no statement on tables.
    for sequence in catalog.sequences.values():
        rules[sequence.sequence_id] = [0, _NEVER, _NEVER, _NO_OWNER]
    return rules


def _sequence_rules(catalog: Catalog) -> Mapping[int, list[int]]:
    """Lowest ranks to take values and to set them, and the owner."""
    tables = {table.table_id: table for table in catalog.tables.values()}
    rules: dict[int, list[int]] = {}
    for sequence in catalog.sequences.values():
        column = sequence.owned_by
        table = None if column is None else tables[column.table_id]
        use = 0
        if table is not None:
            use = _rank(partial(privileges.may_write, relation=table))
        owner = catalog.roles[sequence.owner].oid
        rules[sequence.sequence_id] = [use, _CLASSES.index(RoleClass.DBA), owner]
    return rules


def _relations(catalog: Catalog) -> Iterator[Relation]:
    yield from catalog.tables.values()
    yield from catalog.computed_relations()


def _namespace_rules(catalog: Catalog) -> Mapping[int, list[int]]:
    """Lowest ranks to use the schema and to create tables in it; schemas need no owner."""
    create = _CLASSES.index(LOWEST_CLASS[Action.CREATE_USER_TABLE])
    return {
        space.oid: [0, _NEVER if space.is_computed else create]
        for space in catalog.all_namespaces()
    }


def _database_rule(_: Catalog) -> Mapping[int, list[int]]:
    """Lowest rank to create schemas. The one database has the number 0 here."""
    return {0: [_CLASSES.index(LOWEST_CLASS[Action.CREATE_NAMESPACE])]}


PRIVILEGE_MAPS: Final[Mapping[str, Callable[[Catalog], Mapping[int, Any]]]] = MappingProxyType(
    {
        "role_ranks": _role_ranks,
        "class_rules": _class_rules,
        "sequence_rules": _sequence_rules,
        "namespace_rules": _namespace_rules,
        "database_rules": _database_rule,
    }
)
