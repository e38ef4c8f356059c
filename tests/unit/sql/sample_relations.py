"""Relations that the tests of ``sql`` compile against, and a lookup that knows only them."""

from __future__ import annotations

from collections.abc import Sequence

from kalampg.domain import Domain
from kalampg.enumeration import Enumeration
from kalampg.ids import ColumnId, Oid, TableId
from kalampg.pgtypes import type_named
from kalampg.relation import Column, Relation, TableType
from kalampg.sql import CompileEnv


class FixedLookup:
    """A catalog of given relations."""

    version = 1

    def __init__(self, *relations: Relation) -> None:
        self._relations = {(r.schema_name, r.name): r for r in relations}

    def relation(self, schema_name: str, name: str) -> Relation | None:
        return self._relations.get((schema_name, name))

    def has_schema(self, schema_name: str) -> bool:
        return any(schema == schema_name for schema, _ in self._relations)

    def table_by_id(self, table_id: TableId) -> Relation | None:
        return self.relation_by_id(table_id)

    def relation_by_id(self, relation_id: int) -> Relation | None:
        return next((r for r in self._relations.values() if r.table_id == relation_id), None)

    def enumeration(self, schema_name: str, name: str) -> Enumeration | None:
        return None

    def domain(self, schema_name: str, name: str) -> Domain | None:
        return None

    def domain_by_oid(self, oid: Oid) -> Domain | None:
        return None


def relation(
    table_id: int,
    schema: str,
    name: str,
    columns: Sequence[str],
    key: Sequence[int],
    table_type: TableType = TableType.USER,
) -> Relation:
    """``columns`` are written ``name type[ default]``; underscores in types stand for spaces."""
    made: list[Column] = []
    for position, text in enumerate(columns):
        column_name, type_text, *default = text.split(" ", 2)
        scalar = type_named(type_text.removesuffix("[]").split("(")[0])
        assert scalar is not None
        oid = scalar.array_oid if type_text.endswith("[]") else scalar.oid
        typmod = int(type_text.split("(")[1][:-1]) + 4 if "(" in type_text else -1
        made.append(
            Column(
                ColumnId(position + 1),
                column_name,
                oid,
                typmod,
                not_null=position in key,
                default=default[0] if default else None,
            )
        )
    return Relation(TableId(table_id), schema, name, table_type, tuple(made), tuple(key))


# The tables that PostgreSQL had when recorded_postgresql15.json was made.
T = relation(
    100,
    "public",
    "t",
    [
        "id bigint", "name text", "n int", "price numeric", "at timestamptz now()", "tags text[]",
        "doc jsonb", "flag bool true", "v varchar(5)", "d date", "u uuid", "ts timestamp",
        "f float8", "sm smallint", "j json", "b bytea", "iv interval", "tm time", "r real",
    ],
    [0],
)  # fmt: skip
M = relation(101, "public", "m", ["room text", "seq bigint", "body text", "likes int 0"], [0, 1])
S = relation(102, "shop", "s", ["id int", "title text"], [0], TableType.SHARED)
J = relation(103, "system", "jobs", ["job_id text", "status text"], [], TableType.SYSTEM)
# A comment in front keeps literals where they are: nothing is lifted then.
AS_WRITTEN = "/* as written */ "
ENV = CompileEnv(FixedLookup(T, M, S, J))
ENV_ALL = CompileEnv(FixedLookup(T, M, S, J), scope_all=True)
