"""Goal: COPY's two grammars mean the same options. Method: statements by hand, PG 15's errors."""

from __future__ import annotations

import pytest

from kalampg import errors
from kalampg.pgtypes.copy_format import CopyFormat, CopyKind, Header
from kalampg.sql.classify import classify
from kalampg.sql.copy_plan import CopyPlan
from kalampg.sql.statements import TableName

CSV = CopyFormat(CopyKind.CSV, ",", "")


def copy_of(text: str) -> CopyPlan:
    plan = classify(text)
    assert isinstance(plan, CopyPlan)
    return plan


def test_what_is_copied_and_which_way() -> None:
    assert copy_of('COPY s."T" (a, "B") FROM stdin;') == CopyPlan(
        TableName("s", "T"), ("a", "B"), None, 0, True, CopyFormat()
    )
    found = copy_of("copy ( select ')' , (1) ) to stdout")
    assert (found.table, found.query, found.query_offset) == (None, "select ')' , (1)", 7)
    assert not copy_of("copy t to stdin").is_from  # PostgreSQL does not mind either.


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("binary", "(format binary)"),
        ("with csv header", "(format csv, header)"),
        ("csv delimiter as ';' null 'x'", "with (format csv, delimiter ';', null 'x')"),
        ("csv quote '~' escape as '\\'", "(format csv, quote '~', escape '\\')"),
        ("delimiter '|' encoding 'UTF-8'", "(delimiter '|', encoding utf8, header off)"),
        ("csv force quote a, b", "(format csv, force_quote (a, b))"),
        ("csv force quote *", "(format csv, force_quote *)"),
    ],
)
def test_old_and_new_spelling_agree(old: str, new: str) -> None:
    assert copy_of(f"copy t to stdout {old}") == copy_of(f"copy t to stdout {new}")


def test_options_become_a_format() -> None:
    assert copy_of("copy t from stdin csv").format == CSV
    found = copy_of("copy t from stdin (format 'csv', header match, quote '''', delimiter '|')")
    assert found.format == CopyFormat(CopyKind.CSV, "|", "", Header.MATCH, "'", "'")
    found = copy_of("copy t from stdin csv force not null a force null b, c")
    assert (found.force_not_null, found.force_null) == (("a",), ("b", "c"))
    assert copy_of("copy binary t to stdout").format.kind is CopyKind.BINARY


@pytest.mark.parametrize(
    ("text", "sqlstate", "message"),
    [
        ("copy t from '/tmp/x'", "42501", "permission denied to COPY from a file"),
        ("copy t to program 'ls'", "42501", "permission denied to COPY to an external program"),
        ("copy (select 1) from stdin", "42601", 'syntax error at or near "from"'),
        ("copy t from stdin where a > 1", "0A000", "COPY FROM ... WHERE is not supported"),
        ("copy t to stdout (on_error ignore)", "42601", 'option "on_error" not recognized'),
        ("copy t to stdout (header, header)", "42601", "conflicting or redundant options"),
        ("copy t to stdout (format xml)", "22023", 'COPY format "xml" not recognized'),
        ("copy t to stdout (delimiter 'ab')", "0A000",
         "COPY delimiter must be a single one-byte character"),
        ("copy t to stdout (delimiter 'a')", "22023", 'COPY delimiter cannot be "a"'),
        ("copy t to stdout (null E'\\n')", "22023",
         "COPY null representation cannot use newline or carriage return"),
        ("copy t to stdout (quote '~')", "0A000", "COPY quote available only in CSV mode"),
        ("copy t to stdout (header match)", "0A000", 'cannot use "match" with HEADER in COPY TO'),
        ("copy t to stdout (header 3)", "42601", 'header requires a Boolean value or "match"'),
        ("copy t to stdout (format binary, null '')", "42601",
         "cannot specify NULL in BINARY mode"),
        ("copy t to stdout (format binary, header)", "0A000",
         "cannot specify HEADER in BINARY mode"),
        ("copy t to stdout (format csv, force_null (a))", "0A000",
         "COPY force null only available using COPY FROM"),
        ("copy t to stdout (format csv, delimiter '\"')", "22023",
         "COPY delimiter and quote must be different"),
        ("copy t to stdout (encoding latin1)", "0A000",
         'COPY with encoding "latin1" is not supported'),
        ("copy t from stdin (freeze)", "0A000", "COPY FREEZE is not supported"),
    ],
)  # fmt: skip
def test_refused(text: str, sqlstate: str, message: str) -> None:
    with pytest.raises(errors.PgError) as caught:
        classify(text)
    assert (caught.value.sqlstate, caught.value.message) == (sqlstate, message)
