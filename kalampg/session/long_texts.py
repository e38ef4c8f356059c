"""LongTexts: long statements compiled in a thread of their own, so that others get their turns.

A text of 20 kB takes a compiler 100 ms and more. What the thread has made waits here until the
statement is compiled for good, in the same turn of the session: once, and for nobody else.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeAlias

from kalampg import errors
from kalampg.sql import Compiled, CompileEnv, Compiler

# About 20 ms of compiling; shorter texts are compiled where they are met.
LONG_TEXT_CHARACTERS: Final = 8_192
# A statement that was given up meanwhile leaves its result here; the oldest go.
_RESULTS_MAX: Final = 16

_Key: TypeAlias = tuple[str, tuple[int, ...], tuple[object, ...]]


class LongTexts:
    """What long texts compile to. Used on the event loop; its compiler in its one thread only."""

    def __init__(self) -> None:
        # Long texts seldom come twice: what the compiler remembers helps nobody.
        self._compiler = Compiler(1)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kalampg-compiler")
        self._results: OrderedDict[_Key, Compiled | errors.PgError] = OrderedDict()

    async def compile(self, text: str, param_oids: Sequence[int], env: CompileEnv) -> None:
        """Compile in the thread; ``take`` has the result.

        Cancellation: the thread compiles to the end, for nobody.
        """
        loop = asyncio.get_running_loop()
        key = _key(text, param_oids, env)
        try:
            result: Compiled | errors.PgError = await loop.run_in_executor(
                self._thread, self._compiler.compile, text, param_oids, env
            )
        except errors.PgError as error:
            result = error
        self._results[key] = result
        while len(self._results) > _RESULTS_MAX:
            self._results.popitem(last=False)

    def take(self, text: str, param_oids: Sequence[int], env: CompileEnv) -> Compiled | None:
        """The result, if there is one. Raises what compiling raised."""
        result = self._results.pop(_key(text, param_oids, env), None)
        if isinstance(result, errors.PgError):
            raise result
        return result

    def close(self) -> None:
        """Let the thread end. Idempotent."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def _key(text: str, param_oids: Sequence[int], env: CompileEnv) -> _Key:
    return text, tuple(param_oids), env.key()
