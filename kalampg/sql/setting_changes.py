"""``set_config(name, value, is_local)``: a change of the session, made by a query.

It is made once, before the query runs, so it may stand only where PostgreSQL would call it exactly
once: in the select list of a statement that reads nothing.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import position_of
from kalampg.sql.evaluable_tree import NotEvaluable, Translator
from kalampg.sql.plan import SettingChange

# On a call: the number of the change among those of the statement.
NUMBER: Final = "setting_change"
# On a call of current_setting(): how many changes are before it.
CHANGES_BEFORE: Final = "later_setting"


def setting_changes(tree: exp.Expr, translator: Translator) -> tuple[SettingChange, ...]:
    """The changes that a bound statement makes; the calls get their numbers.

    Raises:
        FeatureNotSupported: 0A000, a call stands where it may run more than once, or not at all.
    """
    changes: list[SettingChange] = []
    for node in tree.find_all(exp.Anonymous, bfs=False):
        if node.name.lower() == "set_config":
            node.meta[NUMBER] = len(changes)
            changes.append(_change(node, tree, translator))
        elif changes and node.name.lower() == "current_setting":
            node.meta[CHANGES_BEFORE] = len(changes)
    return tuple(changes)


def _change(node: exp.Expr, tree: exp.Expr, translator: Translator) -> SettingChange:
    holder = node.parent
    while isinstance(holder, (exp.Paren, exp.Alias)):
        holder = holder.parent
    if holder is not tree or not _has_select_list_only(tree):
        raise _misplaced(node)
    try:
        name, value, is_local = map(translator.translate, node.expressions)
    except NotEvaluable:
        raise _misplaced(node) from None
    return SettingChange(name, value, is_local)


def _has_select_list_only(tree: exp.Expr) -> bool:
    return isinstance(tree, exp.Select) and not any(
        value for key, value in tree.args.items() if key != "expressions"
    )


def _misplaced(node: exp.Expr) -> errors.PgError:
    return errors.FeatureNotSupported(
        "set_config() is not supported here",
        hint="Call it with constants or parameters, in a SELECT of its own.",
        position=position_of(node),
    )
