"""The functions that wait or signal a backend, in the notation of ``function_table``."""

from __future__ import annotations

from typing import Final

SIGNATURES: Final = """
pg_sleep(float8) void > @session_values
pg_sleep_for(interval) void > @session_values
pg_sleep_until(timestamptz) void > @session_values
pg_cancel_backend(int4) bool > @session_values
pg_terminate_backend(int4) bool > @session_values
pg_terminate_backend(int4, int8) bool > @session_values
"""
BACKEND_FUNCTIONS: Final = frozenset(line.split("(")[0] for line in SIGNATURES.strip().splitlines())
