"""Labels of enumerated types: where they go, and that their keys stay.

Goal: the order of the labels is the order of their keys, and no key changes, however labels come.
Method: labels put before and after others until there is no room, and the durable form.
"""

from __future__ import annotations

import json
from dataclasses import replace

import msgspec
import pytest

from kalampg import errors
from kalampg.catalog import load, records, type_records
from kalampg.catalog.catalog import Catalog
from kalampg.catalog.enum_edit import add_label, create_enumeration, rename_label
from kalampg.enumeration import Enumeration
from kalampg.ids import ColumnId, Oid, TableId
from kalampg.pgtypes.enumerations import array_required
from kalampg.relation import Column, Relation, TableType
from kalampg.storage.manifest_copy import table_description


def _catalog() -> Catalog:
    return load(
        [
            (records.NEXT_OID_KEY, records.encode_int(700_000)),
            (records.SERVER_SECRET_KEY, b"s" * 32),
        ]
    )


def _only(catalog: Catalog) -> Enumeration:
    (enumeration,) = catalog.enumerations.values()
    return enumeration


def test_keys_stay_and_follow_the_labels() -> None:
    catalog = create_enumeration(_catalog(), "public", "mood", "root", ["a", "b"]).catalog
    before = {label.text: label.key for label in _only(catalog).labels}
    for label, neighbour, is_before in [("0", "a", True), ("a1", "a", False), ("c", None, False)]:
        enumeration = _only(catalog)
        catalog = add_label(catalog, enumeration, label, neighbour, is_before=is_before).catalog
    after = _only(catalog).labels
    assert [label.text for label in after] == ["0", "a", "a1", "b", "c"]
    assert [label.key for label in after] == sorted(label.key for label in after)
    assert [label.sort_order for label in after] == [0, 1, 1.5, 2, 3]
    assert before.items() <= {label.text: label.key for label in after}.items()


def test_there_is_room_for_32_labels_in_one_place() -> None:
    catalog = create_enumeration(_catalog(), "public", "mood", "root", ["a", "b"]).catalog
    for number in range(32):
        catalog = add_label(catalog, _only(catalog), str(number), "a", is_before=False).catalog
    with pytest.raises(errors.ProgramLimitExceeded):
        add_label(catalog, _only(catalog), "more", "a", is_before=False)


def test_the_durable_form_keeps_everything() -> None:
    catalog = create_enumeration(_catalog(), "public", "mood", "root", ["a", "b"]).catalog
    enumeration = _only(rename_label(catalog, _only(catalog), "a", "z").catalog)
    assert (
        type_records.decode_enumeration(type_records.encode_enumeration(enumeration)) == enumeration
    )


def test_a_type_of_a_version_without_arrays_is_read_and_has_none() -> None:
    catalog = create_enumeration(_catalog(), "public", "mood", "root", ["a", "b"]).catalog
    record = msgspec.msgpack.decode(type_records.encode_enumeration(_only(catalog)))
    del record["array_oid"]
    old = type_records.decode_enumeration(msgspec.msgpack.encode(record))
    assert old == replace(_only(catalog), array_oid=Oid(0))
    with pytest.raises(errors.FeatureNotSupported, match="before its arrays"):
        array_required(old)


def test_documents_about_files_name_the_labels() -> None:
    enumeration = _only(
        create_enumeration(_catalog(), "public", "mood", "root", ["a", "b"]).catalog
    )
    columns = (
        Column(ColumnId(1), "id", Oid(23)),
        Column(ColumnId(2), "m", enumeration.oid),
        Column(ColumnId(3), "l", enumeration.array_oid),
    )
    table = Relation(TableId(70_000), "public", "people", TableType.USER, columns, (0,))
    described = json.loads(json.dumps(table_description(table)))["columns"]
    labels = {str(1 << 32): "a", str(2 << 32): "b"}
    assert [column.get("labels") for column in described] == [None, labels, labels]


def test_labels_are_checked() -> None:
    with pytest.raises(errors.InvalidName):
        create_enumeration(_catalog(), "public", "mood", "root", ["ü" * 32])
    with pytest.raises(errors.UniqueViolation):
        create_enumeration(_catalog(), "public", "mood", "root", ["a", "a"])
