"""GucStore: the values of the run-time parameters in one session.

Which parameters exist and what they accept is in ``guc_table``.

Invariants:
    - ``SET LOCAL`` ends with its transaction; ``SET`` ends with it only if the transaction fails.
    - ``changed`` holds the names whose reported value the client has not been told yet.
    - ``revision`` grows with each change of a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kalampg import errors
from kalampg.session.guc_table import GUCS, Guc, Settable, guc_named

TRANSACTION_MODES: Final = (
    "transaction_isolation",
    "transaction_read_only",
    "transaction_deferrable",
)
_IDLE_TIMEOUTS: Final = ("idle_session_timeout", "idle_in_transaction_session_timeout")


@dataclass(frozen=True, slots=True)
class GucMark:
    """A moment in a transaction: the values, and what SET LOCAL has hidden until its end."""

    values: Mapping[str, str]
    session_values: Mapping[str, str]


class GucStore:
    """The values of one session."""

    def __init__(self, start_values: Mapping[str, str]) -> None:
        """``start_values`` are the session's defaults: RESET goes back to them, unchecked."""
        self._defaults = {key: guc.default for key, guc in GUCS.items()}
        self._defaults.update({name.lower(): value for name, value in start_values.items()})
        self._values = dict(self._defaults)
        # Values to go back to: at rollback (all), at the end of the transaction (SET LOCAL).
        self._before_transaction: dict[str, str] = {}
        self._session_values: dict[str, str] = {}
        self.changed: set[str] = set()
        self.has_idle_timeout = False
        self.revision = 0  # Grows with each change, for whoever caches something made of values.

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def show(self, name: str) -> str:
        """The value of the parameter ``name``, in any case.

        Raises:
            UndefinedObject: 42704.
        """
        return self._values[guc_named(name).name.lower()]

    def start_default(self, name: str, value: str) -> None:
        """Take a value from the startup packet as the session's default.

        Raises:
            PgError: as for ``set``.
        """
        guc = self._settable(name)
        key = guc.name.lower()
        self._defaults[key] = self._checked(guc, value)
        self._store(key, self._defaults[key])

    def check(self, name: str, value: str | None) -> tuple[str, str]:
        """The key and canonical value that ``set`` would store.

        Raises:
            PgError: 42704 unknown, 55P02 not settable, 22023 bad value, 0A000 value not supported.
        """
        guc = self._settable(name)
        key = guc.name.lower()
        return key, self._defaults[key] if value is None else self._checked(guc, value)

    def set(self, name: str, value: str | None, *, is_local: bool = False) -> None:
        """Change a parameter; None is its default. Raises what ``check`` raises."""
        key, canonical = self.check(name, value)
        self._before_transaction.setdefault(key, self._values[key])
        if is_local:
            self._session_values.setdefault(key, self._values[key])
        else:
            self._session_values.pop(key, None)
        self._store(key, canonical)

    def reset_all(self) -> None:
        for key, value in self._defaults.items():
            if GUCS[key].settable is Settable.ALWAYS and self._values[key] != value:
                self.set(key, None)

    def begin(self) -> None:
        """A transaction starts: it takes the default modes."""
        self._before_transaction.clear()
        self._session_values.clear()
        for key in TRANSACTION_MODES:
            self._store(key, self._values["default_" + key])

    def commit(self) -> None:
        """The transaction ends well: undo SET LOCAL only."""
        self._restore(self._session_values)

    def rollback(self) -> None:
        """The transaction fails: undo every SET in it."""
        self._restore(self._before_transaction)

    def mark(self) -> GucMark:
        """The values now, for a savepoint."""
        return GucMark(dict(self._values), dict(self._session_values))

    def rollback_to(self, mark: GucMark) -> None:
        """Undo every SET since ``mark``; a SET LOCAL before it still ends with the transaction."""
        for key, value in mark.values.items():
            self._store(key, value)
        self._session_values = dict(mark.session_values)

    def reported(self) -> list[tuple[str, str]]:
        """Name and value of all parameters that a client is told at the start."""
        return [(g.name, self._values[k]) for k, g in GUCS.items() if g.is_reported]

    def take_changed(self) -> list[tuple[str, str]]:
        names, self.changed = self.changed, set()
        return [(GUCS[key].name, self._values[key]) for key in sorted(names)]

    def all_values(self) -> list[tuple[str, str, str]]:
        """Name, value and description of everything, by name: SHOW ALL."""
        return [(GUCS[k].name, self._values[k], GUCS[k].description) for k in sorted(GUCS)]

    def settings(self) -> list[tuple[str, str, str, str]]:
        """Name, value, session default and description of everything: ``pg_settings``."""
        return [
            (GUCS[key].name, self._values[key], self._defaults[key], GUCS[key].description)
            for key in sorted(GUCS)
        ]

    def _checked(self, guc: Guc, value: str) -> str:
        if guc.merge is None:
            return guc.check(value)
        return guc.merge(value, self._values[guc.name.lower()])

    def _settable(self, name: str) -> Guc:
        guc = guc_named(name)
        if guc.settable is Settable.NEVER:
            raise errors.CantChangeRuntimeParam(f'parameter "{guc.name}" cannot be changed')
        return guc

    def _store(self, key: str, value: str) -> None:
        if self._values[key] == value:
            return
        self._values[key] = value
        self.revision += 1
        if GUCS[key].is_reported:
            self.changed.add(key)
        if key in _IDLE_TIMEOUTS:
            self.has_idle_timeout = any(self._values[name] != "0" for name in _IDLE_TIMEOUTS)

    def _restore(self, values: Mapping[str, str]) -> None:
        for key, value in values.items():
            self._store(key, value)
        self._before_transaction.clear()
        self._session_values.clear()
