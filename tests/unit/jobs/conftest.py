"""Fixtures of the tests over a real store; they live in ``tests/fix_storage.py``."""

from tests.fix_storage import clock, store

__all__ = ["clock", "store"]
