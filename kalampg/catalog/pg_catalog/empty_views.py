"""Names, OIDs and columns of the views of ``pg_catalog`` that have no rows here."""

from __future__ import annotations

from typing import Final

# Name, OID, columns.
VIEWS: Final = (
    (
        "pg_matviews",
        12038,
        """
        schemaname:name matviewname:name matviewowner:name tablespace:name
        hasindexes:bool ispopulated:bool definition:text
        """,
    ),
    (
        "pg_policies",
        12018,
        """
        schemaname:name tablename:name policyname:name permissive:text roles:text[]
        cmd:text qual:text with_check:text
        """,
    ),
    (
        "pg_prepared_xacts",
        12090,
        """
        transaction:oid gid:text prepared:timestamptz owner:name database:name
        """,
    ),
    (
        "pg_publication_tables",
        12068,
        """
        pubname:name schemaname:name tablename:name attnames:text[] rowfilter:text
        """,
    ),
    (
        "pg_rules",
        12023,
        """
        schemaname:name tablename:name rulename:name definition:text
        """,
    ),
    (
        "pg_seclabels",
        12099,
        """
        objoid:oid classoid:oid objsubid:int4 objtype:text objnamespace:oid objname:text
        provider:text label:text
        """,
    ),
    (
        "pg_user_mappings",
        12327,
        """
        umid:oid srvid:oid srvname:name umuser:oid usename:name umoptions:text[]
        """,
    ),
)
