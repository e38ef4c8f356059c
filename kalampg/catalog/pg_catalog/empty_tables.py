"""Names, OIDs and columns of the tables of ``pg_catalog`` that have no rows here."""

from __future__ import annotations

from typing import Final

# Name, OID, columns.
TABLES: Final = (
    (
        "pg_amop",
        2602,
        """
        oid:oid amopfamily:oid amoplefttype:oid amoprighttype:oid amopstrategy:int2
        amoppurpose:char amopopr:oid amopmethod:oid amopsortfamily:oid
        """,
    ),
    (
        "pg_amproc",
        2603,
        """
        oid:oid amprocfamily:oid amproclefttype:oid amprocrighttype:oid amprocnum:int2
        amproc:oid
        """,
    ),
    (
        "pg_auth_members",
        1261,
        """
        roleid:oid member:oid grantor:oid admin_option:bool
        """,
    ),
    (
        "pg_conversion",
        2607,
        """
        oid:oid conname:name connamespace:oid conowner:oid conforencoding:int4
        contoencoding:int4 conproc:oid condefault:bool
        """,
    ),
    (
        "pg_db_role_setting",
        2964,
        """
        setdatabase:oid setrole:oid setconfig:text[]
        """,
    ),
    (
        "pg_default_acl",
        826,
        """
        oid:oid defaclrole:oid defaclnamespace:oid defaclobjtype:char defaclacl:text[]
        """,
    ),
    (
        "pg_event_trigger",
        3466,
        """
        oid:oid evtname:name evtevent:name evtowner:oid evtfoid:oid evtenabled:char
        evttags:text[]
        """,
    ),
    (
        "pg_extension",
        3079,
        """
        oid:oid extname:name extowner:oid extnamespace:oid extrelocatable:bool
        extversion:text extconfig:oid[] extcondition:text[]
        """,
    ),
    (
        "pg_foreign_data_wrapper",
        2328,
        """
        oid:oid fdwname:name fdwowner:oid fdwhandler:oid fdwvalidator:oid fdwacl:text[]
        fdwoptions:text[]
        """,
    ),
    (
        "pg_foreign_server",
        1417,
        """
        oid:oid srvname:name srvowner:oid srvfdw:oid srvtype:text srvversion:text
        srvacl:text[] srvoptions:text[]
        """,
    ),
    (
        "pg_foreign_table",
        3118,
        """
        ftrelid:oid ftserver:oid ftoptions:text[]
        """,
    ),
    (
        "pg_inherits",
        2611,
        """
        inhrelid:oid inhparent:oid inhseqno:int4 inhdetachpending:bool
        """,
    ),
    (
        "pg_init_privs",
        3394,
        """
        objoid:oid classoid:oid objsubid:int4 privtype:char initprivs:text[]
        """,
    ),
    (
        "pg_language",
        2612,
        """
        oid:oid lanname:name lanowner:oid lanispl:bool lanpltrusted:bool lanplcallfoid:oid
        laninline:oid lanvalidator:oid lanacl:text[]
        """,
    ),
    (
        "pg_largeobject_metadata",
        2995,
        """
        oid:oid lomowner:oid lomacl:text[]
        """,
    ),
    (
        "pg_parameter_acl",
        6243,
        """
        oid:oid parname:text paracl:text[]
        """,
    ),
    (
        "pg_partitioned_table",
        3350,
        """
        partrelid:oid partstrat:char partnatts:int2 partdefid:oid partattrs:int2[]
        partclass:oid[] partcollation:oid[] partexprs:text
        """,
    ),
    (
        "pg_policy",
        3256,
        """
        oid:oid polname:name polrelid:oid polcmd:char polpermissive:bool polroles:oid[]
        polqual:text polwithcheck:text
        """,
    ),
    (
        "pg_publication",
        6104,
        """
        oid:oid pubname:name pubowner:oid puballtables:bool pubinsert:bool
        pubupdate:bool pubdelete:bool pubtruncate:bool pubviaroot:bool
        """,
    ),
    (
        "pg_publication_namespace",
        6237,
        """
        oid:oid pnpubid:oid pnnspid:oid
        """,
    ),
    (
        "pg_publication_rel",
        6106,
        """
        oid:oid prpubid:oid prrelid:oid prqual:text prattrs:int2[]
        """,
    ),
    (
        "pg_range",
        3541,
        """
        rngtypid:oid rngsubtype:oid rngmultitypid:oid rngcollation:oid rngsubopc:oid
        rngcanonical:text rngsubdiff:text
        """,
    ),
    (
        "pg_rewrite",
        2618,
        """
        oid:oid rulename:name ev_class:oid ev_type:char ev_enabled:char is_instead:bool
        ev_qual:text ev_action:text
        """,
    ),
    (
        "pg_seclabel",
        3596,
        """
        objoid:oid classoid:oid objsubid:int4 provider:text label:text
        """,
    ),
    (
        "pg_shseclabel",
        3592,
        """
        objoid:oid classoid:oid provider:text label:text
        """,
    ),
    (
        "pg_statistic_ext",
        3381,
        """
        oid:oid stxrelid:oid stxname:name stxnamespace:oid stxowner:oid
        stxstattarget:int4 stxkeys:int2[] stxkind:text[] stxexprs:text
        """,
    ),
    (
        "pg_subscription",
        6100,
        """
        oid:oid subdbid:oid subskiplsn:text subname:name subowner:oid subenabled:bool
        subbinary:bool substream:bool subtwophasestate:char subdisableonerr:bool
        subconninfo:text subslotname:name subsynccommit:text subpublications:text[]
        """,
    ),
    (
        "pg_transform",
        3576,
        """
        oid:oid trftype:oid trflang:oid trffromsql:oid trftosql:oid
        """,
    ),
    (
        "pg_trigger",
        2620,
        """
        oid:oid tgrelid:oid tgparentid:oid tgname:name tgfoid:oid tgtype:int2
        tgenabled:char tgisinternal:bool tgconstrrelid:oid tgconstrindid:oid
        tgconstraint:oid tgdeferrable:bool tginitdeferred:bool tgnargs:int2
        tgattr:int2[] tgargs:bytea tgqual:text tgoldtable:name tgnewtable:name
        """,
    ),
    (
        "pg_ts_config",
        3602,
        """
        oid:oid cfgname:name cfgnamespace:oid cfgowner:oid cfgparser:oid
        """,
    ),
    (
        "pg_ts_config_map",
        3603,
        """
        mapcfg:oid maptokentype:int4 mapseqno:int4 mapdict:oid
        """,
    ),
    (
        "pg_ts_dict",
        3600,
        """
        oid:oid dictname:name dictnamespace:oid dictowner:oid dicttemplate:oid
        dictinitoption:text
        """,
    ),
    (
        "pg_ts_parser",
        3601,
        """
        oid:oid prsname:name prsnamespace:oid prsstart:oid prstoken:oid prsend:oid
        prsheadline:oid prslextype:oid
        """,
    ),
    (
        "pg_ts_template",
        3764,
        """
        oid:oid tmplname:name tmplnamespace:oid tmplinit:oid tmpllexize:oid
        """,
    ),
    (
        "pg_user_mapping",
        1418,
        """
        oid:oid umuser:oid umserver:oid umoptions:text[]
        """,
    ),
)
