"""Outbox: who is flushed when, seen by senders that note their flushes."""

from __future__ import annotations

import asyncio

import pytest

from kalampg.net.outbox import Outbox


class _Sender:
    def __init__(self, name: str, flushed: list[str]) -> None:
        self._name = name
        self._flushed = flushed

    def flush(self) -> None:
        self._flushed.append(self._name)


async def _turn() -> None:
    """Let the callbacks of this turn run."""
    turned = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(turned.set_result, None)
    await turned


@pytest.mark.asyncio
async def test_answers_of_several_clients_go_out_at_the_end_of_the_turn_in_order() -> None:
    flushed: list[str] = []
    outbox = Outbox()
    a, b = _Sender("a", flushed), _Sender("b", flushed)
    outbox.put(a)
    outbox.put(b)
    assert flushed == []
    await _turn()
    assert flushed == ["a", "b"]


@pytest.mark.asyncio
async def test_a_client_that_asks_alone_is_answered_at_once() -> None:
    flushed: list[str] = []
    outbox = Outbox()
    a = _Sender("a", flushed)
    outbox.put(a)
    await _turn()
    outbox.put(a)
    assert flushed == ["a", "a"]


@pytest.mark.asyncio
async def test_a_client_that_is_gone_is_forgotten() -> None:
    flushed: list[str] = []
    outbox = Outbox()
    a = _Sender("a", flushed)
    outbox.put(a)
    await _turn()
    outbox.forget(a)
    outbox.put(a)
    assert flushed == ["a"]
    await _turn()
    assert flushed == ["a", "a"]
