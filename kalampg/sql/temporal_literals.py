"""Literals of dates, times and intervals, which session settings give their meaning.

They are read where the settings are known and kept in a spelling that needs none. What means the
time of the statement (``now``, ``today``) stays a text, which each execution reads anew.
"""

from __future__ import annotations

import re
from typing import Final

from sqlglot import exp

from kalampg.pgtypes import OutputSettings, from_text, to_text
from kalampg.pgtypes.datetime_input import depends_on_now
from kalampg.sql.annotation import set_oid
from kalampg.sql.functions import ELEMENT_OIDS
from kalampg.sql.operators import DATE, INTERVAL, TEXT, TIME, TIMESTAMP, TIMESTAMPTZ, TIMETZ

TEMPORAL: Final = frozenset({DATE, TIME, TIMETZ, TIMESTAMP, TIMESTAMPTZ, INTERVAL})
_OFFSET: Final = re.compile(r"[+-]\d\d(?::?\d\d){0,2}$", re.ASCII)


def is_temporal(oid: int) -> bool:
    """Whether settings of the session decide what a text means as a value of the type."""
    return ELEMENT_OIDS.get(oid, oid) in TEMPORAL


def is_moving(oid: int, text: str) -> bool:
    """Whether the text may be another value at another time. Zones have other offsets in summer."""
    is_zoneless = ELEMENT_OIDS.get(oid, oid) == TIMETZ and not _OFFSET.search(text.strip())
    return is_zoneless or depends_on_now(text)


def fix_literal(node: exp.Literal, oid: int, typmod: int, settings: OutputSettings) -> None:
    """Spell an untyped literal so that every session reads the same value of a temporal type.

    Raises:
        PgError: 22007 and its kin, it is no value of the type.
    """
    text = node.this
    if is_moving(oid, text):
        set_oid(node, TEXT)
    else:
        node.set("this", to_text(oid, from_text(oid, text, typmod, settings)))
