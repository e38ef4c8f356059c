"""Runs plans: key operations on the event loop, DML in transactions, the rest in DuckDB."""

from __future__ import annotations

from kalampg.engine.context import SessionContext
from kalampg.engine.copy_in import RowLoader
from kalampg.engine.copy_segments import CopySettings, SegmentLoader
from kalampg.engine.duck import Duck, DuckSettings
from kalampg.engine.executor import Executor
from kalampg.engine.executor_settings import ExecutorSettings
from kalampg.engine.generators import Generators
from kalampg.engine.prepared import PreparedPlan
from kalampg.engine.result import ExecutionResult, RowStream
from kalampg.engine.transaction import Transaction

__all__ = [
    "CopySettings",
    "Duck",
    "DuckSettings",
    "ExecutionResult",
    "Executor",
    "ExecutorSettings",
    "Generators",
    "PreparedPlan",
    "RowLoader",
    "RowStream",
    "SegmentLoader",
    "SessionContext",
    "Transaction",
]
