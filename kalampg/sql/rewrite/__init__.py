"""PostgreSQL's queries in DuckDB's meaning: rules on the tree, then text. PURE.

One rule a file; ``RULES`` is their order. Every rule takes a tree with types (``fill_types`` runs
first) and replaces what it knows; ``to_duckdb_sql`` writes the result and refuses what is left.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from kalampg.sql.rewrite.add_dates import add_dates
from kalampg.sql.rewrite.aggregate import aggregate
from kalampg.sql.rewrite.build_json import build_json
from kalampg.sql.rewrite.call_functions import call_functions
from kalampg.sql.rewrite.cast_values import cast_values
from kalampg.sql.rewrite.check_floats import check_floats
from kalampg.sql.rewrite.check_privileges import check_privileges
from kalampg.sql.rewrite.compare_any import compare_any
from kalampg.sql.rewrite.compute_once import compute_once
from kalampg.sql.rewrite.concatenate import concatenate
from kalampg.sql.rewrite.context import RewriteContext, Rule
from kalampg.sql.rewrite.count_nulls import count_nulls
from kalampg.sql.rewrite.divide import divide
from kalampg.sql.rewrite.exact_numbers import exact_numbers
from kalampg.sql.rewrite.extract_fields import extract_fields
from kalampg.sql.rewrite.fill_types import fill_types
from kalampg.sql.rewrite.format_dates import format_dates
from kalampg.sql.rewrite.format_numbers import format_numbers
from kalampg.sql.rewrite.format_text import format_text
from kalampg.sql.rewrite.generate_rows import generate_rows
from kalampg.sql.rewrite.group_numbers import group_numbers
from kalampg.sql.rewrite.list_labels import list_labels
from kalampg.sql.rewrite.make_rows import make_rows
from kalampg.sql.rewrite.match_like import match_like
from kalampg.sql.rewrite.match_patterns import match_patterns
from kalampg.sql.rewrite.number_parameters import number_parameters
from kalampg.sql.rewrite.order_json import order_json
from kalampg.sql.rewrite.print_arrays import print_arrays
from kalampg.sql.rewrite.print_numbers import print_numbers
from kalampg.sql.rewrite.print_objects import print_objects
from kalampg.sql.rewrite.read_catalog import read_catalog
from kalampg.sql.rewrite.read_fields import read_fields
from kalampg.sql.rewrite.read_json import read_json
from kalampg.sql.rewrite.read_types import read_types
from kalampg.sql.rewrite.round_numbers import round_numbers
from kalampg.sql.rewrite.session_values import session_values
from kalampg.sql.rewrite.shape_arrays import shape_arrays
from kalampg.sql.rewrite.shift_zones import shift_zones
from kalampg.sql.rewrite.spell_syntax import spell_syntax
from kalampg.sql.rewrite.subscript_arrays import subscript_arrays
from kalampg.sql.rewrite.truncate_dates import truncate_dates
from kalampg.sql.rewrite.unify_numerics import unify_numerics
from kalampg.sql.rewrite.writer import to_duckdb_sql

__all__ = ["RULES", "RewriteContext", "rewrite", "to_duckdb_sql"]

RULES: Final[tuple[Rule, ...]] = (
    fill_types,
    make_rows,
    shape_arrays,
    compare_any,
    # Before casts are replaced: these read constants as they were written.
    match_like,
    match_patterns,
    read_json,
    extract_fields,
    truncate_dates,
    format_dates,
    format_numbers,
    format_text,
    read_types,
    list_labels,
    session_values,
    read_catalog,
    check_privileges,
    read_fields,
    number_parameters,
    spell_syntax,
    concatenate,
    print_arrays,
    build_json,
    order_json,
    count_nulls,
    add_dates,
    divide,
    check_floats,
    round_numbers,
    aggregate,
    shift_zones,
    subscript_arrays,
    cast_values,
    generate_rows,
    call_functions,
    exact_numbers,
    unify_numerics,
    print_numbers,
    group_numbers,
    print_objects,
    compute_once,
)


def rewrite(tree: exp.Expr, context: RewriteContext) -> exp.Expr:
    """Apply all rules. The tree is used up."""
    for rule in RULES:
        tree = rule(tree, context)
    return tree
