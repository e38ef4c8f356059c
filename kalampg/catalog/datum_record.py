"""Column values in catalog entries.

Those whose Python type MessagePack does not know are maps with one key: ``d`` a numeric's text,
``i`` an interval's three parts, ``l`` an array's elements.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from kalampg.relation import Datum


def pack_datum(value: Datum) -> Any:
    """Say the value in MessagePack's types."""
    match value:
        case Decimal():
            return {"d": str(value)}
        case tuple():
            return {"i": value}
        case list():
            return {"l": [pack_datum(element) for element in value]}
        case _:
            return value


def unpack_datum(packed: Any) -> Datum:
    """The inverse of ``pack_datum``."""
    match packed:
        case {"d": str(text)}:
            return Decimal(text)
        case {"i": parts}:
            return tuple(parts)
        case {"l": elements}:
            return [unpack_datum(element) for element in elements]
        case _:
            return packed
