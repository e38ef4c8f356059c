"""Run-time parameters: what they accept, and what a transaction's end does to them.

Goal: PostgreSQL's canonical values and errors, and its rules for SET, SET LOCAL and ROLLBACK.
Method: tables of values that PostgreSQL 15 shows, and a state machine against a stack of
dictionaries.
"""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kalampg import errors
from kalampg.session.guc import GucStore
from kalampg.session.guc_checks import milliseconds
from kalampg.session.guc_table import search_path_of


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        pytest.param("extra_float_digits", "3", "3", id="integer"),
        pytest.param("statement_timeout", "1500", "1500ms", id="duration-without-a-unit-is-ms"),
        pytest.param("statement_timeout", "60000", "1min", id="duration-in-the-largest-unit"),
        pytest.param("statement_timeout", "90s", "90s", id="duration-that-no-larger-unit-divides"),
        pytest.param("statement_timeout", "0", "0", id="duration-off"),
        pytest.param("jit", "FALSE", "off", id="boolean-word"),
        pytest.param("datestyle", "iso, dmy", "ISO, DMY", id="date-style"),
        pytest.param("DateStyle", "ISO", "ISO, MDY", id="date-style-without-an-order"),
        pytest.param("timezone", "europe/berlin", "Europe/Berlin", id="time-zone-in-any-case"),
        pytest.param("client_encoding", "utf-8", "UTF8", id="encoding"),
        pytest.param("application_name", "caf\u00e9", "caf?", id="application-name-is-ascii"),
        pytest.param("bytea_output", "ESCAPE", "escape", id="choice-in-any-case"),
    ],
)
def test_shows_the_canonical_value(name: str, value: str, shown: str) -> None:
    store = GucStore({})
    store.set(name, value)
    assert store.show(name) == shown


@pytest.mark.parametrize(
    ("name", "value", "sqlstate"),
    [
        pytest.param("no_such_thing", "1", "42704", id="unknown"),
        pytest.param("server_version", "16", "55P02", id="fixed"),
        pytest.param("extra_float_digits", "9", "22023", id="out-of-range"),
        pytest.param("statement_timeout", "1 fortnight", "22023", id="unit"),
        pytest.param("timezone", "Mars/Olympus", "22023", id="time-zone"),
        pytest.param("bytea_output", "base64", "22023", id="choice"),
        pytest.param("jit", "perhaps", "22023", id="boolean"),
        pytest.param("client_encoding", "latin1", "22023", id="encoding"),
        pytest.param("standard_conforming_strings", "off", "0A000", id="not-supported"),
        pytest.param("datestyle", "german, iso", "22023", id="date-styles-that-conflict"),
    ],
)
def test_refuses_with_postgresqls_condition(name: str, value: str, sqlstate: str) -> None:
    store = GucStore({})
    with pytest.raises(errors.PgError) as refusal:
        store.set(name, value)
    assert refusal.value.sqlstate == sqlstate


def test_reports_a_change_once() -> None:
    store = GucStore({})
    store.set("timezone", "Asia/Tokyo")
    store.set("search_path", "a")
    assert store.take_changed() == [("TimeZone", "Asia/Tokyo")]
    assert store.take_changed() == []


def test_reset_goes_back_to_what_the_client_started_with() -> None:
    store = GucStore({})
    store.start_default("search_path", "app")
    store.set("search_path", "other")
    store.set("search_path", None)
    assert store.show("search_path") == "app"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        pytest.param('"$user", public', ("alice", "public"), id="default"),
        pytest.param("App , Two", ("app", "two"), id="folded-and-trimmed"),
        pytest.param('"A,b", "q""q"', ("A,b", 'q"q'), id="quoted"),
        pytest.param("", (), id="empty"),
    ],
)
def test_search_path_names_schemas(value: str, path: tuple[str, ...]) -> None:
    assert search_path_of(value, "alice") == path


@pytest.mark.parametrize(("value", "expected"), [("0", 0), ("2s", 2000), ("3min", 180_000)])
def test_durations_are_milliseconds(value: str, expected: int) -> None:
    assert milliseconds(value) == expected


class GucMachine(RuleBasedStateMachine):
    """The model keeps the session's value and the visible one, and copies at BEGIN."""

    def __init__(self) -> None:
        super().__init__()
        self.store = GucStore({})
        self.visible = self.session = self.before = "1"
        self.in_transaction = False

    @rule(value=st.sampled_from(["0", "1", "2", "3"]))
    def set_value(self, value: str) -> None:
        self.store.set("extra_float_digits", value)
        self.visible = self.session = value
        if not self.in_transaction:
            self.store.commit()

    @precondition(lambda self: self.in_transaction)
    @rule(value=st.sampled_from(["0", "1", "2", "3"]))
    def set_local(self, value: str) -> None:
        self.store.set("extra_float_digits", value, is_local=True)
        self.visible = value

    @precondition(lambda self: not self.in_transaction)
    @rule()
    def begin(self) -> None:
        self.store.begin()
        self.in_transaction = True
        self.before = self.session = self.visible

    @precondition(lambda self: self.in_transaction)
    @rule()
    def commit(self) -> None:
        self.store.commit()
        self.in_transaction = False
        self.visible = self.session

    @precondition(lambda self: self.in_transaction)
    @rule()
    def roll_back(self) -> None:
        self.store.rollback()
        self.in_transaction = False
        self.visible = self.session = self.before

    @invariant()
    def shows_the_models_value(self) -> None:
        assert self.store.show("extra_float_digits") == self.visible


TestGucMachine = GucMachine.TestCase


def test_a_clients_own_parameters_are_bounded() -> None:
    store = GucStore({}, customs_max=2)
    store.set("app.a", "1")
    store.set("app.b", "2")
    store.set("app.a", "3")
    with pytest.raises(errors.ConfigurationLimitExceeded):
        store.set("app.c", "4")
    assert (store.show("APP.A"), store.show("app.b")) == ("3", "2")
    with pytest.raises(errors.UndefinedObject):
        store.show("app.c")
