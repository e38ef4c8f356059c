"""Lookups that PostgreSQL's catalog functions make: names, OIDs, visibility, definitions, comments.

``OBJECT_MAPS`` has a function for each; all are pure functions of a catalog and a search path, so
that the answers can be kept as long as both stay what they are. Everybody may see the names of all
objects, as in PostgreSQL; rows are not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from kalampg.catalog.catalog import Catalog
from kalampg.catalog.comments import CLASS_NAMES, living
from kalampg.catalog.constraint_definitions import (
    check_definition,
    domain_check_definition,
    foreign_key_definition,
)
from kalampg.catalog.pg_catalog.declared import declared_columns
from kalampg.catalog.pg_catalog.declared_indexes import declared_indexes
from kalampg.catalog.pg_catalog.fixed_oids import COLLATIONS
from kalampg.catalog.pg_catalog.type_facts import TYPE_FACTS
from kalampg.catalog.quoting import quoted
from kalampg.catalog.view_text import view_text
from kalampg.constraint import CheckConstraint
from kalampg.pgtypes.registry import TYPES, format_type, type_names
from kalampg.relation import PG_CATALOG, TEMPORARY_SCHEMA, searched

SearchPath: TypeAlias = tuple[str, ...]
ObjectMap: TypeAlias = (
    Mapping[int, str] | Mapping[str, int] | Mapping[int, bool] | Mapping[str, str]
)


def schemas_searched(catalog: Catalog, search_path: SearchPath) -> SearchPath:
    """The schemas of the path that exist, ``pg_catalog`` first where it is not named."""
    existing = tuple(name for name in search_path if catalog.has_schema(name))
    return searched(existing)


def _classes(catalog: Catalog) -> Iterator[tuple[int, str, str]]:
    """OID, schema and name of everything in ``pg_class``."""
    for table in catalog.tables.values():
        yield table.table_id, table.schema_name, table.name
        for index in declared_indexes(table):
            yield index.oid, table.schema_name, index.name
    for view in catalog.views.values():
        yield view.table_id, view.schema_name, view.name
    for sequence in catalog.sequences.values():
        yield sequence.sequence_id, sequence.schema_name, sequence.name
    for relation in catalog.computed_relations():
        yield relation.table_id, relation.schema_name, relation.name


def _declared_types(catalog: Catalog) -> Iterator[tuple[int, str, str]]:
    for table in (*catalog.tables.values(), *catalog.views.values()):
        yield table.row_type_oid, table.schema_name, table.name
        yield table.row_array_oid, table.schema_name, f"{table.name}[]"
    for declared in catalog.declared_types():
        yield declared.oid, declared.schema_name, declared.name
    for enumeration in catalog.enumerations.values():
        if enumeration.array_oid:
            yield enumeration.array_oid, enumeration.schema_name, f"{enumeration.name}[]"


# --- names ---


def _visible(
    objects: Iterator[tuple[int, str, str]], catalog: Catalog, path: SearchPath
) -> Mapping[int, bool]:
    """Whether the name alone finds the object: no schema earlier in the path has that name."""
    ranks = {name: rank for rank, name in enumerate(schemas_searched(catalog, path))}
    best: dict[str, int] = {}
    found = list(objects)
    for _, schema_name, name in found:
        rank = ranks.get(schema_name)
        if rank is not None and rank <= best.get(name, rank):
            best[name] = rank
    return {
        oid: schema_name in ranks and best[name] == ranks[schema_name]
        for oid, schema_name, name in found
    }


def _visible_classes(catalog: Catalog, path: SearchPath) -> Mapping[int, bool]:
    return _visible(_classes(catalog), catalog, path)


def _visible_types(catalog: Catalog, path: SearchPath) -> Mapping[int, bool]:
    builtin = ((oid, PG_CATALOG, facts.name) for oid, facts in TYPE_FACTS.items())
    return _visible(_chain(builtin, _declared_types(catalog)), catalog, path)


def _chain(*parts: Iterator[tuple[int, str, str]]) -> Iterator[tuple[int, str, str]]:
    for part in parts:
        yield from part


def _visible_collations(catalog: Catalog, path: SearchPath) -> Mapping[int, bool]:
    return {oid: True for oid, *_ in COLLATIONS}


def _class_names(catalog: Catalog, path: SearchPath) -> Mapping[int, str]:
    visible = _visible_classes(catalog, path)
    return {
        oid: quoted(name) if visible[oid] else f"{quoted(schema_name)}.{quoted(name)}"
        for oid, schema_name, name in _classes(catalog)
    }


def _class_oids(catalog: Catalog, path: SearchPath) -> Mapping[str, int]:
    return _spellings(_classes(catalog), _visible_classes(catalog, path), catalog.temporary_schema)


def _spellings(
    objects: Iterator[tuple[int, str, str]],
    visible: Mapping[int, bool],
    temporary_schema: str | None = None,
) -> Mapping[str, int]:
    """Every way to write each object's name, quoted or not."""
    oids: dict[str, int] = {}
    for oid, schema_name, name in objects:
        for written in _quotings(name):
            if visible[oid]:
                oids[written] = oid
            for schema_written in _quotings(schema_name):
                oids[f"{schema_written}.{written}"] = oid
            if schema_name == temporary_schema:
                oids[f"{TEMPORARY_SCHEMA}.{written}"] = oid
    return oids


def _quotings(name: str) -> tuple[str, ...]:
    """The name in quotes, and without them if it may go without."""
    doubled = name.replace('"', '""')
    plain = quoted(name)
    return (f'"{doubled}"',) if plain.startswith('"') else (f'"{doubled}"', plain)


def _type_names(catalog: Catalog, path: SearchPath) -> Mapping[int, str]:
    visible = _visible_types(catalog, path)
    names = {int(oid): format_type(oid) for oid in TYPES}
    for oid, schema_name, name in _declared_types(catalog):
        base = quoted(name.removesuffix("[]")) + ("[]" if name.endswith("[]") else "")
        names[oid] = base if visible[oid] else f"{quoted(schema_name)}.{base}"
    return names


def _type_oids(catalog: Catalog, path: SearchPath) -> Mapping[str, int]:
    oids: dict[str, int] = {}
    visible = _visible_types(catalog, path)
    for oid, schema_name, name in _declared_types(catalog):
        base = name.removesuffix("[]")
        suffix = name.removeprefix(base)
        for written in _spellings(iter([(oid, schema_name, base)]), visible):
            oids[written + suffix] = oid
        if suffix:
            oids.update(_spellings(iter([(oid, schema_name, f"_{base}")]), visible))
    oids.update(type_names())
    for oid, facts in TYPE_FACTS.items():
        oids[f"{PG_CATALOG}.{facts.name}"] = oid
        oids[f'{PG_CATALOG}."{facts.name}"'] = oid
        oids[f'"{facts.name}"'] = oid
        if facts.array_oid:
            oids[f"{PG_CATALOG}.{facts.name}[]"] = facts.array_oid
    return oids


def _namespace_names(catalog: Catalog, path: SearchPath) -> Mapping[int, str]:
    return {space.oid: quoted(space.name) for space in catalog.all_namespaces()}


def _namespace_oids(catalog: Catalog, path: SearchPath) -> Mapping[str, int]:
    return {
        written: space.oid
        for space in catalog.all_namespaces()
        for written in _quotings(space.name)
    }


def _role_names(catalog: Catalog, path: SearchPath) -> Mapping[int, str]:
    return {role.oid: quoted(role.name) for role in catalog.roles.values()}


def _role_oids(catalog: Catalog, path: SearchPath) -> Mapping[str, int]:
    return {
        written: role.oid for role in catalog.roles.values() for written in _quotings(role.name)
    }


def _users(catalog: Catalog, path: SearchPath) -> Mapping[int, str]:
    return {role.oid: role.name for role in catalog.roles.values()}


# --- definitions and comments ---


def _constraints(catalog: Catalog, path: SearchPath, *, is_pretty: bool) -> Mapping[int, str]:
    names = _class_names(catalog, path)
    found: dict[int, str] = {
        check.oid: domain_check_definition(domain, check, is_pretty=is_pretty)
        for domain in catalog.domains.values()
        for check in domain.checks
    }
    for table in catalog.tables.values():
        for index in declared_indexes(table):
            if index.constraint_oid is not None:
                found[index.constraint_oid] = index.constraint_definition
        for one in table.constraints:
            found[one.oid] = (
                check_definition(table, one, is_pretty=is_pretty)
                if isinstance(one, CheckConstraint)
                else foreign_key_definition(
                    catalog, table, one, lambda referenced: names[referenced.table_id]
                )
            )
    return found


def _constraint_definitions(catalog: Catalog, path: SearchPath) -> Mapping[int, str]:
    return _constraints(catalog, path, is_pretty=False)


def _pretty_constraint_definitions(catalog: Catalog, path: SearchPath) -> Mapping[int, str]:
    return _constraints(catalog, path, is_pretty=True)


def _index_definitions(catalog: Catalog, path: SearchPath) -> Mapping[int, str]:
    return {
        index.oid: index.definition(table)
        for table in catalog.tables.values()
        for index in declared_indexes(table)
    }


def _index_columns(catalog: Catalog, path: SearchPath) -> Mapping[str, str]:
    return {
        f"{index.oid}/{number}": text
        for table in catalog.tables.values()
        for index in declared_indexes(table)
        for number, text in enumerate(index.texts, start=1)
    }


def _column_sequences(catalog: Catalog, path: SearchPath) -> Mapping[str, str]:
    """The sequence of every column, by ``<table oid>/<column>``; an empty text for none."""
    found: dict[str, str] = {}
    for table in catalog.tables.values():
        found |= {f"{table.table_id}/{column.name}": "" for column in table.columns}
        for sequence in catalog.sequences_of(table.table_id):
            owner = sequence.owned_by
            assert owner is not None, "it goes with a column of the table"
            column = table.columns[table.position_of_id(owner.column_id)]
            name = f"{quoted(sequence.schema_name)}.{quoted(sequence.name)}"
            found[f"{table.table_id}/{column.name}"] = name
    return found


def _column_numbers(catalog: Catalog, path: SearchPath) -> Mapping[str, int]:
    """The number of each column that may be named, by its name and by itself."""
    found: dict[str, int] = {}
    sequences = (sequence.as_relation() for sequence in catalog.sequences.values())
    relations = (*catalog.tables.values(), *catalog.views.values(), *catalog.computed_relations())
    for relation in (*relations, *sequences):
        for column in declared_columns(relation):
            found[f"{relation.table_id}/{column.name}"] = column.column_id
            found[f"{relation.table_id}#{column.column_id}"] = column.column_id
    return found


def _view_definitions(catalog: Catalog, path: SearchPath) -> Mapping[int, str]:
    return {view.table_id: view_text(view) for view in catalog.views.values()}


def _comments(catalog: Catalog, path: SearchPath) -> Mapping[str, str]:
    """Of objects by OID and catalog, of columns by OID and number."""
    return {
        f"{oid}/{sub_id or CLASS_NAMES[class_oid]}": text
        for (class_oid, oid, sub_id), text in living(catalog)
    }


OBJECT_MAPS: Final[Mapping[str, Callable[[Catalog, SearchPath], ObjectMap]]] = MappingProxyType(
    {
        "class_names": _class_names,
        "class_oids": _class_oids,
        "type_names": _type_names,
        "type_oids": _type_oids,
        "namespace_names": _namespace_names,
        "namespace_oids": _namespace_oids,
        "role_names": _role_names,
        "role_oids": _role_oids,
        "visible_classes": _visible_classes,
        "visible_types": _visible_types,
        "visible_collations": _visible_collations,
        "users": _users,
        "constraint_definitions": _constraint_definitions,
        "pretty_constraint_definitions": _pretty_constraint_definitions,
        "index_definitions": _index_definitions,
        "view_definitions": _view_definitions,
        "index_columns": _index_columns,
        "column_numbers": _column_numbers,
        "comments": _comments,
        "column_sequences": _column_sequences,
    }
)
