"""``pg_settings``: run-time parameters.

The source gives ``(name, setting, session default)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.pg_catalog.setting_facts import SettingFacts, setting_facts
from kalampg.catalog.shape import NamedRow, shaped


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for name, setting, default in view.settings():
        facts = setting_facts().get(name)
        yield {
            "name": name,
            "setting": setting,
            "source": "default" if setting == default else "session",
            "boot_val": default,
            "reset_val": default,
            "pending_restart": False,
            **(_OWN if facts is None else _described(facts)),
        }


def _described(facts: SettingFacts) -> NamedRow:
    return {
        "unit": facts.unit or None,
        "category": facts.category,
        "short_desc": facts.short_desc,
        "extra_desc": facts.extra_desc or None,
        "context": facts.context,
        "vartype": facts.vartype,
        "min_val": facts.min_val or None,
        "max_val": facts.max_val or None,
        "enumvals": facts.enumvals.split(",") if facts.enumvals else None,
    }


_OWN: Final[NamedRow] = {
    "category": "Customized Options",
    "context": "user",
    "vartype": "string",
}


PG_SETTINGS: Final = shaped(
    "pg_catalog",
    "pg_settings",
    12104,
    """
    name:text setting:text unit:text category:text short_desc:text extra_desc:text
    context:text vartype:text source:text min_val:text max_val:text enumvals:text[]
    boot_val:text reset_val:text sourcefile:text sourceline:int4 pending_restart:bool
    """,
    _rows,
)
