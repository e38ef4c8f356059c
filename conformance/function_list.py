"""The functions of PostgreSQL's chapters 9.1 to 9.25 by name: whether ``functions.toml`` is true.

The names come from PostgreSQL's own pg_proc in each run; ``functions.toml`` says of each that it is
supported or missing. A supported one needs a statement in ``sql/`` that agrees; a missing one must
not exist.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from psycopg import pq

from conformance.answers import ask
from conformance.report import Compared
from kalampg.sql import populate
from kalampg.sql.bind_json_tables import TABLE_FUNCTIONS
from kalampg.sql.functions import is_known

LIST: Final = Path(__file__).parent / "functions.toml"

# What pg_description calls an implementation, and what belongs to other chapters or to types that
# kalampg has not (ranges, text search, XML, large objects, network addresses, geometry).
_NAMES: Final = """
SELECT DISTINCT p.proname
FROM pg_proc p JOIN pg_description d ON d.objoid = p.oid AND d.classoid = 'pg_proc'::regclass
WHERE p.pronamespace = 'pg_catalog'::regnamespace
AND d.description !~ '^(implementation of|I/O|internal|aggregate (transition|final|combine)|index)'
AND p.proargtypes::oid[] <@ ARRAY[16, 17, 18, 19, 20, 21, 23, 25, 26, 114, 700, 701, 1042, 1043,
    1082, 1083, 1114, 1184, 1186, 1700, 2950, 3802, 4072, 2276, 2277, 2283, 1009, 1007, 1016, 1022,
    1231, 2249, 5077, 5078, 5079, 5080]::oid[]
AND NOT EXISTS (SELECT 1 FROM pg_operator o WHERE o.oprcode = p.oid AND p.proname <> 'starts_with')
AND NOT EXISTS (SELECT 1 FROM pg_cast c WHERE c.castfunc = p.oid)
AND p.proname !~ '(^(pg_|binary_|lo|ts|acl|amval|fmgr_|get_current_ts|has_|inet_|int[248]|makeacl'
    'name|numeric_|dexp|dlog|dround|dtrunc|oid|textlen|postgresql_|row_sec|shobj|obj_d|col_d|txid'
    '|btint|hash|float[48]|bpchar|like|notlike|current_|session_|version|set_config|lastval'
    '|RI_F|bt|convert|getpg|gin|point|satisf|similar_|suppress|timestamp$|timestamptz$|to_reg|unique_)'
    '|xml|_cmp|_hash|larger|smaller|range|tsquery|tsvector|_accum|_avg|_sum$|_tz$|support|validator)'
ORDER BY 1
"""


def check_functions(connection: pq.abc.PGconn, found: Iterable[Compared]) -> Iterator[str]:
    """What ``functions.toml`` says and is not so."""
    listed = tomllib.loads(LIST.read_text())
    supported, missing = set(listed["supported"]), dict(listed["missing"])
    names = [str((row[0] or b"").decode()) for row in ask(connection, _NAMES.strip()).rows]
    for name in names:
        if name not in supported and name not in missing:
            yield f"{name} is in pg_proc and not in {LIST.name}"
    for name in sorted({*supported, *missing} - set(names)):
        yield f"{name} is in {LIST.name} and not in pg_proc"
    agreed = " ".join(compared.statement.lower() for compared in found if not compared.differs)
    called = set(re.findall(r"\w+", agreed))
    for name in sorted(supported):
        if not _exists(name):
            yield f"{name} is listed as supported and does not exist"
        elif name not in called:
            yield f"{name} is listed as supported and no statement that agrees calls it"
    for name in sorted(missing):
        if _exists(name):
            yield f"{name} is listed as missing and exists"


def _exists(name: str) -> bool:
    return is_known(name) or name in TABLE_FUNCTIONS | populate.NAMES_IN_FROM
