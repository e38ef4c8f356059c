"""What clients see when something is wrong: one class per PostgreSQL condition that we raise.

Class names are PostgreSQL's condition names, as psycopg spells them. Messages follow PostgreSQL's
error message style: primary short, lower case, no full stop; detail and hint are sentences.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

Severity: TypeAlias = Literal["ERROR", "FATAL", "PANIC"]


class PgError(Exception):
    """Base of all conditions; raise a subclass.

    ``position`` is a 1-based character index into the statement's text.
    """

    sqlstate: ClassVar[str] = "XX000"

    def __init_subclass__(cls, *, code: str = "") -> None:
        if code:
            cls.sqlstate = code

    def __init__(
        self,
        message: str,
        *,
        severity: Severity = "ERROR",
        detail: str | None = None,
        hint: str | None = None,
        position: int | None = None,
        schema: str | None = None,
        table: str | None = None,
        column: str | None = None,
        datatype: str | None = None,
        constraint: str | None = None,
        where: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.severity = severity
        self.detail = detail
        self.hint = hint
        self.position = position
        self.schema = schema
        self.table = table
        self.column = column
        self.datatype = datatype
        self.constraint = constraint
        self.where = where


# Class 08: connection
class ConnectionFailure(PgError, code="08006"): ...


class ProtocolViolation(PgError, code="08P01"): ...


# Class 0A: not supported
class FeatureNotSupported(PgError, code="0A000"): ...


# Class 21, 22: cardinality, data
class CardinalityViolation(PgError, code="21000"): ...


class StringDataRightTruncation(PgError, code="22001"): ...


class NumericValueOutOfRange(PgError, code="22003"): ...


class NullValueNotAllowed(PgError, code="22004"): ...


class InvalidDatetimeFormat(PgError, code="22007"): ...


class DatetimeFieldOverflow(PgError, code="22008"): ...


class InvalidTimeZoneDisplacementValue(PgError, code="22009"): ...


class SubstringError(PgError, code="22011"): ...


class DivisionByZero(PgError, code="22012"): ...


class InvalidPrecedingOrFollowingSize(PgError, code="22013"): ...


class IntervalFieldOverflow(PgError, code="22015"): ...


class InvalidSqlJsonSubscript(PgError, code="22033"): ...


class NonNumericSqlJsonItem(PgError, code="22036"): ...


class SingletonSqlJsonItemRequired(PgError, code="22038"): ...


class SqlJsonArrayNotFound(PgError, code="22039"): ...


class SqlJsonMemberNotFound(PgError, code="2203A"): ...


class SqlJsonNumberNotFound(PgError, code="2203B"): ...


class SqlJsonObjectNotFound(PgError, code="2203C"): ...


class InvalidArgumentForLogarithm(PgError, code="2201E"): ...


class InvalidArgumentForPowerFunction(PgError, code="2201F"): ...


class InvalidArgumentForWidthBucketFunction(PgError, code="2201G"): ...


class InvalidRowCountInLimitClause(PgError, code="2201W"): ...


class InvalidRowCountInResultOffsetClause(PgError, code="2201X"): ...


class InvalidRegularExpression(PgError, code="2201B"): ...


class SequenceGeneratorLimitExceeded(PgError, code="2200H"): ...


class CharacterNotInRepertoire(PgError, code="22021"): ...


class InvalidParameterValue(PgError, code="22023"): ...


class InvalidEscapeSequence(PgError, code="22025"): ...


class ArraySubscriptError(PgError, code="2202E"): ...


class InvalidArgumentForNtile(PgError, code="22014"): ...


class InvalidArgumentForNthValue(PgError, code="22016"): ...


class InvalidTextRepresentation(PgError, code="22P02"): ...


class InvalidBinaryRepresentation(PgError, code="22P03"): ...


class BadCopyFileFormat(PgError, code="22P04"): ...


class UntranslatableCharacter(PgError, code="22P05"): ...


# Class 23: integrity
class NotNullViolation(PgError, code="23502"): ...


class ForeignKeyViolation(PgError, code="23503"): ...


class UniqueViolation(PgError, code="23505"): ...


class CheckViolation(PgError, code="23514"): ...


# Class 25: transaction state
class ActiveSqlTransaction(PgError, code="25001"): ...


class ReadOnlySqlTransaction(PgError, code="25006"): ...


class NoActiveSqlTransaction(PgError, code="25P01"): ...


class InFailedSqlTransaction(PgError, code="25P02"): ...


class IdleInTransactionSessionTimeout(PgError, code="25P03"): ...


# Class 26, 28, 2B, 34, 3B, 3D, 3F: names and authorization
class InvalidSqlStatementName(PgError, code="26000"): ...


class InvalidAuthorizationSpecification(PgError, code="28000"): ...


class InvalidPassword(PgError, code="28P01"): ...


class DependentObjectsStillExist(PgError, code="2BP01"): ...


class InvalidCursorName(PgError, code="34000"): ...


class InvalidSavepointSpecification(PgError, code="3B001"): ...


class InvalidCatalogName(PgError, code="3D000"): ...


class InvalidSchemaName(PgError, code="3F000"): ...


# Class 40: rollback
class SerializationFailure(PgError, code="40001"): ...


def table_altered(name: str) -> SerializationFailure:
    """What a statement meets that waited while its table became another."""
    return SerializationFailure(
        f'could not serialize access: table "{name}" was altered',
        hint="Run the statement again.",
    )


class DeadlockDetected(PgError, code="40P01"): ...


# Class 42: syntax, access
class InsufficientPrivilege(PgError, code="42501"): ...


class SyntaxError(PgError, code="42601"): ...  # noqa: A001 - PostgreSQL's own name


class GeneratedAlways(PgError, code="428C9"): ...


class InvalidName(PgError, code="42602"): ...


class NameTooLong(PgError, code="42622"): ...


class DuplicateColumn(PgError, code="42701"): ...


class AmbiguousColumn(PgError, code="42702"): ...


class UndefinedColumn(PgError, code="42703"): ...


class UndefinedObject(PgError, code="42704"): ...


class DuplicateObject(PgError, code="42710"): ...


class DuplicateAlias(PgError, code="42712"): ...


class AmbiguousFunction(PgError, code="42725"): ...


class GroupingError(PgError, code="42803"): ...


class DatatypeMismatch(PgError, code="42804"): ...


class WrongObjectType(PgError, code="42809"): ...


class InvalidForeignKey(PgError, code="42830"): ...


class CannotCoerce(PgError, code="42846"): ...


class UndefinedFunction(PgError, code="42883"): ...


class ReservedName(PgError, code="42939"): ...


class UndefinedTable(PgError, code="42P01"): ...


class UndefinedParameter(PgError, code="42P02"): ...


class DuplicateCursor(PgError, code="42P03"): ...


class DuplicatePreparedStatement(PgError, code="42P05"): ...


class DuplicateSchema(PgError, code="42P06"): ...


class DuplicateTable(PgError, code="42P07"): ...


class InvalidColumnReference(PgError, code="42P10"): ...


class InvalidTableDefinition(PgError, code="42P16"): ...


class InvalidObjectDefinition(PgError, code="42P17"): ...


class IndeterminateDatatype(PgError, code="42P18"): ...


class InvalidRecursion(PgError, code="42P19"): ...


class WindowingError(PgError, code="42P20"): ...


# Class 44: with check option
class WithCheckOptionViolation(PgError, code="44000"): ...


# Class 53, 54, 55, 57, 58, XX: resources and intervention
class DiskFull(PgError, code="53100"): ...


class OutOfMemory(PgError, code="53200"): ...


class TooManyConnections(PgError, code="53300"): ...


class ConfigurationLimitExceeded(PgError, code="53400"): ...


class ProgramLimitExceeded(PgError, code="54000"): ...


class StatementTooComplex(PgError, code="54001"): ...


class TooManyColumns(PgError, code="54011"): ...


class ObjectNotInPrerequisiteState(PgError, code="55000"): ...


class ObjectInUse(PgError, code="55006"): ...


class CantChangeRuntimeParam(PgError, code="55P02"): ...


class LockNotAvailable(PgError, code="55P03"): ...


class QueryCanceled(PgError, code="57014"): ...


class AdminShutdown(PgError, code="57P01"): ...


class CannotConnectNow(PgError, code="57P03"): ...


class IdleSessionTimeout(PgError, code="57P05"): ...


class IoError(PgError, code="58030"): ...


class InternalError(PgError, code="XX000"): ...


class DataCorrupted(PgError, code="XX001"): ...
