"""Configuration: sources, precedence, refusals.

Goal: a server never starts with a setting that its writer did not mean. Method: small TOML files
and environments, messages asserted; the shipped file compared with the code key by key.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict, fields
from pathlib import Path

import pytest

from kalampg import config
from kalampg.config import Config, ConfigError

SHIPPED = Path(__file__).parents[2] / "config" / "kalampg.toml"


def _load(
    file: Path | None = None,
    environment: dict[str, str] | None = None,
    command_line: dict[tuple[str, str], config.Value] | None = None,
) -> Config:
    return config.load(file, environment or {}, command_line or {})[0]


def _file(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "k.toml"
    file.write_text(text)
    return file


def test_shipped_file_holds_every_key_with_its_default_in_the_order_of_the_code() -> None:
    shipped = tomllib.loads(SHIPPED.read_text())
    assert shipped == asdict(Config())
    for section in fields(Config):
        assert list(shipped[section.name]) == list(asdict(Config())[section.name])


def test_shipped_file_explains_every_key_on_its_line() -> None:
    lines = [line for line in SHIPPED.read_text().splitlines() if re.match(r"\w+ = ", line)]
    assert [line for line in lines if not re.search(r"  # \S", line)] == []


def test_shipped_file_loads_to_the_defaults() -> None:
    assert _load(SHIPPED) == Config()


def test_nothing_given_means_the_defaults() -> None:
    assert _load() == Config()


def test_command_line_beats_environment_beats_file(tmp_path: Path) -> None:
    file = _file(tmp_path, '[server]\nport = 1\nhost = "::1"\nmax_connections = 7\n')
    environment = {"KALAMPG_SERVER_PORT": "2", "KALAMPG_SERVER_HOST": "localhost"}
    loaded, effective = config.load(file, environment, {("server", "port"): 3})
    assert loaded.server.port == 3
    assert loaded.server.host == "localhost"
    assert loaded.server.max_connections == 7
    sources = {s.key: s.source for s in effective if s.section == "server"}
    assert sources["port"] == "command line option --port"
    assert sources["host"] == "environment variable KALAMPG_SERVER_HOST"
    assert sources["max_connections"] == str(file)
    assert sources["authentication"] == "default"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "[server]\nprot = 1\n", 'unknown key "server.prot"; [server] has: host, ', id="key"
        ),
        pytest.param(
            "[sever]\n", 'unknown section "sever"; the sections are: server,', id="section"
        ),
        pytest.param("port = 1\n", 'unknown section "port"', id="key-without-section"),
        pytest.param("server = 1\n", '"server" is a section', id="section-as-key"),
        pytest.param(
            "[server]\nport = 65536\n",
            "server.port is 65536; allowed is a whole number from 0 to 65535",
            id="too-large",
        ),
        pytest.param("[server]\nport = true\n", "server.port is true; allowed is", id="bool"),
        pytest.param('[server]\nport = "1"\n', 'server.port is "1"; allowed is', id="text"),
        pytest.param("[server]\nport = 1.5\n", "server.port is 1.5; allowed is", id="float"),
        pytest.param('[server]\nhost = ""\n', "a string that is not empty", id="empty-host"),
        pytest.param(
            "[server]\nshutdown_grace_seconds = nan\n", "a number from 0 to 86400", id="nan"
        ),
        pytest.param("[tls]\nenabled = 1\n", "allowed is true or false", id="int-as-bool"),
        pytest.param(
            '[server]\nauthentication = "md5"\n',
            'is "md5"; allowed is one of "scram-sha-256", "trust"',
            id="choice",
        ),
        pytest.param("[flush]\nnode_id = 1024\n", "flush.node_id is 1024", id="node"),
        pytest.param("[server\n", "not valid TOML", id="syntax"),
    ],
)
def test_a_bad_file_is_named_with_key_and_what_is_allowed(
    tmp_path: Path, text: str, message: str
) -> None:
    file = _file(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        _load(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert message in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"missing\.toml: cannot read the configuration: No such"):
        _load(tmp_path / "missing.toml")


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    file = tmp_path / "k.toml"
    file.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="it is not UTF-8"):
        _load(file)


def test_environment_words_become_typed_values() -> None:
    loaded = _load(
        environment={
            "KALAMPG_TLS_ENABLED": "False",
            "KALAMPG_SERVER_SHUTDOWN_GRACE_SECONDS": "0.5",
            "KALAMPG_CACHE_HOT_BYTES": " 0 ",
            "KALAMPG_LOGGING_LEVEL": "debug",
        }
    )
    assert loaded.tls.enabled is False
    assert loaded.server.shutdown_grace_seconds == 0.5
    assert loaded.cache.hot_bytes == 0
    assert loaded.logging.level == "debug"


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("KALAMPG_SERVER_PROT", "1", 'unknown key "server.prot"'),
        ("KALAMPG_SERVER_PORT", "many", 'server.port is "many"; allowed is a whole number'),
        ("KALAMPG_TLS_ENABLED", "1", 'tls.enabled is "1"; allowed is true or false'),
        ("KALAMPG_SERVER_SHUTDOWN_GRACE_SECONDS", "x", "a number from 0 to 86400"),
    ],
    ids=["unknown", "integer", "flag", "number"],
)
def test_a_bad_environment_variable_is_named(variable: str, value: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _load(environment={variable: value})
    assert str(caught.value).startswith(f"environment variable {variable}: ")
    assert message in str(caught.value)


def test_variables_that_orchestrators_set_are_not_ours() -> None:
    environment = {
        "KALAMPG_SERVICE_HOST": "10.0.0.1",
        "KALAMPG_PORT": "tcp://10.0.0.1:5433",
        "KALAMPG_ROOT_PASSWORD": "secret",
        "PATH": "/bin",
    }
    assert _load(environment=environment) == Config()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_trust_is_for_loopback(host: str) -> None:
    environment = {"KALAMPG_SERVER_AUTHENTICATION": "trust", "KALAMPG_SERVER_HOST": host}
    assert _load(environment=environment).server.authentication == "trust"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.org"])
def test_trust_elsewhere_is_refused(host: str) -> None:
    environment = {"KALAMPG_SERVER_AUTHENTICATION": "trust"}
    with pytest.raises(ConfigError, match="needs a loopback"):
        _load(environment=environment, command_line={("server", "host"): host})


@pytest.mark.parametrize("given", ["certificate_file", "key_file"])
def test_certificate_and_key_come_together(tmp_path: Path, given: str) -> None:
    file = _file(tmp_path, f'[tls]\n{given} = "x.pem"\n')
    with pytest.raises(ConfigError, match=rf"k\.toml: tls\.{given} is set; tls\.\w+ must be set"):
        _load(file)
