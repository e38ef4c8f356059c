"""Names of sequences as regclass reads them, and the functions that take them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kalampg import errors
from kalampg.sql.lexer import TokenKind, tokenize
from kalampg.sql.table_name import TableName
from kalampg.sql.token_stream import TokenStream

# Those whose first argument is a sequence.
OF_SEQUENCE: Final = frozenset({"nextval", "currval", "setval"})
SEQUENCE_FUNCTIONS: Final = OF_SEQUENCE | {"lastval"}


def sequence_name(text: str) -> TableName | int:
    """What a text names: an OID, or a possibly qualified name.

    Raises:
        InvalidName: 42602
    """
    if text.strip().isdecimal():
        return int(text)
    try:
        tokens = TokenStream(text)
        name = tokens.expect_table_name()
        tokens.expect_end()
    except errors.SyntaxError:
        raise errors.InvalidName("invalid name syntax") from None
    return name


def with_oids(default: str, oid_of: Callable[[TableName | int], int]) -> str:
    """A column's default with the OIDs of the sequences that it names, as PostgreSQL keeps it.

    >>> with_oids("nextval('s') + 1", lambda name: 16400)
    "nextval('16400'::regclass) + 1"
    """
    tokens = tokenize(default)
    pieces: list[str] = []
    done = 0
    for place in range(len(tokens) - 3):
        function, opening, name, after = tokens[place : place + 4]
        is_call = function.is_word(*OF_SEQUENCE) and opening.is_symbol("(")
        if not is_call or name.kind is not TokenKind.STRING:
            continue
        end = name.end
        if after.is_symbol("::"):
            if not tokens[place + 4].is_word("regclass"):
                continue  # A text: looked up each time.
            end = tokens[place + 4].end
        pieces += [default[done : name.start], f"'{oid_of(sequence_name(name.value))}'::regclass"]
        done = end
    return "".join([*pieces, default[done:]])
