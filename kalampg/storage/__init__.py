"""Rows, segments, manifest and snapshots of one data directory: the front door of the layer.

Read ``manifest.py`` and ``store.py`` first. Key and row formats are ``keys.py`` and ``rows.py``.
"""

from kalampg.storage.batch import WriteBatch
from kalampg.storage.cold import ColdCache, ColdRow, LoadedSegment, NotLoaded
from kalampg.storage.credentials import CredentialVault
from kalampg.storage.durability import DurabilityGate, DurabilitySettings
from kalampg.storage.flush import FlushResult, FlushSettings, flush_scope
from kalampg.storage.fsspec_store import RequestLimits
from kalampg.storage.keys import Scope, decode_key, encode_key, key_encoder, prefix_end
from kalampg.storage.manifest import ScopeManifest
from kalampg.storage.object_stores import ObjectStores
from kalampg.storage.rows import RowCodec, StoredRow
from kalampg.storage.segment import Segment
from kalampg.storage.snapshot import Snapshot
from kalampg.storage.storage_check import StorageHealth
from kalampg.storage.storage_definition import Storage
from kalampg.storage.storage_operations import StorageOperations
from kalampg.storage.store import Store
from kalampg.storage.store_settings import StoreSettings
from kalampg.storage.verify import Finding
from kalampg.storage.verify_table import TableReport, verify_directory, verify_table

__all__ = [
    "ColdCache",
    "ColdRow",
    "CredentialVault",
    "DurabilityGate",
    "DurabilitySettings",
    "Finding",
    "FlushResult",
    "FlushSettings",
    "LoadedSegment",
    "NotLoaded",
    "ObjectStores",
    "RequestLimits",
    "RowCodec",
    "Scope",
    "ScopeManifest",
    "Segment",
    "Snapshot",
    "Storage",
    "StorageHealth",
    "StorageOperations",
    "Store",
    "StoreSettings",
    "StoredRow",
    "TableReport",
    "WriteBatch",
    "decode_key",
    "encode_key",
    "flush_scope",
    "key_encoder",
    "prefix_end",
    "verify_directory",
    "verify_table",
]
