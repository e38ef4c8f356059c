"""Whether a view can be written to, for what defines and lists views."""

from __future__ import annotations

from kalampg import errors
from kalampg.relation import Relation, RelationLookup
from kalampg.sql.bind_query import Binder
from kalampg.sql.compile_env import CompileEnv
from kalampg.sql.updatable_views import NotUpdatable, WrittenView, written_view


def written_columns(view: Relation, lookup: RelationLookup) -> frozenset[str]:
    """The columns of a view that can be assigned; none if it cannot be written to."""
    found = _updatability(view, lookup)
    if isinstance(found, NotUpdatable):
        return frozenset()
    return frozenset(name for name, place in found.positions.items() if place is not None)


def check_option_allowed(view: Relation, lookup: RelationLookup) -> None:
    """Whether the view may have the options that it has.

    Raises:
        FeatureNotSupported: 0A000, WITH CHECK OPTION of a view that cannot be written to.
    """
    assert view.view is not None, "it is a view"
    if view.view.check_option is None:
        return
    found = _updatability(view, lookup)
    if isinstance(found, NotUpdatable):
        raise errors.FeatureNotSupported(
            "WITH CHECK OPTION is supported only on automatically updatable views",
            hint=found.reason,
        )


def _updatability(view: Relation, lookup: RelationLookup) -> WrittenView | NotUpdatable:
    return written_view(Binder(CompileEnv(lookup), ()), view)
