"""The functions that only the engine can call: they wait, or have effects beyond their query."""

from __future__ import annotations

from typing import Final

from kalampg.sql.advisory_functions import ADVISORY_NAMES
from kalampg.sql.backend_functions import BACKEND_FUNCTIONS
from kalampg.sql.sequence_names import SEQUENCE_FUNCTIONS

ENGINE_FUNCTIONS: Final = SEQUENCE_FUNCTIONS | ADVISORY_NAMES | BACKEND_FUNCTIONS
