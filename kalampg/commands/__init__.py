"""Statements that kalampg runs itself: DDL, roles, flush and the SHOW family."""

from __future__ import annotations

from kalampg.commands.resolve import creation_namespace
from kalampg.commands.run import run
from kalampg.commands.session_seam import CommandSession, JobControl, StorageControl
from kalampg.commands.temporary import is_temporary_place

__all__ = [
    "CommandSession",
    "JobControl",
    "StorageControl",
    "creation_namespace",
    "is_temporary_place",
    "run",
]
