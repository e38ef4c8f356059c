"""``pg_settings``: run-time parameters.

The source gives ``(name, setting, default, description)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kalampg.catalog.computed import CatalogView
from kalampg.catalog.shape import NamedRow, shaped


def _rows(view: CatalogView) -> Iterator[NamedRow]:
    for name, setting, default, description in view.settings():
        yield {
            "name": name,
            "setting": setting,
            "category": "Customized Options" if "." in name else "Client Connection Defaults",
            "short_desc": description,
            "context": "user",
            "vartype": "string",
            "source": "default" if setting == default else "session",
            "boot_val": default,
            "reset_val": default,
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
