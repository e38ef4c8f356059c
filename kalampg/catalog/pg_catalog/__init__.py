"""PostgreSQL's ``pg_catalog``, computed: one module per relation that has rows."""
