"""Cutting date, time and interval input into fields, and the errors of reading them.

Source: PostgreSQL 15, ``ParseDateTime`` and ``DateTimeParseError`` in ``datetime.c``.
"""

from __future__ import annotations

from kalampg import errors


def bad_format(text: str, type_name: str) -> errors.PgError:
    return errors.InvalidDatetimeFormat(f'invalid input syntax for type {type_name}: "{text}"')


def out_of_range(text: str) -> errors.PgError:
    return errors.DatetimeFieldOverflow(f'date/time field value out of range: "{text}"')
