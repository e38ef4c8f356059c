"""FlushJournal: what is remembered of flushes across restarts.

Layout, in the store's ``meta`` family (values are MessagePack maps):

    key                                value
    flush/settings                     SettingsRecord
    flush/table/<table id, 4 bytes>    FlushHistory
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import msgspec

from kalampg.ids import TableId
from kalampg.jobs.flush_policy import AutoFlushSettings
from kalampg.jobs.job_store import WriteEntries

KEY_PREFIX: Final = b"flush/"
_SETTINGS_KEY: Final = KEY_PREFIX + b"settings"
_TABLE_PREFIX: Final = KEY_PREFIX + b"table/"
_TABLE_ID_BYTES: Final = 4


class FlushHistory(msgspec.Struct, frozen=True):
    """The last flush of a table, and how flushes of it have gone.

    ``anchor_us`` is what the next interval is counted from. An alert is raised when flushes fail
    again and again, and resolved by the next one that does not.
    """

    anchor_us: int | None = None
    last_flush_us: int | None = None
    last_rows: int | None = None
    last_duration_ms: int | None = None
    last_result: str | None = None
    last_error: str | None = None
    flush_count: int = 0
    failures: int = 0
    is_paused: bool = False
    alert_raised_us: int | None = None
    alert_updated_us: int | None = None
    alert_failures: int = 0
    alert_error: str | None = None
    alert_resolved_us: int | None = None


class SettingsRecord(msgspec.Struct, frozen=True):
    """What ALTER FLUSH SETTINGS and PAUSE FLUSH have changed."""

    values: dict[str, int] = {}
    is_paused: bool = False


NO_HISTORY: Final = FlushHistory()
_ENCODER: Final = msgspec.msgpack.Encoder()
_HISTORY_DECODER: Final = msgspec.msgpack.Decoder(FlushHistory)
_SETTINGS_DECODER: Final = msgspec.msgpack.Decoder(SettingsRecord)


class FlushJournal:
    """Histories by table, and the settings. What memory holds, the store holds."""

    def __init__(self, entries: Iterable[tuple[bytes, bytes]], write: WriteEntries) -> None:
        self._write = write
        self._settings = SettingsRecord()
        self._histories: dict[TableId, FlushHistory] = {}
        for key, value in entries:
            if key == _SETTINGS_KEY:
                self._settings = _SETTINGS_DECODER.decode(value)
            elif key.startswith(_TABLE_PREFIX):
                table_id = TableId(int.from_bytes(key[len(_TABLE_PREFIX) :]))
                self._histories[table_id] = _HISTORY_DECODER.decode(value)

    @property
    def settings(self) -> SettingsRecord:
        return self._settings

    def put_settings(self, settings: SettingsRecord) -> None:
        self._write([(_SETTINGS_KEY, _ENCODER.encode(settings))])
        self._settings = settings

    def history(self, table_id: TableId) -> FlushHistory:
        return self._histories.get(table_id, NO_HISTORY)

    def histories(self) -> dict[TableId, FlushHistory]:
        return dict(self._histories)

    def put(self, table_id: TableId, history: FlushHistory) -> None:
        self._write([(_key(table_id), _ENCODER.encode(history))])
        self._histories[table_id] = history

    def forget(self, table_id: TableId) -> None:
        """The table was dropped."""
        if table_id in self._histories:
            self._write([(_key(table_id), None)])
            del self._histories[table_id]


def applied(base: AutoFlushSettings, record: SettingsRecord) -> AutoFlushSettings:
    """The configuration's settings with what was changed since."""
    return replace(base, **record.values)


def _key(table_id: TableId) -> bytes:
    return _TABLE_PREFIX + table_id.to_bytes(_TABLE_ID_BYTES)
