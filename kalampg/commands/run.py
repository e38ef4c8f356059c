"""The table from statement to the function that runs it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

from kalampg import errors
from kalampg.commands import (
    backups,
    cold_life,
    domains,
    enumerations,
    flush,
    flush_settings,
    indexes,
    namespaces,
    roles,
    sequences,
    show,
    storages,
    tables,
    users,
    verify,
    views,
)
from kalampg.commands.alter_table import alter_table
from kalampg.commands.comment import comment_on
from kalampg.commands.create_table import create_table
from kalampg.commands.drop_role import drop_role
from kalampg.commands.lock_tables import lock_tables
from kalampg.commands.session_seam import CommandSession
from kalampg.engine.result import ExecutionResult
from kalampg.relation import Datum
from kalampg.sql import (
    backup_statements,
    constraint_statements,
    domain_statements,
    role_statements,
    sequence_statements,
    statements,
    storage_statements,
    type_statements,
    view_statements,
)
from kalampg.sql.command_columns import columns_of
from kalampg.sql.comment_statement import Comment
from kalampg.sql.lock_statement import LockTables
from kalampg.sql.plan import CommandPlan

Command: TypeAlias = Callable[[Any, CommandSession], ExecutionResult | Awaitable[ExecutionResult]]

COMMANDS: Final[dict[type, Command]] = {
    statements.CreateTable: create_table,
    statements.AlterTable: alter_table,
    statements.DropTable: tables.drop_table,
    statements.Truncate: tables.truncate,
    LockTables: lock_tables,
    constraint_statements.CreateIndex: indexes.create_index,
    constraint_statements.DropIndex: indexes.drop_index,
    constraint_statements.RenameIndex: indexes.rename_index,
    constraint_statements.SetConstraints: indexes.set_constraints,
    statements.CreateSchema: namespaces.create_schema,
    statements.DropSchema: namespaces.drop_schema,
    role_statements.CreateRole: roles.create_role,
    role_statements.AlterRole: roles.alter_role,
    role_statements.DropRole: drop_role,
    statements.FlushTable: flush.flush_table,
    statements.FlushAllTables: flush.flush_all_tables,
    statements.KillJob: flush.kill_job,
    statements.RetryJob: flush.retry_job,
    statements.ShowJobs: flush.show_jobs,
    statements.PauseFlush: flush_settings.pause_flush,
    statements.AlterFlushSettings: flush_settings.alter_flush_settings,
    statements.ShowFlushSettings: flush_settings.show_flush_settings,
    statements.CompactTable: cold_life.compact_table,
    statements.PurgeTable: cold_life.purge_table,
    role_statements.ExportUser: users.export_user,
    backup_statements.BackupDatabase: backups.backup_database,
    backup_statements.RestoreDatabase: backups.restore_database,
    backup_statements.ShowBackups: backups.show_backups,
    statements.VerifyTable: verify.verify_table,
    storage_statements.CreateStorage: storages.create_storage,
    storage_statements.AlterStorage: storages.alter_storage,
    storage_statements.DropStorage: storages.drop_storage,
    storage_statements.CheckStorage: storages.check_storage,
    storage_statements.ShowStorages: storages.show_storages,
    Comment: comment_on,
    sequence_statements.CreateSequence: sequences.create_sequence,
    sequence_statements.AlterSequence: sequences.alter_sequence,
    sequence_statements.DropSequence: sequences.drop_sequence,
    type_statements.CreateEnum: enumerations.create_enum,
    type_statements.AddEnumValue: enumerations.add_enum_value,
    type_statements.RenameEnumValue: enumerations.rename_enum_value,
    type_statements.RenameType: enumerations.rename_type,
    type_statements.DropType: enumerations.drop_type,
    domain_statements.CreateDomain: domains.create,
    domain_statements.AlterDomain: domains.alter,
    domain_statements.DropDomain: domains.drop,
    view_statements.CreateView: views.create_view,
    view_statements.AlterView: views.alter_view,
    view_statements.DropView: views.drop_view,
    statements.ShowTables: show.show_tables,
    statements.ShowNamespaces: show.show_namespaces,
    statements.DescribeTable: show.describe_table,
}


def run(
    plan: CommandPlan, params: Sequence[Datum], session: CommandSession
) -> ExecutionResult | Awaitable[ExecutionResult]:
    """Run a command. EXPLAIN is the engine's; DISCARD and DEALLOCATE are the session's.

    Raises:
        FeatureNotSupported: 0A000, no command here runs the statement.
        PgError: as the command says.
    """
    command = COMMANDS.get(type(plan.statement))
    if command is None or params:
        raise errors.FeatureNotSupported(
            f"{type(plan.statement).__name__} with these arguments is not a command"
        )
    outcome = command(plan.statement, session)
    if not isinstance(outcome, ExecutionResult):
        return outcome
    return replace(outcome, columns=columns_of(plan.statement) or None)
