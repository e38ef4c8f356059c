"""Queries over rows that a statement has in its hands: what it changed, or what is in its way.

The rows are one relation of no catalog, ``GIVEN_ROWS``, which has the columns that the query reads
of them and, last, their number: the query answers in that order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from kalampg.ids import ColumnId, Oid
from kalampg.relation import Column, Relation, TableType
from kalampg.sql.annotation import column_of, oid_of, set_column, set_oid, typmod_of
from kalampg.sql.duck_query import duck_query
from kalampg.sql.expression import ColumnRef
from kalampg.sql.operators import INT8, TEXT
from kalampg.sql.plan import GIVEN_ROWS, DuckQuery

if TYPE_CHECKING:
    from kalampg.sql.bind_query import Binder
    from kalampg.sql.outputs import Output

# What the query calls the rows and their number: no client writes such names.
ROWS: Final = "given rows"
_NUMBER: Final = "number of the row"


def query_over_rows(
    binder: Binder,
    select: exp.Select,
    outputs: Sequence[Output],
    offsets: Mapping[int, int],
    param_oids: tuple[Oid, ...],
    *,
    is_result: bool = True,
) -> tuple[tuple[ColumnRef, ...], DuckQuery]:
    """The columns that a bound SELECT reads of the rows, and its query over them.

    ``offsets`` says where the columns of each use begin in a row; these uses are no scans.
    """
    nodes: list[tuple[exp.Column, int]] = []
    for node in select.find_all(exp.Column):
        stored = column_of(node)
        if stored is not None and stored[0] in offsets:
            nodes.append((node, offsets[stored[0]] + stored[1]))
    types = {place: (oid_of(node) or Oid(TEXT), typmod_of(node)) for node, place in nodes}
    read = sorted(types)
    use = binder.uses[min(offsets)]
    for node, place in nodes:
        node.set("this", exp.to_identifier(str(place), quoted=True))
        node.set("table", exp.to_identifier(ROWS, quoted=True))
        set_column(node, use.index, read.index(place))
    names = [*map(str, read), _NUMBER]
    use.relation = _relation(names, [*(types[place] for place in read), (Oid(INT8), -1)])
    use.columns = set(range(len(names)))
    table = exp.Table(this=exp.to_identifier(ROWS, quoted=True))
    table.meta["alias_name"] = ROWS
    table.meta["column_names"] = dict(enumerate(names))
    number = exp.column(_NUMBER, table=ROWS, quoted=True)
    set_oid(number, INT8)
    select.set("from_", exp.From(this=table))
    select.set("joins", None)
    select.set("order", exp.Order(expressions=[exp.Ordered(this=number)]))
    scanned = [(node, other) for node, other in binder.tables if other.index not in offsets]
    binder.tables = [(table, use), *scanned]
    query = duck_query(binder, select, outputs, param_oids, is_result=is_result)
    return tuple(ColumnRef(place, types[place][0]) for place in read), query


def _relation(names: Sequence[str], types: Sequence[tuple[Oid, int]]) -> Relation:
    return Relation(
        table_id=GIVEN_ROWS,
        schema_name="",
        name=ROWS,
        table_type=TableType.SYSTEM,
        columns=tuple(
            Column(ColumnId(number), name, oid, typmod)
            for number, (name, (oid, typmod)) in enumerate(zip(names, types, strict=True), 1)
        ),
    )
