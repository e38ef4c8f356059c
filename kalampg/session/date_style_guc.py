"""DateStyle as SET takes it: a style, an order of day, month and year, or both.

Source: PostgreSQL 15, ``check_datestyle`` in ``variable.c``.
"""

from __future__ import annotations

from typing import Final

from kalampg import errors

DEFAULT_DATE_STYLE: Final = "ISO, MDY"
_STYLES: Final = {"iso": "ISO", "sql": "SQL", "german": "German"}
_ORDERS: Final = {"ymd": "YMD", "dmy": "DMY", "mdy": "MDY", "us": "MDY"}


def merged_date_style(value: str, current: str) -> str:
    """``value`` as SHOW prints it; what it does not say stays as it is.

    >>> merged_date_style("german", "ISO, MDY"), merged_date_style("ymd", "SQL, DMY")
    ('German, DMY', 'SQL, YMD')

    Raises:
        InvalidParameterValue: 22023, a word that is none, or two that contradict each other.
    """
    styles: set[str] = set()
    orders: set[str] = set()
    for word in (part.strip().strip('"').lower() for part in value.split(",")):
        if word == "default":
            default_style, default_order = DEFAULT_DATE_STYLE.split(", ")
            styles = styles or {default_style}
            orders = orders or {default_order}
        elif (style := _style(word)) is not None:
            styles.add(style)
        elif (order := _order(word)) is not None:
            orders.add(order)
        else:
            raise _invalid(value, f'Unrecognized key word: "{word}".')
    if len(styles) > 1 or len(orders) > 1:
        raise _invalid(value, 'Conflicting "datestyle" specifications.')
    current_style, current_order = current.split(", ")
    if styles == {"German"} and not orders:
        orders = {"DMY"}
    return ", ".join((*(styles or {current_style}), *(orders or {current_order})))


def _style(word: str) -> str | None:
    return "Postgres" if word.startswith("postgres") else _STYLES.get(word)


def _order(word: str) -> str | None:
    if word.startswith("euro"):
        return "DMY"
    return "MDY" if word.startswith("noneuro") else _ORDERS.get(word)


def _invalid(value: str, detail: str) -> errors.PgError:
    return errors.InvalidParameterValue(
        f'invalid value for parameter "DateStyle": "{value}"', detail=detail
    )
