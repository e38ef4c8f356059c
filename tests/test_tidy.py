"""Properties of the code itself, checked by reading it.

Goal: rules that no linter knows. Method: parse every module once, collect every offence, and
report them together.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from kalampg.config import Config

TOP = Path(__file__).parents[1]
PACKAGE = TOP / "kalampg"
MODULE_LINES_MAX = 400
TEST_MODULE_LINES_MAX = 800
FUNCTION_LINES_MAX = 60
BANNED_MODULE_NAMES = {"utils", "helpers", "common", "misc", "base", "manager", "core"}
# Ratchet: entries may be lowered or removed, never raised or added.
LONG_MODULES: dict[str, int] = {}
LONG_FUNCTIONS: dict[str, int] = {}
ONLY_IMPORTERS = {
    "duckdb": {"engine/duck.py"},
    "rocksdict": {"storage/rocks.py"},
    "pyarrow.parquet": {"storage/segments.py"},
}


def _modules(folder: Path) -> Iterator[tuple[str, str, ast.Module]]:
    for path in sorted(folder.rglob("*.py")):
        source = path.read_text()
        yield path.relative_to(folder).as_posix(), source, ast.parse(source)


def test_tree_is_tidy() -> None:
    offences: list[str] = []
    for name, source, tree in _modules(PACKAGE):
        if source.count("\n") > LONG_MODULES.get(name, MODULE_LINES_MAX):
            offences.append(f"{name}: too long")
        if Path(name).stem in BANNED_MODULE_NAMES:
            offences.append(f"{name}: name a module after what it defines")
        if not ast.get_docstring(tree):
            offences.append(f"{name}: no module docstring")
        offences.extend(_long_functions(name, tree))
        offences.extend(_foreign_imports(name, tree))
    assert not offences, "\n".join(offences)


def test_tests_say_their_goal_and_use_no_classes_but_machines() -> None:
    offences: list[str] = []
    for name, source, tree in _modules(TOP / "tests"):
        if source.count("\n") > TEST_MODULE_LINES_MAX:
            offences.append(f"{name}: too long")
        if not ast.get_docstring(tree):
            offences.append(f"{name}: no module docstring")
        offences.extend(
            f"{name}:{node.lineno}: tests are functions"
            for node in tree.body
            if isinstance(node, ast.ClassDef)
            and node.name.startswith("Test")
            and not any("TestCase" in ast.unparse(base) for base in node.bases)
        )
        offences.extend(
            f"{name}: {banned}"
            for banned in ("time.sleep(", "unittest.mock")
            if banned in source and name != "test_tidy.py"
        )
    assert not offences, "\n".join(offences)


def _long_functions(name: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONG_FUNCTIONS.get(f"{name}:{node.name}", FUNCTION_LINES_MAX):
                yield f"{name}:{node.lineno}: {node.name} has {length} lines"


def _foreign_imports(name: str, tree: ast.Module) -> Iterator[str]:
    """Each foreign library with a quarantine has one importer, however the import is written."""
    for node in ast.walk(tree):
        imported: list[str] = []
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for library, importers in ONLY_IMPORTERS.items():
            if name not in importers and any(
                each == library or each.startswith(library + ".") for each in imported
            ):
                yield f"{name}:{getattr(node, 'lineno', 0)}: only {importers} import {library}"


def test_constraints_are_the_lower_bounds_of_the_project() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    bounds = {re.sub(r"\[.*\]", "", each).replace(">=", "==") for each in project["dependencies"]}
    written = (TOP / "tests" / "constraints.txt").read_text().splitlines()
    assert {line for line in written if not line.startswith("#")} == bounds


def test_every_setting_is_passed_to_what_it_sets() -> None:
    """A key that nobody reads would be a promise without a keeper."""
    readers = ("server.py", "server_settings.py", "config/sections.py")
    composition = "".join((PACKAGE / reader).read_text() for reader in readers)
    unused = [
        f"{section.name}.{key.name}"
        for section in fields(Config)
        for key in fields(getattr(Config(), section.name))
        if not re.search(rf"\.{key.name}\b", composition)
    ]
    assert unused == []
