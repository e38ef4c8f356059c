"""The B-tree operator classes of the types that a primary key can have.

Source: PostgreSQL 15, its catalog: OID, name, OID and name of the family, the type's OID.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kalampg.ids import Oid


@dataclass(frozen=True, slots=True)
class OperatorClass:
    """One class; each is its type's default."""

    oid: Oid
    name: str
    family_oid: Oid
    family_name: str
    type_oid: Oid


_CLASSES: Final = """
10003 bool_ops 424 bool_ops 16
10006 bytea_ops 428 bytea_ops 17
10007 char_ops 429 char_ops 18
10028 name_ops 1994 text_ops 19
3124 int8_ops 1976 integer_ops 20
1979 int2_ops 1976 integer_ops 21
1978 int4_ops 1976 integer_ops 23
3126 text_ops 1994 text_ops 25
1981 oid_ops 1989 oid_ops 26
10012 float4_ops 1970 float_ops 700
3123 float8_ops 1970 float_ops 701
10004 bpchar_ops 426 bpchar_ops 1042
3122 date_ops 434 datetime_ops 1082
10038 time_ops 1996 time_ops 1083
10041 timetz_ops 2000 timetz_ops 1266
3128 timestamp_ops 434 datetime_ops 1114
3127 timestamptz_ops 434 datetime_ops 1184
10022 interval_ops 1982 interval_ops 1186
3125 numeric_ops 1988 numeric_ops 1700
10065 uuid_ops 2968 uuid_ops 2950
10088 jsonb_ops 4033 jsonb_ops 3802
"""


def _parsed(line: str) -> OperatorClass:
    oid, name, family_oid, family_name, type_oid = line.split()
    return OperatorClass(Oid(int(oid)), name, Oid(int(family_oid)), family_name, Oid(int(type_oid)))


OPERATOR_CLASSES: Final = tuple(map(_parsed, _CLASSES.strip().splitlines()))
_VARCHAR: Final = Oid(1043)
_TEXT: Final = Oid(25)
_BY_TYPE: Final = {each.type_oid: each for each in OPERATOR_CLASSES}


def operator_class_of(type_oid: Oid) -> Oid:
    """The class by which an index orders a type; varchar has text's."""
    found = _BY_TYPE.get(_TEXT if type_oid == _VARCHAR else type_oid)
    return Oid(0) if found is None else found.oid
