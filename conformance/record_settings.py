"""Record what PostgreSQL's ``pg_settings`` says of the run-time parameters that kalampg has.

``python -m conformance.record_settings`` starts PostgreSQL 15 and writes the file that
``kalampg/catalog/pg_catalog/setting_facts.py`` reads. Run it again when a parameter is added.
"""

from __future__ import annotations

import psycopg

from conformance.postgres import Postgres
from conformance.record_functions import FOLDER
from kalampg.session.guc_table import GUCS

_QUERY = """
SELECT name, coalesce(unit, ''), category, short_desc, coalesce(extra_desc, ''), context, vartype,
    coalesce(min_val, ''), coalesce(max_val, ''), coalesce(array_to_string(enumvals, ','), '')
FROM pg_settings WHERE lower(name) = ANY ('{names}') ORDER BY name
"""


def main() -> None:
    with Postgres() as server, psycopg.connect(server.dsn()) as connection:
        names = "{" + ",".join(name for name in GUCS if "." not in name) + "}"
        query = f"COPY ({_QUERY.format(names=names)}) TO STDOUT"
        with connection.cursor().copy(query.encode()) as rows:
            (FOLDER / "pg_settings.tsv").write_bytes(b"".join(rows))


if __name__ == "__main__":
    main()
