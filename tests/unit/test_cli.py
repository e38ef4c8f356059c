"""The command line: what it prints and its exit codes.

Goal: a person who makes a mistake reads one line that names it. Method: the real commands through
click's runner; commands that start a server are in tests/integration.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from kalampg import __version__
from kalampg.cli import main

ROOT = Path(__file__).parents[2]


def test_version_is_that_of_the_package() -> None:
    result = CliRunner().invoke(main, ["--version"])
    assert (result.exit_code, result.output) == (0, f"kalampg {__version__}\n")
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == __version__


def test_check_config_shows_values_and_sources() -> None:
    environment = {"KALAMPG_SERVER_PORT": "6000"}
    result = CliRunner().invoke(main, ["check-config"], env=environment)
    assert result.exit_code == 0
    assert "port = 6000  # environment variable KALAMPG_SERVER_PORT\n" in result.output
    assert 'data_dir = "./data"  # default\n' in result.output
    assert "enabled = true  # default\n" in result.output


def test_what_check_config_shows_is_a_configuration(tmp_path: Path) -> None:
    shown = CliRunner().invoke(main, ["check-config"]).output
    copy = tmp_path / "copy.toml"
    copy.write_text(shown)
    again = CliRunner().invoke(main, ["check-config", "--config", str(copy)])
    assert again.exit_code == 0
    assert tomllib.loads(again.output) == tomllib.loads(shown)


@pytest.mark.parametrize("command", ["check-config", "serve"])
def test_a_bad_configuration_is_one_line_and_exit_code_1(tmp_path: Path, command: str) -> None:
    file = tmp_path / "k.toml"
    file.write_text("[server]\nport = 99999\n")
    result = CliRunner().invoke(main, [command, "--config", str(file)])
    assert result.exit_code == 1
    expected = "server.port is 99999; allowed is a whole number from 0 to 65535"
    assert result.stderr == f"kalampg: {file}: {expected}\n"


def test_a_bad_option_is_named() -> None:
    result = CliRunner().invoke(main, ["serve", "--port", "70000"])
    assert result.exit_code == 1
    assert "command line option --port: server.port is 70000" in result.stderr
