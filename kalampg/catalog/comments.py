"""Comments of objects: where they are kept, and what they are about.

Layout (family ``catalog``): ``c`` | class OID, object OID, sub-id (a column's number), 4 bytes big
endian each  ->  the text in UTF-8.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from kalampg.catalog.numbers import PRIMARY_KEY_CONSTRAINT_OFFSET, PRIMARY_KEY_INDEX_OFFSET
from kalampg.relation import Relation

if TYPE_CHECKING:
    from kalampg.catalog.catalog import Catalog

# A key of the catalog family, and its new value (None: delete).
Write: TypeAlias = tuple[bytes, bytes | None]
COMMENT_KIND: Final = b"c"
# Class OID, object OID, sub-id.
Subject: TypeAlias = tuple[int, int, int]

CLASS: Final = 1259
NAMESPACE: Final = 2615
CONSTRAINT: Final = 2606
DATABASE: Final = 1262
TYPE: Final = 1247
# What the functions of comments call the catalogs.
CLASS_NAMES: Final = {
    CLASS: "pg_class", NAMESPACE: "pg_namespace", CONSTRAINT: "pg_constraint",
    DATABASE: "pg_database", TYPE: "pg_type",
}  # fmt: skip


def comment_key(subject: Subject) -> bytes:
    return COMMENT_KIND + b"".join(number.to_bytes(4, "big") for number in subject)


def subject_of(key: bytes) -> Subject:
    """The inverse of ``comment_key``."""
    first, second, third = (int.from_bytes(key[at : at + 4]) for at in (1, 5, 9))
    return first, second, third


def with_comment(catalog: Catalog, subject: Subject, text: str | None) -> tuple[Catalog, Write]:
    """The catalog with the comment, or without one; no plan depends on it."""
    comments = dict(catalog.comments)
    comments.pop(subject, None)
    if text:
        comments[subject] = text
    write = (comment_key(subject), text.encode() if text else None)
    return replace(catalog, comments=comments), write


def without_comments(
    catalog: Catalog, class_oid: int, oids: Collection[int]
) -> tuple[Catalog, tuple[Write, ...]]:
    """The catalog without the comments of objects that are dropped."""
    gone = [each for each in catalog.comments if each[0] == class_oid and each[1] in oids]
    kept = {each: text for each, text in catalog.comments.items() if each not in set(gone)}
    return replace(catalog, comments=kept), tuple((comment_key(each), None) for each in gone)


def constraint_oids(table: Relation) -> dict[str, int]:
    """The OIDs of a table's constraints by name."""
    found = {table.primary_key_name: table.table_id + PRIMARY_KEY_CONSTRAINT_OFFSET}
    found |= {one.name: one.oid for one in table.constraints}
    found |= {
        index.name: index.constraint_oid
        for index in table.indexes
        if index.constraint_oid is not None
    }
    return found


def index_oids(table: Relation) -> dict[str, int]:
    """The OIDs of a table's indexes by name."""
    found = {table.primary_key_name: table.table_id + PRIMARY_KEY_INDEX_OFFSET}
    return found | {index.name: index.oid for index in table.indexes}


def living(catalog: Catalog) -> Iterator[tuple[Subject, str]]:
    """The comments of what still exists: columns and constraints leave theirs behind."""
    columns = {
        (int(table.table_id), int(column.column_id))
        for table in (*catalog.tables.values(), *catalog.views.values())
        for column in table.columns
    }
    constraints = {
        oid for table in catalog.tables.values() for oid in constraint_oids(table).values()
    }
    constraints |= {int(one.oid) for domain in catalog.domains.values() for one in domain.checks}
    for subject, text in catalog.comments.items():
        class_oid, oid, sub_id = subject
        is_gone = (sub_id and (oid, sub_id) not in columns) or (
            class_oid == CONSTRAINT and oid not in constraints
        )
        if not is_gone:
            yield subject, text
