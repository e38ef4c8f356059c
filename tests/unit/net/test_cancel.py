"""CancelKeys: who may cancel what.

Goal: only the exact secret of a live backend cancels, and pids are not shared.
Method: calls, with secrets that are counted instead of drawn.
"""

from __future__ import annotations

import pytest

from kalampg.ids import BackendPid
from kalampg.net import cancel
from kalampg.net.cancel import CancelKeys
from kalampg.protocol.startup import PROTOCOL_3_0, PROTOCOL_3_2, CancelRequest


def ones(size: int) -> bytes:
    return b"\1" * size


def test_the_key_grows_with_the_protocol() -> None:
    keys = CancelKeys(ones)
    assert len(keys.issue(PROTOCOL_3_0, lambda: None).secret) == 4
    assert len(keys.issue(PROTOCOL_3_2, lambda: None).secret) == 32
    assert "secret" not in repr(keys.issue(PROTOCOL_3_2, lambda: None))


@pytest.mark.parametrize(
    ("pid_offset", "secret", "cancels"),
    [
        pytest.param(0, b"\1\1\1\1", True, id="right"),
        pytest.param(0, b"\1\1\1\2", False, id="wrong-secret"),
        pytest.param(0, b"\1\1\1", False, id="short-secret"),
        pytest.param(0, b"\1" * 5, False, id="long-secret"),
        pytest.param(1, b"\1\1\1\1", False, id="wrong-pid"),
        pytest.param(1, b"", False, id="nobody-s-empty-secret"),
    ],
)
def test_only_the_exact_key_cancels(pid_offset: int, secret: bytes, cancels: bool) -> None:
    keys = CancelKeys(ones)
    canceled: list[bool] = []
    key = keys.issue(PROTOCOL_3_0, lambda: canceled.append(True))
    request = CancelRequest(BackendPid(key.pid + pid_offset), secret)
    assert keys.cancel(request) is cancels
    assert canceled == [True] * cancels


def test_a_revoked_key_cancels_nothing() -> None:
    keys = CancelKeys(ones)
    key = keys.issue(PROTOCOL_3_0, lambda: None)
    keys.revoke(key)
    keys.revoke(key)
    assert not keys.cancel(CancelRequest(key.pid, key.secret))


def test_pids_wrap_around_and_skip_those_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancel, "PID_MAX", 3)
    keys = CancelKeys(ones)
    held = [keys.issue(PROTOCOL_3_0, lambda: None) for _ in range(3)]
    assert [key.pid for key in held] == [1, 2, 3]
    keys.revoke(held[1])
    assert keys.issue(PROTOCOL_3_0, lambda: None).pid == 2
