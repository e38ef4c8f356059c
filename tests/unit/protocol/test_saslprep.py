"""SASLprep as PostgreSQL does it.

Goal: a password hashes to the same bytes here, in libpq and in PostgreSQL.
Method: the examples of RFC 4013, and the fallback that PostgreSQL adds.
"""

from __future__ import annotations

import pytest

from kalampg.protocol.saslprep import prepare_password


@pytest.mark.parametrize(
    ("password", "prepared"),
    [
        pytest.param("user", "user", id="no-transformation"),
        pytest.param("USER", "USER", id="case-preserved"),
        pytest.param("I\u00adX", "IX", id="soft-hyphen-mapped-to-nothing"),
        pytest.param("\u00aa", "a", id="nfkc"),
        pytest.param("\u2168", "IX", id="nfkc-two-letters"),
        pytest.param("a\u00a0b", "a b", id="other-space"),
        pytest.param("\u0627\u0031\u0627", "\u06271\u0627", id="right-to-left"),
    ],
)
def test_prepares_as_in_rfc_4013(password: str, prepared: str) -> None:
    assert prepare_password(password) == prepared.encode()


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("é\u0007", id="prohibited"),
        pytest.param("\u0627\u0031", id="bidirectional"),
        pytest.param("\u0627a\u0627", id="bidirectional-mixed"),
        pytest.param("\u0221", id="unassigned-in-unicode-3.2"),
        pytest.param("\u00ad", id="nothing-left"),
        pytest.param("\u0007", id="ascii-control"),
        pytest.param("", id="empty"),
    ],
)
def test_what_saslprep_forbids_is_taken_as_it_is(password: str) -> None:
    assert prepare_password(password) == password.encode()
