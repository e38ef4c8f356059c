"""The ``kalampg`` command: arguments to a configuration, and nothing else.

What is wrong with the arguments or the configuration, or keeps the server from starting, is one
line on standard error and exit code 1.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from kalampg import __version__, config

_CONFIG_OPTION = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    help="TOML file; without it the defaults and the environment count.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "--version", prog_name="kalampg", message="%(prog)s %(version)s")
def main() -> None:
    """KalamDB's user tables behind the PostgreSQL wire protocol."""


@main.command()
@_CONFIG_OPTION
@click.option("--data-dir", help="Directory that holds everything; overrides storage.data_dir.")
@click.option("--host", help="Address to listen on; overrides server.host.")
@click.option("--port", type=int, help="TCP port, 0 lets the system choose; overrides server.port.")
def serve(
    config_file: Path | None, data_dir: str | None, host: str | None, port: int | None
) -> None:
    """Run the server until SIGTERM or SIGINT."""
    given: dict[tuple[str, str], config.Value | None] = {
        ("storage", "data_dir"): data_dir,
        ("server", "host"): host,
        ("server", "port"): port,
    }
    overrides = {place: value for place, value in given.items() if value is not None}
    settings, _ = _load(config_file, overrides)
    from kalampg import server  # noqa: PLC0415 - loading DuckDB and Arrow takes a second

    try:
        sys.exit(server.run(settings))
    except server.StartupError as failure:
        _fail(str(failure))


@main.command("check-config")
@_CONFIG_OPTION
def check_config(config_file: Path | None) -> None:
    """Check the configuration and show every value with its source."""
    _, effective = _load(config_file, {})
    section = ""
    for setting in effective:
        if setting.section != section:
            section = setting.section
            click.echo(f"[{section}]")
        value = f'"{setting.value}"' if isinstance(setting.value, str) else setting.value
        shown = str(value).lower() if isinstance(setting.value, bool) else value
        click.echo(f"{setting.key} = {shown}  # {setting.source}")


@main.command("verify")
@_CONFIG_OPTION
@click.option("--data-dir", help="Directory to check; overrides storage.data_dir.")
def verify_data(config_file: Path | None, data_dir: str | None) -> None:
    """Check every object of a data directory that no server uses; exit code 1 if one is wrong."""
    overrides: dict[tuple[str, str], config.Value] = {}
    if data_dir is not None:
        overrides["storage", "data_dir"] = data_dir
    settings, _ = _load(config_file, overrides)
    from kalampg import errors, verification  # noqa: PLC0415 - loading Arrow takes a second

    try:
        sys.exit(verification.verify(settings.data_dir, click.echo))
    except (errors.PgError, OSError) as failure:
        _fail(str(failure))


@main.command("restore")
@_CONFIG_OPTION
@click.option("--from", "place", required=True, help="Path or URI that has the backups.")
@click.option("--backup", "backup_id", help="Which backup; without it the newest.")
@click.option("--data-dir", help="Empty directory to restore into; overrides storage.data_dir.")
@click.option("--storage-config", default="{}", help="JSON: region, endpoint, ...")
@click.option(
    "--credentials",
    envvar="KALAMPG_RESTORE_CREDENTIALS",
    help="JSON; better in $KALAMPG_RESTORE_CREDENTIALS, or where the store's library looks.",
)
def restore_data(
    config_file: Path | None,
    place: str,
    backup_id: str | None,
    data_dir: str | None,
    storage_config: str,
    credentials: str | None,
) -> None:
    """Restore a backup into an empty directory that no server uses."""
    overrides: dict[tuple[str, str], config.Value] = {}
    if data_dir is not None:
        overrides["storage", "data_dir"] = data_dir
    settings, _ = _load(config_file, overrides)
    from kalampg import errors, restoration  # noqa: PLC0415 - loading Arrow takes a second

    try:
        source = restoration.open_place(place, storage_config, credentials)
        restoration.restore(source, backup_id, settings.data_dir, click.echo)
    except (errors.PgError, OSError) as failure:
        _fail(str(failure))


@main.command("demo")
def play_demo() -> None:
    """Play a short chat application of three users on a temporary server."""
    from kalampg import demo  # noqa: PLC0415 - the other commands do not need a client

    sys.exit(demo.run(click.echo))


def _load(
    file: Path | None, overrides: config.Overrides
) -> tuple[config.Config, tuple[config.Setting, ...]]:
    try:
        return config.load(file, os.environ, overrides)
    except config.ConfigError as failure:
        _fail(str(failure))


def _fail(reason: str) -> NoReturn:
    click.echo(f"kalampg: {reason}", err=True)
    sys.exit(1)
