"""Record what PostgreSQL's catalog says of functions, operators and casts.

``python -m conformance.record_functions`` starts PostgreSQL 15 and writes the files that
``kalampg/catalog/pg_catalog/recorded.py`` reads: every function, operator and cast over types that
kalampg has, and the functions that ``pg_type`` names. Which of them work is not said there; the
catalog asks the compiler. Run it again when a type is added.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import psycopg

import kalampg
from conformance.postgres import Postgres
from kalampg.pgtypes.registry import TYPES

FOLDER: Final = Path(kalampg.__file__).parent / "catalog" / "pg_catalog"

# A pseudo-type may be declared although no value has it.
_PSEUDO: Final = "2276, 2277, 2283, 2776, 3500, 5077, 5078, 5079"
_FUNCTIONS: Final = """
SELECT p.oid, proname, proargtypes, prorettype::oid, prokind, proretset, provariadic::oid,
    provolatile, proisstrict, proparallel, proleakproof, pronargdefaults, procost, prorows,
    coalesce(a.aggkind, ''), coalesce(a.aggnumdirectargs, 0), proargnames, proallargtypes,
    proargmodes, prosrc, pg_get_function_arguments(p.oid),
    (SELECT count(*) = 1 FROM pg_proc q WHERE q.proname = p.proname)
FROM pg_proc p LEFT JOIN pg_aggregate a ON a.aggfnoid = p.oid
WHERE p.oid < 10000
    AND (proargtypes::oid[] <@ {types} AND prorettype = ANY ({types}) OR p.oid IN (
        SELECT unnest(ARRAY[typinput, typoutput, typreceive, typsend, typmodin, typmodout,
            typsubscript]) FROM pg_type WHERE oid = ANY ({types})))
    OR proname ~ '^(enum|domain)_(in|out|recv|send)$'
ORDER BY p.oid
"""
_OPERATORS: Final = """
SELECT oid, oprname, oprkind, oprcanmerge, oprcanhash, oprleft::oid, oprright::oid,
    oprresult::oid, oprcom::oid, oprnegate::oid, oprcode::oid
FROM pg_operator
WHERE oid < 10000 AND (oprleft = 0 OR oprleft = ANY ({types})) AND oprright = ANY ({types})
    AND oprresult = ANY ({types})
ORDER BY oid
"""
_CASTS: Final = """
SELECT oid, castsource::oid, casttarget::oid, castfunc, castcontext, castmethod
FROM pg_cast WHERE castsource = ANY ({types}) AND casttarget = ANY ({types})
ORDER BY oid
"""


def main() -> None:
    with Postgres() as server, psycopg.connect(server.dsn()) as connection:
        types = [*TYPES, *map(int, _PSEUDO.split(", "))]
        for name, query in (
            ("pg_proc", _FUNCTIONS),
            ("pg_operator", _OPERATORS),
            ("pg_cast", _CASTS),
        ):
            numbers = f"'{{{', '.join(map(str, types))}}}'::oid[]"
            with connection.cursor().copy(
                f"COPY ({query.format(types=numbers)}) TO STDOUT".encode()
            ) as rows:
                (FOLDER / f"{name}.tsv").write_bytes(b"".join(rows))


if __name__ == "__main__":
    main()
