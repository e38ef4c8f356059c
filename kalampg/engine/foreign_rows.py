"""What a session learns of other users' rows while it defines constraints or types over all rows.

A statement that tests or converts every row answers whether some row fails: a question about its
values. Plain users may not ask it of rows that are not theirs, not even the owners of tables. Other
roles may, and are told what failed but no value: reading across users is an act of its own
(``kalam.scope``), which is logged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from kalampg import errors
from kalampg.engine.context import SHARED_USER, SessionContext
from kalampg.relation import Relation
from kalampg.storage.keys import Scope

_PLAIN_USER: Final = "user"
# Their messages have names only, no values.
_WITHOUT_VALUES: Final = (
    errors.UniqueViolation,
    errors.ForeignKeyViolation,
    errors.CheckViolation,
    errors.NotNullViolation,
)


def refuse_foreign_rows(
    relation: Relation, scopes: Iterable[Scope], session: SessionContext
) -> None:
    """Raise InsufficientPrivilege (42501) for a plain user unless all rows are theirs."""
    if session.role_class != _PLAIN_USER:
        return
    if any(_is_foreign(scope, session) for scope in scopes):
        raise errors.InsufficientPrivilege(
            f"permission denied for table {relation.name}",
            detail="The statement looks at the rows of other users.",
            hint="It takes a service, DBA or System role.",
        )


@contextmanager
def without_foreign_values(
    relation: Relation, scope: Scope, session: SessionContext
) -> Iterator[None]:
    """Take the values of another user's row out of the errors that it leads to."""
    try:
        yield
    except errors.PgError as failure:
        if not _is_foreign(scope, session):
            raise
        if isinstance(failure, _WITHOUT_VALUES):
            failure.detail = None
            raise
        raise type(failure)(
            f'a row of another user in table "{relation.name}" does not fit the change',
            hint="SET kalam.scope = 'all' shows the rows of all users.",
        ) from None


def _is_foreign(scope: Scope, session: SessionContext) -> bool:
    return scope.user_id not in {SHARED_USER, session.user_id}
