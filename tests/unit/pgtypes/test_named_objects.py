"""Goal: an object identifier is sent as its name in text and as its OID in binary.

Method: batches as DuckDB gives them, short ones (row by row) and long ones (by column); messages
compared with those of plain text and oid columns.
"""

from __future__ import annotations

import pyarrow as pa
import pytest

from kalampg.pgtypes import OutputSettings, encode_batch, oids

SETTINGS = OutputSettings()
OBJECTS = [{"oid": 1259, "name": "pg_class"}, None, {"oid": 16400, "name": 'chat."T"'}]


@pytest.mark.parametrize("count", [1, 100], ids=["by row", "by column"])
@pytest.mark.parametrize(
    ("code", "field", "plain_oid", "kind"),
    [(0, "name", oids.TEXT, pa.string()), (1, "oid", oids.OID, pa.uint32())],
    ids=["text", "binary"],
)
def test_the_format_decides_what_is_sent(
    count: int, code: int, field: str, plain_oid: int, kind: pa.DataType
) -> None:
    objects = OBJECTS * count
    structs = pa.array(objects, pa.struct([("oid", pa.uint32()), ("name", pa.string())]))
    plain = pa.array([None if each is None else each[field] for each in objects], kind)
    numbers = pa.array(range(len(objects)), pa.int32())
    sent = encode_batch(
        pa.RecordBatch.from_arrays([numbers, structs], ["n", "c"]),
        [oids.INT4, oids.REGCLASS],
        [0, code],
        SETTINGS,
    )
    expected = encode_batch(
        pa.RecordBatch.from_arrays([numbers, plain], ["n", "c"]),
        [oids.INT4, plain_oid],
        [0, code],
        SETTINGS,
    )
    assert sent == expected


def test_arrays_of_them_follow() -> None:
    kind = pa.list_(pa.struct([("oid", pa.uint32()), ("name", pa.string())]))
    column = pa.array([[OBJECTS[0], None], None, []], kind)
    batch = pa.RecordBatch.from_arrays([column], ["c"])
    sent = encode_batch(batch, [2210], [0], SETTINGS)
    texts = pa.array([["pg_class", None], None, []], pa.list_(pa.string()))
    expected = encode_batch(pa.RecordBatch.from_arrays([texts], ["c"]), [1009], [0], SETTINGS)
    assert sent == expected
