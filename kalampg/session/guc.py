"""GucStore: the values of the run-time parameters in one session.

Which parameters exist and what they accept is in ``guc_table``.

Invariants:
    - ``SET LOCAL`` ends with its transaction; ``SET`` ends with it only if the transaction fails.
    - ``changed`` holds the names whose reported value the client has not been told yet.
    - ``revision`` grows with each change of a value of a parameter that is in the table.
    - A client's own parameter is there from its first SET or RESET to the session's end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kalampg import errors
from kalampg.session.guc_table import GUCS, Guc, Settable, guc_named, unrecognized

TRANSACTION_MODES: Final = (
    "transaction_isolation",
    "transaction_read_only",
    "transaction_deferrable",
)
CUSTOMS_MAX: Final = 1000
_IDLE_TIMEOUTS: Final = ("idle_session_timeout", "idle_in_transaction_session_timeout")


@dataclass(frozen=True, slots=True)
class GucMark:
    """A moment in a transaction: the values, and what SET LOCAL has hidden until its end."""

    values: Mapping[str, str]
    session_values: Mapping[str, str]


class GucStore:
    """The values of one session."""

    def __init__(self, start_values: Mapping[str, str], customs_max: int = CUSTOMS_MAX) -> None:
        """``start_values`` are the session's defaults: RESET goes back to them, unchecked.

        ``customs_max`` is how many parameters of its own a client may have.
        """
        self._customs_max = customs_max
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
        value = self._values.get(guc_named(name).name.lower())
        if value is None:
            raise unrecognized(name)
        return value

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
            PgError: 42704 unknown, 42602 no name, 55P02 not settable, 22023 bad value, 0A000 value
                not supported, 53400 too many of the client's own.
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
            guc = GUCS.get(key)
            is_settable = guc is None or guc.settable is Settable.ALWAYS
            if is_settable and self._values[key] != value:
                self.set(key, None)

    def begin(self) -> None:
        """A transaction starts: it takes the default modes."""
        self._before_transaction.clear()
        self._session_values.clear()
        self._take_default_modes()

    def commit(self) -> None:
        """The transaction ends well: undo SET LOCAL only."""
        self._restore(self._session_values)
        self._take_default_modes()

    def rollback(self) -> None:
        """The transaction fails: undo every SET in it."""
        self._restore(self._before_transaction)
        self._take_default_modes()

    def mark(self) -> GucMark:
        """The values now, for a savepoint."""
        return GucMark(dict(self._values), dict(self._session_values))

    def rollback_to(self, mark: GucMark) -> None:
        """Undo every SET since ``mark``; a SET LOCAL before it still ends with the transaction."""
        for key in self._values:
            self._store(key, mark.values.get(key, ""))
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

    def settings(self) -> list[tuple[str, str, str]]:
        """Name, value and session default of the table's, in base units: ``pg_settings``."""
        return [
            (guc.name, guc.base_value(self._values[key]), guc.base_value(self._defaults[key]))
            for key, guc in sorted(GUCS.items())
        ]

    def shown(self) -> Mapping[str, str]:
        """Every parameter by its name in lower case, as SHOW gives it."""
        return self._values

    def _take_default_modes(self) -> None:
        for key in TRANSACTION_MODES:
            self._store(key, self._values["default_" + key])

    def _checked(self, guc: Guc, value: str) -> str:
        if guc.merge is None:
            return guc.check(value)
        return guc.merge(value, self._values[guc.name.lower()])

    def _settable(self, name: str) -> Guc:
        guc = guc_named(name)
        if guc.settable is Settable.NEVER:
            raise errors.CantChangeRuntimeParam(f'parameter "{guc.name}" cannot be changed')
        key = guc.name.lower()
        if key not in self._values:
            if len(self._values) - len(GUCS) >= self._customs_max:
                raise errors.ConfigurationLimitExceeded(
                    f"too many custom parameters in this session (limit {self._customs_max})",
                    hint="Raise server.custom_parameters_max.",
                )
            self._values[key] = self._defaults[key] = ""
        return guc

    def _store(self, key: str, value: str) -> None:
        if self._values[key] == value:
            return
        self._values[key] = value
        guc = GUCS.get(key)
        if guc is None:
            return
        self.revision += 1
        if guc.is_reported:
            self.changed.add(key)
        if key in _IDLE_TIMEOUTS:
            self.has_idle_timeout = any(self._values[name] != "0" for name in _IDLE_TIMEOUTS)

    def _restore(self, values: Mapping[str, str]) -> None:
        for key, value in values.items():
            self._store(key, value)
        self._before_transaction.clear()
        self._session_values.clear()
