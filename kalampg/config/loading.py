"""From file, environment and command line to a checked configuration.

A value comes from the command line, else from the environment (``KALAMPG_<SECTION>_<KEY>``), else
from the TOML file, else from the default.

Invariants:
    - A loaded ``Config`` holds only values that their kinds allow and that fit together.
    - What is not allowed is a ``ConfigError`` that names source, key and what is allowed.
"""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, TypeAlias

from kalampg.config.kinds import Kind, Number
from kalampg.config.sections import Config, Value

Overrides: TypeAlias = Mapping[tuple[str, str], Value]
# The value of each key that is not left at its default, and where it came from.
_Chosen: TypeAlias = Mapping[tuple[str, str], tuple[Value, str]]
_Given: TypeAlias = Iterator[tuple[tuple[str, str], tuple[Value, str]]]

ENVIRONMENT_PREFIX: Final = "KALAMPG_"


class ConfigError(Exception):
    """A key or value that is not allowed; the message is for the person who wrote it."""


_SECTIONS: Final[Mapping[str, type[Any]]] = {
    section.name: type(section.default) for section in fields(Config)
}
_KINDS: Final[Mapping[tuple[str, str], Kind]] = {
    (name, key.name): key.metadata["kind"]
    for name, section in _SECTIONS.items()
    for key in fields(section)
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One effective value and where it came from."""

    section: str
    key: str
    value: Value
    source: str


def load(
    file: Path | None, environment: Mapping[str, str], command_line: Overrides
) -> tuple[Config, tuple[Setting, ...]]:
    """The configuration of a server, and each value with its source.

    Raises:
        ConfigError: the file cannot be read, a key is unknown, a value is not allowed, or two
            values do not fit together.
    """
    chosen: dict[tuple[str, str], tuple[Value, str]] = {}
    if file is not None:
        chosen.update(_from_file(file))
    chosen.update(_from_environment(environment))
    for (section, key), value in command_line.items():
        source = f"command line option --{key.replace('_', '-')}"
        chosen[section, key] = (_checked(section, key, value, source), source)
    parts = {
        name: section(
            **{key: value for (owner, key), (value, _) in chosen.items() if owner == name}
        )
        for name, section in _SECTIONS.items()
    }
    config = Config(**parts)
    _check_together(config, {place: source for place, (_, source) in chosen.items()})
    return config, tuple(_settings(config, chosen))


def _from_file(file: Path) -> _Given:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as failure:
        reason = failure.strerror if isinstance(failure, OSError) else "it is not UTF-8"
        raise ConfigError(f"{file}: cannot read the configuration: {reason}") from failure
    except tomllib.TOMLDecodeError as failure:
        raise ConfigError(f"{file}: not valid TOML: {failure}") from failure
    for section, keys in document.items():
        if section not in _SECTIONS:
            known = ", ".join(_SECTIONS)
            raise ConfigError(f'{file}: unknown section "{section}"; the sections are: {known}')
        if not isinstance(keys, dict):
            raise ConfigError(f'{file}: "{section}" is a section: write [{section}] above its keys')
        for key, value in keys.items():
            yield (section, key), (_checked(section, key, value, str(file)), str(file))


def _from_environment(
    environment: Mapping[str, str],
) -> _Given:
    """Variables of our sections; others, like Kubernetes' KALAMPG_SERVICE_HOST, are not ours."""
    for variable in sorted(environment):
        prefix, _, rest = variable.partition("_")
        section, _, key = rest.lower().partition("_")
        if prefix + "_" != ENVIRONMENT_PREFIX or section not in _SECTIONS:
            continue
        source = f"environment variable {variable}"
        kind = _kind(section, key, source)
        value = _checked(section, key, kind.parse(environment[variable]), source)
        yield (section, key), (value, source)


def _kind(section: str, key: str, source: str) -> Kind:
    kind = _KINDS.get((section, key))
    if kind is None:
        known = ", ".join(each.name for each in fields(_SECTIONS[section]))
        raise ConfigError(f'{source}: unknown key "{section}.{key}"; [{section}] has: {known}')
    return kind


def _checked(section: str, key: str, value: object, source: str) -> Value:
    kind = _kind(section, key, source)
    if not kind.accepts(value):
        shown = f'"{value}"' if isinstance(value, str) else str(value).lower()
        raise ConfigError(f"{source}: {section}.{key} is {shown}; allowed is {kind.allowed}")
    assert isinstance(value, bool | int | float | str), "every kind accepts scalars only"
    return float(value) if isinstance(kind, Number) else value


def _check_together(config: Config, sources: Mapping[tuple[str, str], str]) -> None:
    server, tls = config.server, config.tls
    if server.authentication == "trust" and not is_loopback(server.host):
        raise ConfigError(
            f'{sources["server", "authentication"]}: server.authentication "trust" needs a loopback'
            f' server.host (127.0.0.1, ::1 or localhost), not "{server.host}"'
        )
    if bool(tls.certificate_file) != bool(tls.key_file):
        given, missing = ("certificate_file", "key_file")
        if tls.key_file:
            given, missing = missing, given
        raise ConfigError(
            f"{sources['tls', given]}: tls.{given} is set; tls.{missing} must be set with it"
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a listener on ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _settings(config: Config, chosen: _Chosen) -> Iterator[Setting]:
    for section, key in _KINDS:
        value = getattr(getattr(config, section), key)
        _, source = chosen.get((section, key), (value, "default"))
        yield Setting(section, key, value, source)
