"""What exists: namespaces, tables, roles, and the relations that the server computes."""

from __future__ import annotations

from kalampg.catalog.bootstrap import bootstrap
from kalampg.catalog.catalog import Catalog, load, rows_of
from kalampg.catalog.computed import CatalogView
from kalampg.catalog.edit import CatalogEdit
from kalampg.catalog.holder import CatalogHolder
from kalampg.catalog.objects import Departure, Namespace, Role, RoleClass, StorageMode
from kalampg.catalog.storage_edit import storage_for

__all__ = [
    "Catalog",
    "CatalogEdit",
    "CatalogHolder",
    "CatalogView",
    "Departure",
    "Namespace",
    "Role",
    "RoleClass",
    "StorageMode",
    "bootstrap",
    "load",
    "rows_of",
    "storage_for",
]
