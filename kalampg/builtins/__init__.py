"""PostgreSQL's functions that neither DuckDB nor a macro has, in Python. PURE.

``engine.duck`` gives them to DuckDB; ``sql.function_table`` and the rewrite rules name them. They
cost about 0.2 us a call beside what they compute and hold the interpreter's lock, so what many
rows need belongs into a rewrite or a macro where one has the same meaning.
"""

from kalampg.builtins.builtin import Builtin
from kalampg.builtins.table import BUILTINS

__all__ = ["BUILTINS", "Builtin"]
