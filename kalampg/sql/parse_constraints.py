"""CHECK, UNIQUE and FOREIGN KEY, of a column or of the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kalampg import errors
from kalampg.constraint import MatchType, ReferenceAction
from kalampg.sql.constraint_statements import (
    AlterConstraint,
    CheckDefinition,
    ConstraintDefinition,
    ForeignKeyDefinition,
    IndexConstraintDefinition,
    UniqueDefinition,
)
from kalampg.sql.statements import TableName
from kalampg.sql.token_stream import TokenStream

# What a constraint begins with that is parsed here.
CONSTRAINT_WORDS: Final = ("check", "unique", "references", "foreign", "exclude")


@dataclass(slots=True)
class _Attributes:
    """What may follow any constraint, in any order."""

    is_deferrable: bool = False
    is_deferred: bool = False
    is_validated: bool = True


def parse_constraint(
    tokens: TokenStream, name: str | None, column_name: str | None = None
) -> ConstraintDefinition:
    """One constraint, from its first word on; ``column_name`` is set for a column's own."""
    if tokens.take_words("check"):
        return _check(tokens, name)
    if tokens.take_words("unique"):
        return _unique(tokens, name, column_name)
    if column_name is None and tokens.take_words("foreign"):
        tokens.expect_words("key")
        columns = column_list(tokens)
        return _reference(tokens, name, columns)
    if column_name is not None and tokens.current.is_word("references"):
        return _reference(tokens, name, (column_name,))
    if tokens.current.is_word("exclude"):
        raise errors.FeatureNotSupported(
            "exclusion constraints are not supported",
            hint="UNIQUE constraints are.",
            position=tokens.position,
        )
    raise tokens.syntax_error()


def column_list(tokens: TokenStream) -> tuple[str, ...]:
    """``(a, b, ...)``."""
    tokens.expect_symbol("(")
    names = [tokens.expect_name()]
    while tokens.take_symbol(","):
        names.append(tokens.expect_name())
    tokens.expect_symbol(")")
    return tuple(names)


def parse_nulls_distinct(tokens: TokenStream) -> bool:
    """NULLS [NOT] DISTINCT: whether NULLs count as equal."""
    if not tokens.take_words("nulls"):
        return False
    nulls_not_distinct = tokens.take_words("not")
    tokens.expect_words("distinct")
    return nulls_not_distinct


def skip_storage_options(tokens: TokenStream) -> None:
    """WITH and TABLESPACE say how PostgreSQL stores an index; nothing here depends on it."""
    if tokens.take_words("with"):
        tokens.expect_symbol("(")
        tokens.skip_expression()
        while tokens.take_symbol(","):
            tokens.skip_expression()
        tokens.expect_symbol(")")
    if tokens.take_words("tablespace"):
        tokens.expect_name()


def _check(tokens: TokenStream, name: str | None) -> CheckDefinition:
    tokens.expect_symbol("(")
    position = tokens.position
    expression = tokens.skip_expression()
    tokens.expect_symbol(")")
    no_inherit = tokens.take_words("no", "inherit")
    attributes = _attributes(tokens)
    no_inherit = tokens.take_words("no", "inherit") or no_inherit
    if attributes.is_deferrable:
        raise errors.FeatureNotSupported("CHECK constraints cannot be marked DEFERRABLE")
    return CheckDefinition(name, expression, position, attributes.is_validated, no_inherit)


def _unique(
    tokens: TokenStream, name: str | None, column_name: str | None
) -> UniqueDefinition | IndexConstraintDefinition:
    if column_name is None and tokens.take_words("using", "index"):
        index = tokens.expect_name()
        attributes = _attributes(tokens)
        return IndexConstraintDefinition(name, index, attributes.is_deferrable)
    nulls_not_distinct = parse_nulls_distinct(tokens)
    columns = (column_name,) if column_name is not None else column_list(tokens)
    included = column_list(tokens) if tokens.take_words("include") else ()
    skip_storage_options(tokens)
    if tokens.take_words("using", "index"):
        skip_storage_options(tokens)
    attributes = _attributes(tokens)
    if not attributes.is_validated:
        raise errors.FeatureNotSupported("UNIQUE constraints cannot be marked NOT VALID")
    return UniqueDefinition(
        name,
        columns,
        nulls_not_distinct,
        included,
        attributes.is_deferrable,
        attributes.is_deferred,
    )


def _reference(
    tokens: TokenStream, name: str | None, columns: tuple[str, ...]
) -> ForeignKeyDefinition:
    tokens.expect_words("references")
    table: TableName = tokens.expect_table_name()
    referenced = column_list(tokens) if tokens.current.is_symbol("(") else ()
    match = MatchType.SIMPLE
    if tokens.take_words("match"):
        word = tokens.take_one_of("full", "simple", "partial")
        if word is None:
            raise tokens.syntax_error()
        if word == "partial":
            raise errors.FeatureNotSupported(
                "MATCH PARTIAL not yet implemented", hint="Use MATCH SIMPLE or MATCH FULL."
            )
        match = MatchType.FULL if word == "full" else MatchType.SIMPLE
    actions = {"delete": ReferenceAction.NO_ACTION, "update": ReferenceAction.NO_ACTION}
    set_columns: tuple[str, ...] = ()
    while tokens.take_words("on"):
        event = tokens.take_one_of("delete", "update")
        if event is None:
            raise tokens.syntax_error()
        actions[event] = action = _action(tokens)
        sets = action in {ReferenceAction.SET_NULL, ReferenceAction.SET_DEFAULT}
        if sets and tokens.current.is_symbol("("):
            if event == "update":
                raise errors.FeatureNotSupported(
                    "a column list with SET NULL is only supported for ON DELETE actions"
                )
            set_columns = column_list(tokens)
    attributes = _attributes(tokens)
    return ForeignKeyDefinition(
        name,
        columns,
        table,
        referenced,
        match,
        actions["delete"],
        actions["update"],
        set_columns,
        attributes.is_deferrable,
        attributes.is_deferred,
        attributes.is_validated,
    )


def _action(tokens: TokenStream) -> ReferenceAction:
    if tokens.take_words("no", "action"):
        return ReferenceAction.NO_ACTION
    if tokens.take_words("restrict"):
        return ReferenceAction.RESTRICT
    if tokens.take_words("cascade"):
        return ReferenceAction.CASCADE
    if tokens.take_words("set", "null"):
        return ReferenceAction.SET_NULL
    if tokens.take_words("set", "default"):
        return ReferenceAction.SET_DEFAULT
    raise tokens.syntax_error()


def parse_alter_constraint(tokens: TokenStream) -> AlterConstraint:
    """The rest of ALTER CONSTRAINT."""
    name = tokens.expect_name()
    attributes = _attributes(tokens)
    return AlterConstraint(name, attributes.is_deferrable, attributes.is_deferred)


def _attributes(tokens: TokenStream) -> _Attributes:
    """[NOT] DEFERRABLE, INITIALLY ..., NOT VALID."""
    found = _Attributes()
    is_refused = False
    while True:
        if tokens.take_words("deferrable"):
            found.is_deferrable = True
        elif tokens.take_words("not", "deferrable"):
            is_refused = True
        elif tokens.take_words("initially", "deferred"):
            found.is_deferred = found.is_deferrable = True
        elif tokens.take_words("initially"):
            tokens.expect_words("immediate")
        elif tokens.take_words("not", "valid"):
            found.is_validated = False
        else:
            break
    if is_refused and found.is_deferred:
        raise errors.SyntaxError("constraint declared INITIALLY DEFERRED must be DEFERRABLE")
    return found
