"""The SQL standard's ``information_schema``, computed."""
