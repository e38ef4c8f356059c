"""DROP USER: of a role that has nothing, or with CASCADE of everything that a user has.

With CASCADE the rows of the user are removed by a job that begins with the COMMIT; until it is
done nobody can have the name. Tables and namespaces of the user hold rows of others: they are
handed over to the role that drops. A name without a role that has rows is a user too.
"""

from __future__ import annotations

from functools import partial

from kalampg import errors
from kalampg.auth import Action, AuditEvent, check
from kalampg.catalog import Catalog, CatalogEdit, Departure, RoleClass, role_edit
from kalampg.catalog.departure_edit import begin_departure
from kalampg.commands.denials import DenialsAudited
from kalampg.commands.session_seam import CommandSession
from kalampg.engine.result import ExecutionResult
from kalampg.jobs.job import JobKind
from kalampg.sql.role_statements import DropRole


async def drop_role(statement: DropRole, session: CommandSession) -> ExecutionResult:
    """All named roles, or none."""
    with DenialsAudited(session, ", ".join(statement.names)):
        check(session.role, Action.MANAGE_ROLES, "permission denied to drop role")
    catalog = await session.lock_catalog()
    change = CatalogEdit(catalog)
    dropped: list[str] = []
    for name in statement.names:
        if not _exists(name, session, change.catalog, statement):
            session.notice(f'role "{name}" does not exist, skipping')
            continue
        _check_droppable(name, session, change.catalog)
        if statement.cascade:
            change = change.then(partial(_begin_departure, name=name, session=session))
        else:
            await session.lock_rows_of_user(name)
            tables = session.tables_of_user(name)
            change = change.then(partial(role_edit.drop_role, name=name, tables_with_rows=tables))
        dropped.append(name)
    session.apply(change)
    for name in dropped:
        session.audit.record(AuditEvent.ROLE_DROPPED, session.role, name)
    return ExecutionResult("DROP ROLE")


def _exists(name: str, session: CommandSession, catalog: Catalog, statement: DropRole) -> bool:
    """Raises UndefinedObject (42704) unless the statement has IF EXISTS."""
    if catalog.role(name) is not None:
        return True
    if statement.cascade and (name in catalog.departures or session.tables_of_user(name)):
        return True
    if statement.if_exists:
        return False
    raise errors.UndefinedObject(f'role "{name}" does not exist')


def _check_droppable(name: str, session: CommandSession, catalog: Catalog) -> None:
    if name == session.role.name:
        raise errors.ObjectInUse("current user cannot be dropped")
    target = catalog.role(name)
    if target is not None and target.role_class is RoleClass.SYSTEM:
        with DenialsAudited(session, name):
            check(session.role, Action.GRANT_SYSTEM, "permission denied to drop role")
    departure = catalog.departures.get(name)
    if departure is not None and session.jobs.is_active(departure.job_id):
        role_edit.check_not_departing(catalog, name)


def _begin_departure(catalog: Catalog, *, name: str, session: CommandSession) -> CatalogEdit:
    for described in role_edit.owned_objects(catalog, name):
        session.notice(f'{described} now belongs to role "{session.role.name}"')
    job_id = session.jobs.new_id(JobKind.USER_CLEANUP)
    session.notice(
        f'the rows of role "{name}" are removed by job {job_id}',
        detail="The name can be used again when the job has completed; see system.jobs.",
    )
    departure = Departure(name, job_id, session.clock.now_us())
    return begin_departure(catalog, departure, session.role.name)
