"""A session over a catalog in memory, for tests of commands: the seam, and a record of its use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from kalampg.auth import AuditLog
from kalampg.catalog import Catalog, CatalogEdit, Role, RoleClass, bootstrap
from kalampg.catalog.edit import create_namespace
from kalampg.catalog.role_edit import create_role
from kalampg.clock import Clock, ManualClock
from kalampg.commands.session_seam import ConstraintControl, JobControl, StorageControl
from kalampg.constraint import CheckConstraint, ForeignKey, Index
from kalampg.engine.constraint_builder import ValueCheck
from kalampg.errors import CannotCoerce, UndefinedObject
from kalampg.ids import ColumnId, JobId, Oid, SegmentId, TableId, UserId
from kalampg.jobs.flush_policy import AutoFlushSettings
from kalampg.jobs.job import (
    ID_PREFIXES,
    SERVER,
    Job,
    JobEvent,
    JobKind,
    JobStatus,
    JobSubject,
    advance,
    table_subject,
    user_subject,
)
from kalampg.relation import Datum, Relation, TableType
from kalampg.sequence import Sequence
from kalampg.sql.bind_views import ViewShape
from kalampg.sql.expression import Const, Expression
from kalampg.storage import Scope, Storage, StorageHealth
from kalampg.storage.backup_format import Backup
from kalampg.storage.verify import Check, Finding
from kalampg.view import ViewQuery


@dataclass
class FakeJobs:
    """One active job a table, as the scheduler's contract says."""

    remembered: dict[JobId, Job] = field(default_factory=dict)
    paused: set[TableId | None] = field(default_factory=set)
    flush_settings: AutoFlushSettings = field(default_factory=AutoFlushSettings)
    configured_flush_settings: AutoFlushSettings = field(default_factory=AutoFlushSettings)

    def submit_flush(self, relation: Relation) -> Job:
        return self.submit(JobKind.FLUSH, relation, "{}")

    def submit(self, kind: JobKind, relation: Relation, parameters: str) -> Job:
        return self._submit(kind, table_subject(relation), parameters, relation.qualified_name)

    def submit_instead(
        self, kind: JobKind, relation: Relation, parameters: str, job_id: JobId
    ) -> None:
        for job in list(self.remembered.values()):
            if (job.kind, job.table_id) == (kind, relation.table_id) and not job.has_ended:
                self.cancel(job.job_id)
        self.submit(kind, relation, parameters)

    def submit_for_server(self, kind: JobKind, parameters: str) -> Job:
        return self._submit(kind, SERVER, parameters, "")

    def submit_for_user(self, kind: JobKind, user_id: str, parameters: str) -> Job:
        return self._submit(kind, user_subject(user_id), parameters, "")

    def is_active(self, job_id: JobId) -> bool:
        return job_id in self.remembered and not self.remembered[job_id].has_ended

    def new_id(self, kind: JobKind) -> JobId:
        return JobId(f"{ID_PREFIXES[kind]}-new")

    def _submit(self, kind: JobKind, subject: JobSubject, parameters: str, name: str) -> Job:
        for job in self.remembered.values():
            if (job.kind, job.subject) == (kind, subject) and not job.has_ended:
                return job
        job = Job(
            JobId(f"{ID_PREFIXES[kind]}-{len(self.remembered) + 1}"),
            kind,
            subject.table_id,
            name,
            JobStatus.QUEUED,
            parameters,
            0,
            0,
            user_id=subject.user_id,
        )
        self.remembered[job.job_id] = job
        return job

    def retry(self, job_id: JobId) -> Job:
        if job_id not in self.remembered:
            raise UndefinedObject(f'job "{job_id}" does not exist')
        self.remembered[job_id] = advance(self.remembered[job_id], JobEvent.REVIVE, 1)
        return self.remembered[job_id]

    def jobs(self) -> list[Job]:
        return list(self.remembered.values())

    def pause_flush(self, *, is_paused: bool, table_id: TableId | None) -> None:
        if is_paused:
            self.paused.add(table_id)
        else:
            self.paused.discard(table_id)

    def change_flush_settings(self, values: dict[str, int | None]) -> None:
        configured = self.configured_flush_settings
        self.flush_settings = replace(
            self.flush_settings,
            **{
                name: getattr(configured, name) if value is None else value
                for name, value in values.items()
            },
        )

    def cancel(self, job_id: JobId) -> Job:
        if job_id not in self.remembered:
            raise UndefinedObject(f'job "{job_id}" does not exist')
        self.remembered[job_id] = advance(self.remembered[job_id], JobEvent.CANCEL, 1)
        return self.remembered[job_id]


class FakeStorages:
    """Storages that are always well; ``used`` says which tables have segments where."""

    def __init__(self) -> None:
        self.used: dict[str, set[TableId]] = {}

    async def seal(self, storage_id: str, credentials: str) -> bytes:
        return f"sealed for {storage_id}".encode()

    async def safe_folder(self, written: str) -> str:
        return written

    async def check_openable(self, storage: Storage) -> None:
        """All are."""

    async def check(self, storage: Storage, *, is_extended: bool) -> StorageHealth:
        return StorageHealth(True, True, True, True, 1, (2, 1) if is_extended else None)

    async def backups(self, storage_id: str, path: str) -> list[Backup]:
        return []

    def backup_places(self) -> list[tuple[str, str]]:
        return []

    async def restore_directory(self, written: str) -> str:
        return written

    async def tables_with_objects(self, storage_id: str) -> set[TableId]:
        return self.used.get(storage_id, set())


class FakeConstraints:
    """Rows that obey every constraint; ``asked`` says what was asked of them."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def lock_table(self, relation: Relation) -> None:
        self.asked.append(f"lock {relation.name}")

    async def entry_scopes(self, table_id: TableId) -> list[Scope]:
        return [Scope(table_id, UserId("alice"))]

    async def check_values(self, relation: Relation, position: int, check: ValueCheck) -> None:
        pass

    def check_value(self, value: Datum, check: ValueCheck) -> None:
        pass

    async def check_rows(self, relation: Relation, check: CheckConstraint) -> None:
        self.asked.append(f"check {check.name}")

    async def build_index(self, relation: Relation, index: Index) -> None:
        self.asked.append(f"build {index.name}")

    async def build_references(
        self, relation: Relation, key: ForeignKey, referenced: Relation
    ) -> None:
        self.asked.append(f"build {key.name} to {referenced.name}")

    async def check_references(
        self, relation: Relation, key: ForeignKey, referenced: Relation
    ) -> None:
        self.asked.append(f"check {key.name} to {referenced.name}")

    def defer(self, oid: Oid | None, *, is_deferred: bool) -> None:
        self.asked.append(f"defer {oid} {is_deferred}")

    async def settle(self) -> None:
        self.asked.append("settle")


class Sink:
    """Audit lines, kept."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, object]]] = []

    def info(self, event: str, **fields: object) -> None:
        self.lines.append((event, fields))


def first_catalog() -> Catalog:
    """``public`` and ``app``; root, and one role of each class named after it."""
    edit = bootstrap(root_verifier="v", server_secret=bytes(32), now_us=1)
    edit = edit.then(lambda catalog: create_namespace(catalog, "app", "root", 1))
    for role_class in RoleClass:
        name = f"a_{role_class.value}"
        edit = edit.then(
            partial(create_role, name=name, role_class=role_class, now_us=1, verifier="v")
        )
    return edit.catalog


class FakeSession:
    """Implements ``CommandSession``."""

    def __init__(self, role_name: str = "root", catalog: Catalog | None = None) -> None:
        self._catalog = first_catalog() if catalog is None else catalog
        self._role_name = role_name
        self.search_path: tuple[str, ...] = (role_name, "public")
        self.default_table_type = TableType.SHARED
        self.backend_pid = 7
        self.temporary_tables_max = 3
        self.clock: Clock = ManualClock()
        self.fake_jobs = FakeJobs()
        self.jobs: JobControl = self.fake_jobs
        self.fake_storages = FakeStorages()
        self.storages: StorageControl = self.fake_storages
        self.fake_constraints = FakeConstraints()
        self.constraints: ConstraintControl = self.fake_constraints
        self.time_zone = "UTC"
        self.sink = Sink()
        self.audit = AuditLog(self.sink)
        self.notices: list[tuple[str, str]] = []
        self.dropped: list[str] = []
        self.dropped_entries: list[tuple[Scope, Oid]] = []
        self.truncated: list[str] = []
        self.row_locks: list[tuple[str, bool, bool]] = []
        self.tables_with_rows: set[TableId] = set()
        self.locked_users: list[str] = []
        self.rewritten: list[tuple[str, tuple[ColumnId, ...]]] = []
        self.tables_by_user: dict[str, list[Relation]] = {}
        self.null_positions: set[tuple[TableId, int]] = set()
        self.defaults_checked: list[str] = []
        self.is_locked = False

    @property
    def catalog(self) -> Catalog:
        return self._catalog

    @property
    def role(self) -> Role:
        return self._catalog.roles[self._role_name]

    def as_role(self, role_name: str) -> None:
        self._role_name = role_name

    def random_bytes(self, count: int) -> bytes:
        return bytes(count)

    def notice(self, message: str, *, sqlstate: str = "00000", detail: str | None = None) -> None:
        self.notices.append((sqlstate, message))

    def refuse_block(self, statement: str) -> None:
        """There is none."""

    def require_block(self, statement: str) -> None:
        """As if there were one."""

    async def lock_catalog(self) -> Catalog:
        self.is_locked = True
        return self._catalog

    def apply(self, edit: CatalogEdit) -> None:
        assert self.is_locked
        self._catalog = edit.catalog
        self.dropped += [relation.qualified_name for relation in edit.dropped]
        self.dropped_entries += edit.dropped_indexes

    async def truncate(self, relation: Relation) -> None:
        self.truncated.append(relation.qualified_name)

    async def lock_rows(self, relation: Relation, *, is_shared: bool, nowait: bool) -> None:
        self.row_locks.append((relation.qualified_name, is_shared, nowait))

    async def rewrite(self, before: Relation, values: Mapping[ColumnId, Expression]) -> None:
        self.rewritten.append((before.name, tuple(values)))

    async def has_rows(self, relation: Relation) -> bool:
        return relation.table_id in self.tables_with_rows

    async def lock_rows_of_user(self, user_id: str) -> None:
        self.locked_users.append(user_id)

    def tables_of_user(self, user_id: str) -> list[Relation]:
        return self.tables_by_user.get(user_id, [])

    async def any_row_is_null(self, relation: Relation, position: int) -> bool:
        return (relation.table_id, position) in self.null_positions

    def view_shape(self, query: str, offset: int) -> ViewShape:
        assert offset, "the query stands in a statement"
        return ViewShape(ViewQuery(query, self.search_path, "UTC", ()), (("a", Oid(23), -1),))

    def last_of_sequence(self, sequence: Sequence) -> int:
        return sequence.first

    async def verify(self, relation: Relation) -> list[Finding]:
        return [
            Finding(Check.OBJECT, is_ok=True, detail=relation.qualified_name),
            Finding(Check.KEYS, False, "gone", UserId("alice"), SegmentId(7)),
        ]

    def check_default(self, expression: str, type_oid: Oid, typmod: int) -> None:
        self.defaults_checked.append(expression)
        if expression == "bad":
            raise CannotCoerce("bad default")

    def compile_default(self, expression: str, type_oid: Oid, typmod: int) -> Expression:
        return Const(None, type_oid)

    async def evaluate_default(self, expression: str, type_oid: Oid, typmod: int) -> Datum:
        return f"<{expression}>"
