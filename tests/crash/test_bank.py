"""A bank whose server is killed again and again.

Goal: transfers are all or nothing, for every reader at every time and after every crash, while
accounts move between hot and cold. Method: clients move money between accounts of a shared table in
transactions of different shapes and note each transfer in a ledger; auditors check that the total
never changes; flushes run; the server gets SIGKILL at a random time. Afterwards each balance is
what the ledger says, and the ledger has every acknowledged transfer.
"""

from __future__ import annotations

import contextlib
import random
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import count

import psycopg
import pytest

from conformance.server_process import Connection, ServerProcess
from tests.fix_server import StartServer

pytestmark = [pytest.mark.crash, pytest.mark.slow]

ACCOUNTS = 12
OPENING_BALANCE = 100
TOTAL = ACCOUNTS * OPENING_BALANCE
CRASHES = 3
SECONDS_MIN, SECONDS_MAX = 0.8, 2.0

_TRY_AGAIN = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
_numbers = count(1)


@dataclass(slots=True)
class Bank:
    """The clients of one life of the server."""

    server: ServerProcess
    acknowledged: set[int] = field(default_factory=set)
    wrong_totals: list[object] = field(default_factory=list)
    audits: int = 0

    def work_until_killed(self, seed: int) -> None:
        """Everybody works; the server dies in the midst of it."""
        clients: list[Callable[[], None]] = [
            self._flush,
            self._audit,
            self._audit_twice,
        ]
        clients += [partial(self._transfer, seed * 10 + n) for n in range(4)]
        killer = threading.Timer(
            random.Random(seed).uniform(SECONDS_MIN, SECONDS_MAX),
            lambda: self.server.process.send_signal(signal.SIGKILL),
        )
        with ThreadPoolExecutor(len(clients)) as threads:
            killer.start()
            for task in [threads.submit(client) for client in clients]:
                task.result()

    def _flush(self) -> None:
        with (
            contextlib.suppress(psycopg.OperationalError),
            self.server.connect() as connection,
        ):
            while True:
                connection.execute("FLUSH TABLE accounts")
                connection.execute("SELECT pg_backend_pid()")
                connection.execute("COMPACT TABLE accounts")

    def _audit(self) -> None:
        with (
            contextlib.suppress(psycopg.OperationalError),
            self.server.connect() as connection,
        ):
            while True:
                self._check(connection.execute("SELECT sum(balance), count(*) FROM accounts"))

    def _audit_twice(self) -> None:
        """One REPEATABLE READ transaction sees one total, however it asks."""
        with (
            contextlib.suppress(psycopg.OperationalError),
            self.server.connect() as connection,
        ):
            while True:
                connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                self._check(connection.execute("SELECT sum(balance), count(*) FROM accounts"))
                by_key = 0
                for account in range(ACCOUNTS):
                    row = connection.execute(
                        "SELECT balance FROM accounts WHERE id = %s", (account,)
                    ).fetchone()
                    by_key += row[0] if row is not None else 0
                if by_key != TOTAL:
                    self.wrong_totals.append(("by key", by_key))
                connection.execute("COMMIT")

    def _check(self, answer: psycopg.Cursor[tuple[object, ...]]) -> None:
        row = answer.fetchone()
        self.audits += 1
        if row != (TOTAL, ACCOUNTS):
            self.wrong_totals.append(row)

    def _transfer(self, seed: int) -> None:
        choice = random.Random(seed)
        shapes = (
            _by_key, _by_query, _in_one_statement, _across_savepoint, _moved, _locked, _merged,
            _with_writes,
        )  # fmt: skip
        with (
            contextlib.suppress(psycopg.OperationalError),
            self.server.connect() as connection,
        ):
            while True:
                number = next(_numbers)
                source, target = choice.sample(range(ACCOUNTS), 2)
                amount = choice.randint(1, 5)
                level = choice.choice(("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"))
                connection.execute(f"BEGIN ISOLATION LEVEL {level}".encode())
                try:
                    choice.choice(shapes)(connection, source, target, amount)
                    connection.execute(
                        "INSERT INTO ledger VALUES (%s, %s, %s, %s)",
                        (number, source, target, amount),
                    )
                    connection.execute("COMMIT" if choice.random() < 0.9 else "ROLLBACK")
                except _TRY_AGAIN:
                    connection.execute("ROLLBACK")
                else:
                    if connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
                        self._note(connection, number)

    def _note(self, connection: Connection, number: int) -> None:
        """A transfer is acknowledged when its COMMIT was answered: the ledger shows which were."""
        if connection.execute("SELECT 1 FROM ledger WHERE id = %s", (number,)).fetchone():
            self.acknowledged.add(number)


def _by_key(connection: Connection, source: int, target: int, amount: int) -> None:
    for account, change in ((source, -amount), (target, amount)):
        connection.execute(
            "UPDATE accounts SET balance = balance + %s WHERE id = %s",
            (change, account),
        )


def _by_query(connection: Connection, source: int, target: int, amount: int) -> None:
    for account, change in ((source, -amount), (target, amount)):
        connection.execute(
            "UPDATE accounts SET balance = balance + %s WHERE id + 0 = %s",
            (change, account),
        )


def _in_one_statement(connection: Connection, source: int, target: int, amount: int) -> None:
    connection.execute(
        "UPDATE accounts SET balance = balance + CASE WHEN id = %s THEN -%s ELSE %s END"
        " WHERE id IN (%s, %s)",
        (source, amount, amount, source, target),
    )


def _across_savepoint(connection: Connection, source: int, target: int, amount: int) -> None:
    connection.execute("SAVEPOINT s")
    connection.execute("DELETE FROM accounts WHERE id = %s", (source,))
    connection.execute("UPDATE accounts SET balance = 0 WHERE id = %s", (target,))
    connection.execute("ROLLBACK TO SAVEPOINT s")
    _by_key(connection, source, target, amount)


def _moved(connection: Connection, source: int, target: int, amount: int) -> None:
    """The source is deleted and opened again."""
    row = connection.execute(
        "DELETE FROM accounts WHERE id = %s RETURNING balance", (source,)
    ).fetchone()
    assert row is not None, "accounts are never gone for others"
    connection.execute("INSERT INTO accounts VALUES (%s, %s)", (source, row[0] - amount))
    connection.execute("UPDATE accounts SET balance = balance + %s WHERE id = %s", (amount, target))


def _locked(connection: Connection, source: int, target: int, amount: int) -> None:
    """The client computes the new balances of rows that it has locked."""
    rows = connection.execute(
        "SELECT id, balance FROM accounts WHERE id IN (%s, %s) ORDER BY id FOR UPDATE",
        (source, target),
    ).fetchall()
    for account, balance in rows:
        change = -amount if account == source else amount
        connection.execute(
            "UPDATE accounts SET balance = %s WHERE id = %s", (balance + change, account)
        )


def _merged(connection: Connection, source: int, target: int, amount: int) -> None:
    connection.execute(
        "MERGE INTO accounts a USING (VALUES (%s, %s), (%s, %s)) AS c(id, change) ON a.id = c.id"
        " WHEN MATCHED THEN UPDATE SET balance = a.balance + c.change",
        (source, -amount, target, amount),
    )


def _with_writes(connection: Connection, source: int, target: int, amount: int) -> None:
    connection.execute(
        "WITH taken AS (UPDATE accounts SET balance = balance - %s WHERE id = %s RETURNING id)"
        " UPDATE accounts SET balance = balance + %s FROM taken WHERE accounts.id = %s",
        (amount, source, amount, target),
    )


def _balances_of_the_ledger(connection: Connection) -> list[tuple[int, int]]:
    balances = dict.fromkeys(range(ACCOUNTS), OPENING_BALANCE)
    for source, target, amount in connection.execute("SELECT source, target, amount FROM ledger"):
        balances[source] -= amount
        balances[target] += amount
    return sorted(balances.items())


@pytest.mark.parametrize("seed", [1, 2])
def test_money_is_neither_made_nor_lost(start_server: StartServer, seed: int) -> None:
    acknowledged: set[int] = set()
    audits = 0
    for life in range(CRASHES + 1):
        server = start_server()
        with server.connect() as connection:
            if life == 0:
                connection.execute("CREATE SHARED TABLE accounts (id int PRIMARY KEY, balance int)")
                connection.execute(
                    "CREATE SHARED TABLE ledger"
                    " (id int PRIMARY KEY, source int, target int, amount int)"
                )
                for account in range(ACCOUNTS):
                    connection.execute(
                        "INSERT INTO accounts VALUES (%s, %s)",
                        (account, OPENING_BALANCE),
                    )
            accounts = connection.execute("SELECT * FROM accounts ORDER BY id").fetchall()
            assert accounts == _balances_of_the_ledger(connection)
            kept = {row[0] for row in connection.execute("SELECT id FROM ledger")}
            assert acknowledged <= kept
        if life < CRASHES:
            bank = Bank(server)
            bank.work_until_killed(seed * 100 + life)
            server.stop(signal.SIGKILL)
            assert bank.wrong_totals == []
            acknowledged |= bank.acknowledged
            audits += bank.audits
    assert acknowledged
    assert audits
