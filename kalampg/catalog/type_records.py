"""The durable form of declared types: entries of the store's ``catalog`` family.

key                          value
e<type id, 4 bytes BE>       Enumeration, as it is
o<type id, 4 bytes BE>       Domain, as it is
"""

from __future__ import annotations

from typing import Final

import msgspec

from kalampg.domain import Domain
from kalampg.enumeration import Enumeration
from kalampg.ids import Oid

ENUMERATION_KIND: Final = b"e"
DOMAIN_KIND: Final = b"o"
_ENCODER: Final = msgspec.msgpack.Encoder()
_ENUMERATION_DECODER: Final = msgspec.msgpack.Decoder(Enumeration)
_DOMAIN_DECODER: Final = msgspec.msgpack.Decoder(Domain)


def enumeration_key(type_id: Oid) -> bytes:
    return ENUMERATION_KIND + type_id.to_bytes(4, "big")


def domain_key(type_id: Oid) -> bytes:
    return DOMAIN_KIND + type_id.to_bytes(4, "big")


def encode_enumeration(enumeration: Enumeration) -> bytes:
    return _ENCODER.encode(enumeration)


def decode_enumeration(data: bytes) -> Enumeration:
    return _ENUMERATION_DECODER.decode(data)


def encode_domain(domain: Domain) -> bytes:
    return _ENCODER.encode(domain)


def decode_domain(data: bytes) -> Domain:
    return _DOMAIN_DECODER.decode(data)
