"""The outcome of a conformance run: agreement by subject, and what is not as ``gaps.toml`` says."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

GAPS: Final = Path(__file__).parent / "gaps.toml"


class Compared(Protocol):
    """One statement on both sides, as ``conformance.run`` compared it."""

    @property
    def subject(self) -> str: ...

    @property
    def statement(self) -> str: ...

    @property
    def differs(self) -> str: ...

    @property
    def sqlstate(self) -> str: ...

    @property
    def same_message(self) -> bool | None: ...


@dataclass(frozen=True, slots=True)
class Gap:
    """A known difference. ``sqlstate`` is what kalampg answers; empty: rows, but other ones."""

    subject: str
    statement: str
    sqlstate: str
    reason: str


def read_gaps() -> dict[tuple[str, str], Gap]:
    entries = tomllib.loads(GAPS.read_text()).get("gap", [])
    return {(entry["subject"], entry["statement"]): Gap(**entry) for entry in entries}


def report(found: Sequence[Compared]) -> bool:
    """Print the table and every statement that is not as listed; whether there is none."""
    gaps = read_gaps()
    faults = [*_unlisted(found, gaps), *_untrue(found, gaps)]
    for subject, statement, fault in faults:
        print(f"{subject}: {statement}\n    {fault}")
    for line in table(found):
        print(line)
    print(f"{len(gaps)} gaps listed, {len(faults)} statements not as listed")
    return not faults


def table(found: Iterable[Compared]) -> Iterator[str]:
    """Agreement by subject as a table in Markdown."""
    subjects: dict[str, list[Compared]] = {}
    for compared in found:
        subjects.setdefault(compared.subject, []).append(compared)
    everything = [compared for each in subjects.values() for compared in each]
    yield "| Subject | Statements | Agree | | Same message, of errors that agree |"
    yield "|---|---:|---:|---:|---:|"
    for subject, each in (*subjects.items(), ("**all**", everything)):
        agreed = sum(not compared.differs for compared in each)
        messages = [compared.same_message for compared in each if compared.same_message is not None]
        share = 100 * agreed / len(each) if each else 100.0
        said = f"{sum(messages)} of {len(messages)}" if messages else ""
        yield f"| {subject} | {len(each)} | {agreed} | {share:.1f} % | {said} |"


def _unlisted(
    found: Iterable[Compared], gaps: Mapping[tuple[str, str], Gap]
) -> Iterator[tuple[str, str, str]]:
    for compared in found:
        gap = gaps.get((compared.subject, compared.statement))
        if compared.differs and gap is None:
            yield compared.subject, compared.statement, compared.differs
        elif compared.differs and gap is not None and gap.sqlstate != compared.sqlstate:
            answered = compared.sqlstate or "rows"
            yield (
                compared.subject,
                compared.statement,
                f"answers {answered}, {GAPS.name} says {gap.sqlstate or 'rows'}",
            )


def _untrue(
    found: Iterable[Compared], gaps: Mapping[tuple[str, str], Gap]
) -> Iterator[tuple[str, str, str]]:
    differing = {(compared.subject, compared.statement) for compared in found if compared.differs}
    subjects = {compared.subject for compared in found}
    for subject, statement in gaps:
        if subject in subjects and (subject, statement) not in differing:
            yield subject, statement, f"agrees or is in no file: remove it from {GAPS.name}"
