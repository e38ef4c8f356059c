"""From the plan of an INSERT, UPDATE or DELETE to what writes its rows and makes its answer."""

from __future__ import annotations

from kalampg import errors
from kalampg.engine.dml import Write, compile_delete, compile_insert, compile_update
from kalampg.engine.dml_query import (
    QueryWrite,
    delete_from_query,
    insert_from_query,
    undelete_from_query,
    update_from_query,
)
from kalampg.engine.index_scan import IndexScanner
from kalampg.engine.index_write import compile_scan_write
from kalampg.engine.prepared import Run
from kalampg.engine.row_writer import RowWriter
from kalampg.engine.stored_table import StoredTable
from kalampg.engine.upsert import upsert_values
from kalampg.engine.view_checks import checked, compile_view_checks
from kalampg.engine.write import WriteResult, Writes
from kalampg.relation import Relation
from kalampg.sql.plan import DeletePlan, InsertPlan, UpdatePlan


def compile_write(
    plan: InsertPlan | UpdatePlan | DeletePlan, table: StoredTable, writer: RowWriter
) -> Write | QueryWrite:
    """What writes the rows: a closure where it needs no query."""
    write = _compile(plan, table, writer)
    if not isinstance(write, QueryWrite):
        return _checked(write, plan, table)
    if not isinstance(plan, DeletePlan) and plan.checks:
        write.add_check(compile_view_checks(plan.checks, table))
    return write


def _checked(write: Write, plan: InsertPlan | UpdatePlan | DeletePlan, table: StoredTable) -> Write:
    if isinstance(plan, DeletePlan) or not plan.checks:
        return write
    return checked(write, compile_view_checks(plan.checks, table))


def _compile(
    plan: InsertPlan | UpdatePlan | DeletePlan, table: StoredTable, writer: RowWriter
) -> Write | QueryWrite:
    match plan:
        case InsertPlan(source=None, conflict=None):
            return compile_insert(plan, table, writer)
        case InsertPlan(source=None):
            return upsert_values(plan, table, writer)
        case InsertPlan():
            return insert_from_query(plan, table, writer)
        case UpdatePlan(key=None):
            return update_from_query(plan, table, writer)
        case UpdatePlan():
            return compile_update(plan, table, writer)
        case DeletePlan(key=None):
            make = undelete_from_query if plan.restores else delete_from_query
            return make(plan, table, writer)
        case DeletePlan():
            return compile_delete(plan, table, writer)


def write_runner(
    plan: InsertPlan | UpdatePlan | DeletePlan,
    table: StoredTable,
    result: WriteResult,
    writes: Writes,
    writer: RowWriter,
    scanner: IndexScanner,
) -> Run:
    """What runs the statement for any session."""
    write = compile_write(plan, table, writer)
    if not isinstance(write, QueryWrite):
        return lambda params, session: writes.run(write, result, params, session)
    if isinstance(plan, InsertPlan) or plan.scan is None:
        return lambda params, session: writes.run_query(write, result, params, session)
    fast = _checked(compile_scan_write(plan, plan.scan, table, writer, scanner), plan, table)
    return lambda params, session: writes.run_fast(fast, write, result, params, session)


def stored_table(relation: Relation) -> StoredTable:
    """The relation as something to write.

    Raises:
        InsufficientPrivilege: 42501, nothing of it is stored.
    """
    if not relation.primary_key:
        raise errors.InsufficientPrivilege(
            f'permission denied: "{relation.name}" is a system relation'
        )
    return StoredTable(relation)


def write_result(plan: InsertPlan | UpdatePlan | DeletePlan, table: StoredTable) -> WriteResult:
    """What makes the statement's answer of the rows."""
    verb = {InsertPlan: "INSERT", UpdatePlan: "UPDATE", DeletePlan: "DELETE"}[type(plan)]
    if isinstance(plan, DeletePlan) and plan.restores:
        verb = "UNDELETE"
    return WriteResult(verb, table.relation, plan.returning)
