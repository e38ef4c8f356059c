"""Text and binary forms read back as the value they were written from.

Goal: no value of any type is lost on the way out and in. Method: Hypothesis over every type; this
adds to the recorded answers of PostgreSQL, since an encoder and a decoder can share a mistake.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalampg.errors import InvalidBinaryRepresentation, PgError
from kalampg.pgtypes import (
    OutputSettings,
    from_binary,
    from_text,
    to_binary,
    to_text,
    type_of,
)
from tests.unit.pgtypes.datum_strategies import DATUMS, same

ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Africa/Casablanca"]
STYLES = ["postgres", "postgres_verbose", "iso_8601", "sql_standard"]


def suppress_client_errors() -> AbstractContextManager[None]:
    """Anything else is a crash that a client could cause."""
    return suppress(PgError)


@pytest.mark.parametrize("oid", sorted(DATUMS))
def test_text_reads_back_as_the_same_value(oid: int) -> None:
    @settings(max_examples=60)
    @given(
        datum=DATUMS[oid],
        zone=st.sampled_from(ZONES),
        bytea_output=st.sampled_from(["hex", "escape"]),
    )
    def check(datum: object, zone: str, bytea_output: str) -> None:
        output = OutputSettings(timezone=zone, bytea_output=bytea_output)
        assert same(from_text(oid, to_text(oid, datum, output), -1, output), datum)

    check()


@pytest.mark.parametrize("oid", sorted(DATUMS))
def test_binary_reads_back_as_the_same_value(oid: int) -> None:
    @settings(max_examples=60)
    @given(datum=DATUMS[oid])
    def check(datum: object) -> None:
        assert same(from_binary(oid, to_binary(oid, datum)), datum)

    check()


@settings(max_examples=200)
@given(datum=DATUMS[1186], style=st.sampled_from(STYLES))
def test_every_interval_style_reads_back(datum: object, style: str) -> None:
    output = OutputSettings(interval_style=style)
    assert from_text(1186, to_text(1186, datum, output), -1, output) == datum


@pytest.mark.parametrize("oid", [21, 23, 20, 26, 700, 701, 1082, 1083, 1114, 1184, 1186, 2950, 16])
@given(data=st.binary(max_size=20))
@settings(max_examples=30)
def test_binary_of_the_wrong_size_is_refused(oid: int, data: bytes) -> None:
    if len(data) != type_of(oid).length:
        with pytest.raises(InvalidBinaryRepresentation):
            from_binary(oid, data)


@pytest.mark.parametrize("oid", sorted({*DATUMS} - {25, 1043, 1042, 19, 17, 114, 3802}))
@given(text=st.text(max_size=12) | st.text('0123456789-+:. TZePinfaNu{},"\\', max_size=25))
@settings(max_examples=40)
def test_any_text_is_a_value_or_a_client_error(oid: int, text: str) -> None:
    with suppress_client_errors():
        from_text(oid, text)


@pytest.mark.parametrize("oid", sorted(DATUMS))
@given(data=st.binary(max_size=60))
@settings(max_examples=30)
def test_any_bytes_are_a_value_or_a_client_error(oid: int, data: bytes) -> None:
    with suppress_client_errors():
        from_binary(oid, data)
