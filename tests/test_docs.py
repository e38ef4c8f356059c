"""The documentation is true.

Goal: nobody reads an example that does not work, nor misses a setting. Method: the blocks of
docs/sql.md run in their order on one fresh server, through the demo's client, and what it prints is
compared line by line; settings and parameters are looked up in the pages that should name them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.server_process import ROOT_PASSWORD, USER_PASSWORD, ServerProcess
from kalampg.demo.client import Client, ServerError
from kalampg.demo.story import table_lines
from kalampg.session.guc_table import GUCS

TOP = Path(__file__).parents[1]
SQL_PAGE = TOP / "docs" / "sql.md"


@dataclass(frozen=True, slots=True)
class Example:
    """A block of statements, who runs it, and the answer that the page shows (None: no error)."""

    line: int
    role: str
    statements: tuple[str, ...]
    expected: str | None


def _examples(page: str) -> Iterator[Example]:
    blocks = re.compile(
        r"^```sql\n(?P<code>.*?)^```\n(?:\n```text\n(?P<answer>.*?)^```\n)?",
        re.DOTALL | re.MULTILINE,
    )
    for found in blocks.finditer(page):
        code = found["code"]
        named = re.match(r"-- (\w+)\n", code)
        if named is not None:
            code = code[named.end() :]
        parts = re.split(r";[ ]*\n", code)
        assert parts[-1] == "", f"an example ends without a semicolon: {code}"
        line = page.count("\n", 0, found.start()) + 1
        role = named[1] if named else "root"
        yield Example(line, role, tuple(parts[:-1]), found["answer"])


def _answer(client: Client, statement: str) -> Iterator[str]:
    try:
        result = client.query(statement)
    except ServerError as failure:
        yield str(failure)
        for code, title in (("D", "DETAIL"), ("H", "HINT")):
            if code in failure.fields:
                yield f"{title}:  {failure.fields[code]}"
        return
    for notice in result.notices:
        yield f"{notice['S']}:  {notice['M']}"
    if result.columns:
        yield from table_lines(result)
    else:
        yield result.tag


def _is_as_shown(shown: str, printed: str) -> bool:
    """Compare lines; widths of columns may differ, and ``…`` stands for anything."""

    def squeezed(line: str) -> str:
        return re.sub(r"-{2,}", "--", re.sub(r" +", " ", line)).strip()

    pattern = ".*".join(re.escape(part) for part in squeezed(shown).split("…"))
    return re.fullmatch(pattern, squeezed(printed)) is not None


@pytest.mark.slow
def test_examples_of_the_sql_page_answer_what_it_shows(tmp_path: Path) -> None:
    wrong: list[str] = []
    with ServerProcess(tmp_path / "data") as server, ExitStack() as stack:
        clients: dict[str, Client] = {}
        for example in _examples(SQL_PAGE.read_text()):
            if example.role not in clients:
                password = ROOT_PASSWORD if example.role == "root" else USER_PASSWORD
                client = Client("127.0.0.1", server.port, example.role, password, "kalam")
                clients[example.role] = stack.enter_context(client)
            printed = [
                line
                for statement in example.statements
                for line in _answer(clients[example.role], statement)
            ]
            wrong.extend(_differences(example, printed))
    assert not wrong, "\n".join(wrong)


def _differences(example: Example, printed: list[str]) -> Iterator[str]:
    where = f"docs/sql.md:{example.line}"
    if example.expected is None:
        yield from (f"{where}: {line}" for line in printed if line.startswith("ERROR"))
        return
    shown = example.expected.splitlines()
    if len(shown) != len(printed) or not all(map(_is_as_shown, shown, printed)):
        yield f"{where}: the page shows\n{example.expected}but the server answers\n" + "\n".join(
            printed
        )


def test_every_parameter_of_ours_is_documented() -> None:
    page = SQL_PAGE.read_text()
    assert [name for name in GUCS if name.startswith("kalam.") and f"`{name}`" not in page] == []


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(TOP)}: {target}"
        for page in (TOP / "README.md", *TOP.glob("docs/*.md"), *TOP.glob("conformance/*.md"))
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert broken == []
