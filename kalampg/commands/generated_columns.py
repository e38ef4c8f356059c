"""Generated columns: what CREATE and ALTER TABLE check of them."""

from __future__ import annotations

from dataclasses import replace

from kalampg import errors
from kalampg.catalog import table_edit
from kalampg.commands.session_seam import CommandSession
from kalampg.relation import Relation
from kalampg.sql.check_expression import plainly_named
from kalampg.sql.column_statements import DropExpression
from kalampg.sql.generation_expression import bind_generation, generated_from
from kalampg.sql.statements import DropColumn


def with_generated(relation: Relation) -> Relation:
    """The relation with its generation expressions as they are kept.

    Raises:
        InvalidObjectDefinition: 42P17. DatatypeMismatch: 42804. FeatureNotSupported: 0A000.
    """
    columns = []
    for column in relation.columns:
        if column.generated is not None:
            try:
                bind_generation(relation, column)
                text = plainly_named(column.generated, relation, {})
            except errors.PgError as refusal:
                refusal.position = None  # It counts from the expression, not from the statement.
                raise
            columns.append(replace(column, generated=text))
        else:
            columns.append(column)
    return replace(relation, columns=tuple(columns))


def drop_generated(action: DropColumn, session: CommandSession, relation: Relation) -> Relation:
    """The relation without the columns that are generated from one which is dropped.

    Raises:
        DependentObjectsStillExist: 2BP01, there are any and the statement does not say CASCADE.
    """
    if relation.position_of(action.name) is None:
        return relation
    found = [each for each in generated_from(relation, action.name) if each.name != action.name]
    if found and not action.cascade:
        raise errors.DependentObjectsStillExist(
            f"cannot drop column {action.name} of table {relation.name} because other objects "
            "depend on it",
            detail="\n".join(
                f"column {each.name} of table {relation.name} depends on column {action.name} "
                f"of table {relation.name}"
                for each in found
            ),
            hint="Use DROP ... CASCADE to drop the dependent objects too.",
        )
    for column in found:
        session.notice(f"drop cascades to column {column.name} of table {relation.name}")
        relation = table_edit.drop_column(relation, column.name)
    return relation


def drop_expression(
    action: DropExpression, session: CommandSession, relation: Relation
) -> Relation:
    """ALTER COLUMN ... DROP EXPRESSION: the column keeps its values.

    Raises:
        ObjectNotInPrerequisiteState: 55000, it is not generated.
    """
    position = table_edit.required_position(relation, action.name)
    column = relation.columns[position]
    if column.generated is None:
        message = (
            f'column "{action.name}" of relation "{relation.name}" is not a stored generated column'
        )
        if not action.if_exists:
            raise errors.ObjectNotInPrerequisiteState(message)
        session.notice(f"{message}, skipping")
        return relation
    return table_edit.with_column(relation, position, replace(column, generated=None))
