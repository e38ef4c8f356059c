"""Fixture plugins; markers are in pyproject.toml."""

pytest_plugins = [
    "tests.fix_both",
    "tests.fix_wire",
    "tests.fix_hypothesis",
    "tests.fix_object_store",
    "tests.fix_postgres",
    "tests.fix_server",
    "tests.fix_sides",
]
