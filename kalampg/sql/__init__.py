"""PostgreSQL's SQL to plans. Pure: no I/O, no time, no data. The only importer of sqlglot."""

from kalampg.sql.command_tag import command_tag
from kalampg.sql.compile_env import CompileEnv
from kalampg.sql.compiler import Compiler, check_syntax
from kalampg.sql.copy_plan import CopyPlan
from kalampg.sql.cursor_plan import FetchPlan
from kalampg.sql.lift import Lifted, LiteralLifter, lift_literals
from kalampg.sql.plan import (
    CommandPlan,
    Compiled,
    DataPlan,
    DeclarePlan,
    DeletePlan,
    DuckQuery,
    EmptyPlan,
    ExecuteAsPlan,
    InsertPlan,
    MergePlan,
    Plan,
    RelationUse,
    ResultColumn,
    Returning,
    SelectPlan,
    SetPlan,
    ShowPlan,
    UpdatePlan,
    WithPlan,
)
from kalampg.sql.plan_cache import PlanCache
from kalampg.sql.prepare_plan import ExecutePlan, PreparePlan
from kalampg.sql.row_plans import PointSelect, RangeSelect
from kalampg.sql.split import StatementText
from kalampg.sql.split import split as split_statements
from kalampg.sql.transaction_plan import TransactionPlan, TransactionVerb

__all__ = [
    "CommandPlan",
    "CompileEnv",
    "Compiled",
    "Compiler",
    "CopyPlan",
    "DataPlan",
    "DeclarePlan",
    "DeletePlan",
    "DuckQuery",
    "EmptyPlan",
    "ExecuteAsPlan",
    "ExecutePlan",
    "FetchPlan",
    "InsertPlan",
    "Lifted",
    "LiteralLifter",
    "MergePlan",
    "Plan",
    "PlanCache",
    "PointSelect",
    "PreparePlan",
    "RangeSelect",
    "RelationUse",
    "ResultColumn",
    "Returning",
    "SelectPlan",
    "SetPlan",
    "ShowPlan",
    "StatementText",
    "TransactionPlan",
    "TransactionVerb",
    "UpdatePlan",
    "WithPlan",
    "check_syntax",
    "command_tag",
    "lift_literals",
    "split_statements",
]
