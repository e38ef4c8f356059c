"""The statements about objects of a schema other than tables."""

from __future__ import annotations

from typing import TypeAlias

from kalampg.sql.comment_statement import Comment
from kalampg.sql.domain_statements import AlterDomain, CreateDomain, DropDomain
from kalampg.sql.sequence_statements import AlterSequence, CreateSequence, DropSequence
from kalampg.sql.table_as import CreateTableAs
from kalampg.sql.type_statements import (
    AddEnumValue,
    CreateEnum,
    DropType,
    RenameEnumValue,
    RenameType,
)
from kalampg.sql.view_statements import AlterView, CreateView, DropView

SchemaStatement: TypeAlias = (
    Comment
    | CreateTableAs
    | CreateSequence
    | AlterSequence
    | DropSequence
    | CreateView
    | AlterView
    | DropView
    | CreateEnum
    | AddEnumValue
    | RenameEnumValue
    | RenameType
    | DropType
    | CreateDomain
    | AlterDomain
    | DropDomain
)
