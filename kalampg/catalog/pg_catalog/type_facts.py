"""What PostgreSQL's ``pg_type`` says about the types that we have.

Source: PostgreSQL 15, its catalog. A line is ``typname`` and so on in the order of ``TypeFacts``;
``prefix`` is what the names of the input and output functions begin with. Arrays follow from their
elements.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kalampg.ids import Oid
from kalampg.pgtypes.enumerations import element_of, enumeration_of


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """One type. ``kind`` is ``typtype``; the subscript handler is ``-`` where there is none."""

    name: str
    length: int
    is_by_value: bool
    kind: str
    category: str
    is_preferred: bool
    subscript: str
    element_oid: int
    array_oid: int
    prefix: str
    typmod_prefix: str
    align: str
    storage: str
    collation: int

    @property
    def typmod_in(self) -> str:
        return f"{self.typmod_prefix}typmodin" if self.typmod_prefix else "-"

    @property
    def typmod_out(self) -> str:
        return f"{self.typmod_prefix}typmodout" if self.typmod_prefix else "-"


# oid typname typlen typbyval typtype typcategory typispreferred typsubscript typelem typarray
# prefix has-typmod typalign typstorage typcollation
_SCALARS: Final = """
16 bool 1 t b B t - 0 1000 bool f c p 0
17 bytea -1 f b U f - 0 1001 bytea f i x 0
18 char 1 t b Z f - 0 1002 char f c p 0
19 name 64 f b S f raw_array_subscript_handler 18 1003 name f c p 950
20 int8 8 t b N f - 0 1016 int8 f d p 0
21 int2 2 t b N f - 0 1005 int2 f s p 0
22 int2vector -1 f b A f array_subscript_handler 21 0 int2vector f i p 0
23 int4 4 t b N f - 0 1007 int4 f i p 0
24 regproc 4 t b N f - 0 1008 regproc f i p 0
25 text -1 f b S t - 0 1009 text f i x 100
26 oid 4 t b N t - 0 1028 oid f i p 0
28 xid 4 t b U f - 0 1011 xid f i p 0
30 oidvector -1 f b A f array_subscript_handler 26 0 oidvector f i p 0
114 json -1 f b U f - 0 199 json_ f i x 0
700 float4 4 t b N f - 0 1021 float4 f i p 0
701 float8 8 t b N t - 0 1022 float8 f d p 0
705 unknown -2 f p X f - 0 0 unknown f c p 0
1042 bpchar -1 f b S f - 0 1014 bpchar t i x 100
1043 varchar -1 f b S f - 0 1015 varchar t i x 100
1082 date 4 t b D f - 0 1182 date_ f i p 0
1083 time 8 t b D f - 0 1183 time_ t d p 0
1114 timestamp 8 t b D f - 0 1115 timestamp_ t d p 0
1184 timestamptz 8 t b D t - 0 1185 timestamptz_ t d p 0
1266 timetz 12 f b D f - 0 1270 timetz_ t d p 0
1186 interval 16 f b T t - 0 1187 interval_ t d p 0
1700 numeric -1 f b N f - 0 1231 numeric_ t i m 0
2202 regprocedure 4 t b N f - 0 2207 regprocedure f i p 0
2205 regclass 4 t b N f - 0 2210 regclass f i p 0
2206 regtype 4 t b N f - 0 2211 regtype f i p 0
2249 record -1 f p P f - 0 0 record_ f d x 0
2278 void 4 t p P f - 0 0 void_ f i p 0
2950 uuid 16 f b U f - 0 2951 uuid_ f c p 0
3802 jsonb -1 f b U f jsonb_subscript_handler 0 3807 jsonb_ f i x 0
4089 regnamespace 4 t b N f - 0 4090 regnamespace f i p 0
4096 regrole 4 t b N f - 0 4097 regrole f i p 0
"""


def _scalar(line: str) -> tuple[Oid, TypeFacts]:
    (
        oid, name, length, by_value, kind, category, preferred, subscript, element, array, prefix,
        has_typmod, align, storage, collation,
    ) = line.split()  # fmt: skip
    facts = TypeFacts(
        name=name,
        length=int(length),
        is_by_value=by_value == "t",
        kind=kind,
        category=category,
        is_preferred=preferred == "t",
        subscript=subscript,
        element_oid=int(element),
        array_oid=int(array),
        prefix=prefix,
        typmod_prefix=name if has_typmod == "t" else "",
        align=align,
        storage=storage,
        collation=int(collation),
    )
    return Oid(int(oid)), facts


def _array(element_oid: Oid, element: TypeFacts) -> TypeFacts:
    return TypeFacts(
        name=f"_{element.name}",
        length=-1,
        is_by_value=False,
        kind="b",
        category="A",
        is_preferred=False,
        subscript="array_subscript_handler",
        element_oid=element_oid,
        array_oid=0,
        prefix="array_",
        typmod_prefix=element.typmod_prefix,
        align="d" if element.align == "d" else "i",
        storage="x",
        collation=element.collation,
    )


def _all_types() -> dict[Oid, TypeFacts]:
    facts = dict(map(_scalar, _SCALARS.strip().splitlines()))
    arrays = {
        Oid(element.array_oid): _array(oid, element)
        for oid, element in facts.items()
        if element.array_oid
    }
    return dict(sorted({**facts, **arrays}.items()))


TYPE_FACTS: Final = _all_types()


def facts_of(type_oid: Oid) -> TypeFacts:
    """What ``pg_type`` says of a built-in or an enumerated type, or of arrays of one."""
    enumeration = enumeration_of(type_oid)
    element_oid = element_of(type_oid)
    if element_oid is not None:
        return _array(element_oid, facts_of(element_oid))
    if enumeration is None:
        return TYPE_FACTS[type_oid]
    return TypeFacts(
        name=enumeration.name,
        length=4,
        is_by_value=True,
        kind="e",
        category="E",
        is_preferred=False,
        subscript="-",
        element_oid=0,
        array_oid=enumeration.array_oid,
        prefix="enum_",
        typmod_prefix="",
        align="i",
        storage="p",
        collation=0,
    )
