"""``pg_operator``: the operators that expressions may have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.objects import PG_CATALOG_OID, ROOT_ROLE_OID
from kalampg.catalog.pg_catalog.supported import supported_operators
from kalampg.catalog.shape import NamedRow, shaped


def _rows(_view: CatalogView) -> Iterator[NamedRow]:
    operators = supported_operators()
    known = {operator.oid for operator in operators}
    for operator in operators:
        commutator, negator = operator.commutator_oid, operator.negator_oid
        yield {
            "oid": operator.oid,
            "oprname": operator.name,
            "oprnamespace": PG_CATALOG_OID,
            "oprowner": ROOT_ROLE_OID,
            "oprkind": operator.kind,
            "oprcanmerge": operator.can_merge,
            "oprcanhash": operator.can_hash,
            "oprleft": operator.left_oid,
            "oprright": operator.right_oid,
            "oprresult": operator.result_oid,
            "oprcom": commutator if commutator in known else 0,
            "oprnegate": negator if negator in known else 0,
            "oprcode": operator.function_oid,
        }


PG_OPERATOR: Final = shaped(
    "pg_catalog",
    "pg_operator",
    2617,
    """
    oid:oid oprname:name oprnamespace:oid oprowner:oid oprkind:char oprcanmerge:bool
    oprcanhash:bool oprleft:oid oprright:oid oprresult:oid oprcom:oid oprnegate:oid
    oprcode:regproc oprrest:regproc oprjoin:regproc
    """,
    _rows,
)
