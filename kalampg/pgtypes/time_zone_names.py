"""Names of time zones in date and time input: abbreviations, full names, POSIX offsets.

Source: PostgreSQL 15, ``timezonesets/Default``; ``pg_tzset``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta, timezone, tzinfo
from functools import cache
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

# Seconds east of UTC -> abbreviations.
_STANDARD: Final = {
    -36000: "hst taht",
    -34200: "mart",
    -32400: "akst gamt",
    -28800: "pst",
    -25200: "mst",
    -21600: "cst galt",
    -18000: "act cot est pet",
    -14400: "bot amt ast",
    -12600: "nft nst",
    -10800: "bra brt gft pmst uyt wgt",
    -7200: "fnt",
    -3600: "egt azot",
    0: "gmt uct ut utc z zulu wet",
    3600: "wat cet met mez",
    7200: "sast ist eet",
    10800: "eat fet",
    12600: "irt",
    14400: "mut ret sct",
    16200: "aft",
    18000: "pkt tjt uzt mvt tft",
    20700: "npt",
    21600: "almt bdt btt xjt",
    23400: "mmt",
    25200: "ict wast cxt",
    28800: "bnt bort cct hkt myt pht awst",
    31500: "acwst",
    32400: "jayt jst kst pwt",
    34200: "acst cast",
    36000: "ddut aest ligt chut mpt pgt trut yapt",
    37800: "lhst",
    39600: "pont vut",
    43200: "nzt fjt gilt mht nzst tvt wakt wft",
    45900: "chast",
    46800: "tot",
}
_DAYLIGHT: Final = {
    -28800: "akdt",
    -25200: "pdt",
    -21600: "mdt",
    -18000: "cdt",
    -14400: "edt",
    -10800: "clst pyst adt",
    -9000: "ndt",
    -7200: "brst pmdt uyst wgst",
    -3600: "fnst",
    0: "egst azost",
    3600: "bst wetdst",
    7200: "bdst cest cetdst mest mesz metdst",
    10800: "idt eest eetdst",
    14400: "msd",
    18000: "must",
    21600: "kgst pkst uzst yekst",
    25200: "almst",
    28800: "wadt",
    32400: "ulast awsst wdt",
    36000: "kdt",
    37800: "acsst acdt cadt sadt",
    39600: "aesst aedt",
    46800: "fjst nzdt",
    49500: "chadt",
}
# Abbreviations whose offset changed over the years: the zone knows when.
_HISTORIC: Final = {
    "America/Argentina/Buenos_Aires": "art arst",
    "America/Asuncion": "pyt",
    "America/Caracas": "vet",
    "America/Guyana": "gyt",
    "America/Santiago": "clt",
    "Antarctica/Davis": "davt",
    "Antarctica/Mawson": "mawt",
    "Asia/Anadyr": "anast anat",
    "Asia/Ashgabat": "tmt",
    "Asia/Baku": "azst azt",
    "Asia/Bishkek": "kgt",
    "Asia/Colombo": "lkt",
    "Asia/Irkutsk": "irkst irkt",
    "Asia/Kamchatka": "petst pett",
    "Asia/Krasnoyarsk": "krast krat",
    "Asia/Magadan": "magst magt",
    "Asia/Novosibirsk": "novst novt",
    "Asia/Omsk": "omsst omst",
    "Asia/Singapore": "sgt",
    "Asia/Tbilisi": "gest get",
    "Asia/Ulaanbaatar": "ulat",
    "Asia/Vladivostok": "vlast vlat",
    "Asia/Yakutsk": "yakst yakt",
    "Asia/Yekaterinburg": "yekt",
    "Asia/Yerevan": "amst",
    "Atlantic/Stanley": "fkst fkt",
    "Australia/Lord_Howe": "lhdt",
    "Europe/Moscow": "msk",
    "Europe/Volgograd": "volt",
    "Indian/Chagos": "iot",
    "Pacific/Easter": "easst east",
    "Pacific/Fakaofo": "tkt",
    "Pacific/Kiritimati": "lint",
    "Pacific/Kosrae": "kost",
    "Pacific/Niue": "nut",
    "Pacific/Rarotonga": "ckt",
}


def _by_abbreviation(table: Mapping[int, str]) -> Mapping[str, int]:
    return MappingProxyType({each: key for key, names in table.items() for each in names.split()})


# Abbreviation -> seconds east of UTC.
FIXED_ABBREVIATIONS: Final = MappingProxyType(
    {**_by_abbreviation(_STANDARD), **_by_abbreviation(_DAYLIGHT)}
)
# Abbreviation -> name of the zone that uses or used it.
HISTORIC_ABBREVIATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {each: zone for zone, names in _HISTORIC.items() for each in names.split()}
)

# ``GMT+3``: hours WEST of Greenwich, as POSIX has it.
_POSIX: Final = re.compile(r"[a-z]{3,}([+-]?)(\d{1,3})(?::(\d{1,2}))?(?::(\d{1,2}))?")


def zone_by_name(name: str) -> tzinfo | None:
    """The zone of that name in any case, or the fixed offset that a POSIX name says."""
    canonical = _canonical_names().get(name.lower())
    if canonical is not None:
        return ZoneInfo(canonical)
    matched = _POSIX.fullmatch(name.lower())
    if matched is None or int(matched[2]) > 23:
        return None
    west = timedelta(
        hours=int(matched[2]), minutes=int(matched[3] or 0), seconds=int(matched[4] or 0)
    )
    return timezone(west if matched[1] == "-" else -west)


@cache
def _canonical_names() -> Mapping[str, str]:
    return {name.lower(): name for name in available_timezones()}
