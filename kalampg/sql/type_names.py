"""From types as sqlglot keeps them to OIDs, and back to nodes that casts can carry."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.domain import Domain
from kalampg.enumeration import Enumeration
from kalampg.ids import Oid
from kalampg.pgtypes import format_type, type_of
from kalampg.pgtypes.enumerations import array_required, element_of, is_enumeration
from kalampg.pgtypes.row_types import row_type_of
from kalampg.pgtypes.shaped_arrays import plain_of
from kalampg.sql.annotation import oid_of, set_oid
from kalampg.sql.compile_env import CompileEnv
from kalampg.sql.declared_types import find_declared
from kalampg.sql.functions import VECTOR_ELEMENTS
from kalampg.sql.operators import INTERVAL
from kalampg.sql.parse_types import parse_type
from kalampg.sql.table_name import TableName
from kalampg.sql.token_stream import TokenStream

_DIMENSIONS: Final = re.compile(r"(?:\s*\[\d*\])+$")


def type_of_node(node: exp.Expr, env: CompileEnv | None = None) -> tuple[Oid, int]:
    """OID and modifier of a cast's target; declared types are those that ``env`` finds.

    Raises:
        UndefinedObject: 42704
    """
    is_array = node.this == exp.DType.ARRAY
    named = element_node(node)
    if env is not None and named.this == exp.DType.USERDEFINED:
        found = find_declared(env.lookup, declared_name(named), env.search_path)
        if isinstance(found, Enumeration) and is_array:
            return array_required(found), -1
        if found is not None and is_array:
            raise errors.FeatureNotSupported(
                "arrays of domains are not supported",
                hint="Cast the column to text and compare with text[], or use IN.",
            )
        if isinstance(found, Domain):
            return found.base_oid, found.typmod
        if found is not None:
            return found.oid, -1
    if node.this == exp.DType.INTERVAL and node.expressions:
        return Oid(INTERVAL), int(node.expressions[0].name)  # As the grammar spells it.
    try:
        # PostgreSQL takes no notice of how many dimensions a type names.
        return _parsed(_DIMENSIONS.sub("[]", node.sql(dialect="postgres")))
    except errors.PgError as error:
        error.position = None  # sqlglot does not say where a type stands
        raise


def element_node(node: exp.Expr) -> exp.Expr:
    """The type itself, or the one that an array type is of."""
    while node.this == exp.DType.ARRAY and node.expressions:
        node = node.expressions[0]
    return node


def domain_of_node(node: exp.Expr, env: CompileEnv) -> Domain | None:
    """The domain that a cast names as its target; None if it is another type."""
    if node.this != exp.DType.USERDEFINED:
        return None
    found = find_declared(env.lookup, declared_name(node), env.search_path)
    return found if isinstance(found, Domain) else None


def declared_name(node: exp.Expr) -> TableName:
    """The name of a type that is not built in."""
    return TokenStream(node.sql(dialect="postgres")).expect_table_name()


@lru_cache(maxsize=512)
def _parsed(text: str) -> tuple[Oid, int]:
    tokens = TokenStream(text)
    found = parse_type(tokens)
    tokens.expect_end()
    return found


def data_type(oid: int, typmod: int = -1) -> exp.DataType:
    """A type node for generated casts."""
    if is_enumeration(oid) or row_type_of(oid) is not None or oid in VECTOR_ELEMENTS:
        name = exp.to_identifier(type_of(oid).name, quoted=True)
        return exp.DataType(this=exp.DType.USERDEFINED, kind=name)
    element = element_of(plain_of(oid))
    if element is not None:
        return exp.DataType(this=exp.DType.ARRAY, expressions=[data_type(element)], nested=True)
    return _data_type(plain_of(oid), typmod).copy()


@lru_cache(maxsize=512)
def _data_type(oid: int, typmod: int) -> exp.DataType:
    return exp.DataType.build(type_name(oid, typmod), dialect="postgres")


def type_name(oid: int, typmod: int = -1) -> str:
    """A type as PostgreSQL's messages spell it."""
    return format_type(oid, typmod)


def cast_to(node: exp.Expr, oid: int, typmod: int = -1) -> exp.Expr:
    """``node`` cast to a type, annotated; ``node`` must have no parent any more."""
    if oid_of(node) == oid and typmod == -1:
        return node
    cast = exp.Cast(this=node, to=data_type(oid, typmod))
    set_oid(cast, oid, typmod)
    return cast


def element_oid(oid: int) -> int:
    """Element type of an array type or a vector, 0 for others."""
    return int(type_of(oid).element_oid)
