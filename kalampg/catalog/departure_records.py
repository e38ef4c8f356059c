"""The durable form of departures, among the entries that ``records.py`` lists.

Layout:
    d<name>                      Departure, as a MessagePack map
"""

from __future__ import annotations

from typing import Final

import msgspec

from kalampg.catalog.objects import Departure

DEPARTURE_KIND: Final = b"d"
_DECODER: Final = msgspec.msgpack.Decoder(Departure)


def departure_key(name: str) -> bytes:
    return DEPARTURE_KIND + name.encode()


def encode_departure(departure: Departure) -> bytes:
    return msgspec.msgpack.encode(departure)


def decode_departure(data: bytes) -> Departure:
    return _DECODER.decode(data)
