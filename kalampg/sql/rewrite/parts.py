"""What both halves of the writer share: quoting, and refusing what would be dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sqlglot import exp

from kalampg import errors

Write: TypeAlias = Callable[[exp.Expr], str]


def quoted(node: exp.Expr | str) -> str:
    """An identifier, always quoted; what the client did not quote is lower case."""
    if isinstance(node, str):
        name = node
    else:
        name = node.name if node.args.get("quoted") else node.name.lower()
    if "\x00" in name:
        raise errors.CharacterNotInRepertoire('invalid byte sequence for encoding "UTF8": 0x00')
    return '"' + name.replace('"', '""') + '"'


def expect_only(node: exp.Expr, *known: str) -> None:
    """Refuse a node that has a part which the writer would not write."""
    for key, value in node.args.items():
        if key not in known and value not in (None, False, [], ""):
            raise errors.FeatureNotSupported(
                f"{key.strip('_').replace('_', ' ')} of {node.key} is not supported"
            )
