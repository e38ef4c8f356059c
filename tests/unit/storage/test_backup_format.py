"""Documents of backups.

Goal: what is torn is no backup, what is damaged is found, and no name in a document leaves the
folder that it is below. Method: documents made by hand and changed byte by byte.
"""

from __future__ import annotations

import hashlib

import msgspec
import pytest

from kalampg.errors import DataCorrupted, FeatureNotSupported
from kalampg.ids import SegmentId
from kalampg.storage.backup_format import (
    Backup,
    Contents,
    StoredFile,
    StoredSegment,
    decode_backup,
    decode_contents,
    encode_backup,
    encode_contents,
)

FILE = StoredFile("000009.sst", "objects/b/rocksdb/000009.sst", 3, "00")
SEGMENT = StoredSegment(SegmentId(7), "public/t/1-7.parquet", "objects/b/segments/7.parquet", 9, 1)


def _backup(contents: bytes, form: int = 1) -> Backup:
    digest = hashlib.sha256(contents).hexdigest()
    return Backup(form, "b", "1", 1, 2, 1, 1, 12, 2, 12, False, "c", len(contents), digest)


def test_a_document_comes_back_and_any_beginning_of_it_is_no_backup() -> None:
    document = encode_backup(_backup(b""))
    assert decode_backup(document) == _backup(b"")
    beginnings = (document[:length] for length in range(len(document) - 2))
    assert {decode_backup(beginning) for beginning in beginnings} == {None}


def test_a_newer_form_is_refused() -> None:
    with pytest.raises(FeatureNotSupported):
        decode_backup(encode_backup(_backup(b"", form=2)))


def test_contents_come_back_and_a_changed_byte_is_found() -> None:
    contents = Contents([FILE], [SEGMENT])
    data = encode_contents(contents)
    assert decode_contents(data, _backup(data)) == contents
    with pytest.raises(DataCorrupted):
        decode_contents(data[:-1] + b"?", _backup(data))


@pytest.mark.parametrize(
    "contents",
    [
        Contents([msgspec.structs.replace(FILE, name="../x")], []),
        Contents([msgspec.structs.replace(FILE, object="../x")], []),
        Contents([], [msgspec.structs.replace(SEGMENT, path="/etc/x")]),
        Contents([], [msgspec.structs.replace(SEGMENT, path="a/../../x")]),
        Contents([], [msgspec.structs.replace(SEGMENT, object="a/./x")]),
    ],
    ids=["name", "object", "absolute", "upwards", "dot"],
)
def test_no_name_leaves_its_folder(contents: Contents) -> None:
    data = encode_contents(contents)
    with pytest.raises(DataCorrupted):
        decode_contents(data, _backup(data))
