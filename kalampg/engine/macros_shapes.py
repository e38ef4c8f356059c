"""Macros for arrays of any shape: structs of elements, dimensions, sizes and first subscripts.

The order of the fields is the order of PostgreSQL's comparison.
"""

from __future__ import annotations

from typing import Final

_OTHER_SHAPE: Final = (
    "KPG:0A000:arrays of more than one dimension, or that do not begin with 1, "
    "are not supported here"
)

STATEMENTS: Final = (
    """CREATE MACRO pg_shape(e, s, l) AS
        CASE WHEN s IS NULL THEN NULL
             ELSE {'elements': e,
                   'dims': CAST(CASE WHEN len(e) = 0 THEN 0 ELSE len(s) END AS INTEGER),
                   'sizes': CAST(CASE WHEN len(e) = 0 THEN [] ELSE s END AS INTEGER[]),
                   'lowers': CAST(CASE WHEN len(e) = 0 THEN [] ELSE l END AS INTEGER[])} END""",
    "CREATE MACRO pg_shaped(a) AS CASE WHEN a IS NOT NULL THEN pg_shape(a, [len(a)], [1]) END",
    f"""CREATE MACRO pg_plain(a) AS
        CASE WHEN a IS NULL THEN NULL
             WHEN a.dims = 0 OR (a.dims = 1 AND a.lowers[1] = 1) THEN a.elements
             ELSE list_slice(a.elements, 1, CAST(error('{_OTHER_SHAPE}') AS BIGINT)) END""",
    "CREATE MACRO pg_elements(a) AS a.elements",
    # --- questions ---
    "CREATE MACRO pg_shape_dims(a) AS kpg_array_dims(a.sizes, a.lowers)",
    "CREATE MACRO pg_shape_ndims(a) AS CASE WHEN a.dims > 0 THEN a.dims END",
    "CREATE MACRO pg_shape_length(a, d) AS CASE WHEN d >= 1 THEN a.sizes[d] END",
    "CREATE MACRO pg_shape_lower(a, d) AS CASE WHEN d >= 1 THEN a.lowers[d] END",
    """CREATE MACRO pg_shape_upper(a, d) AS
        CASE WHEN d >= 1 THEN CAST(a.lowers[d] + a.sizes[d] - 1 AS INTEGER) END""",
    """CREATE MACRO pg_shape_subscripts(a, d) AS
        CAST(CASE WHEN d BETWEEN 1 AND a.dims
                  THEN range(a.lowers[d], a.lowers[d] + a.sizes[d]) ELSE [] END AS INTEGER[])""",
    # --- parts ---
    """CREATE MACRO pg_shape_element(a, subscripts) AS
        list_extract(a.elements, kpg_element_position(a.sizes, a.lowers, subscripts))""",
    """CREATE MACRO pg_shape_slice(a, firsts, lasts) AS
        pg_shape(list_select(a.elements, kpg_slice_positions(a.sizes, a.lowers, firsts, lasts)),
                 kpg_slice_sizes(a.sizes, a.lowers, firsts, lasts),
                 list_transform(a.sizes, lambda x802: 1))""",
    # --- making ---
    """CREATE MACRO pg_shape_nest(items) AS
        pg_shape(flatten(list_transform(items, lambda x803: x803.elements)),
                 kpg_nested_sizes(list_transform(items, lambda x804: x804.sizes)),
                 list_concat([1], items[1].lowers))""",
    """CREATE MACRO pg_shape_gather(items) AS
        CASE WHEN items IS NOT NULL
             THEN pg_shape(flatten(list_transform(items, lambda x805: x805.elements)),
                           kpg_gathered_sizes(list_transform(items, lambda x806: x806.sizes)),
                           list_concat([1], items[1].lowers)) END""",
    """CREATE MACRO pg_shape_cat(a, b) AS
        CASE WHEN a IS NULL THEN b WHEN b IS NULL THEN a
             ELSE pg_shape(list_concat(a.elements, b.elements),
                           kpg_joined_sizes(a.sizes, b.sizes),
                           CASE WHEN a.dims >= b.dims THEN a.lowers ELSE b.lowers END) END""",
    """CREATE MACRO pg_shape_fill_from(x, d, l) AS
        CASE WHEN d IS NULL OR l IS NULL
             THEN pg_shape([x], [CAST(error('KPG:22004:dimension array or low bound array '
                                            || 'cannot be null') AS INTEGER)], [1])
             WHEN len(d) <> len(l)
             THEN pg_shape([x], [CAST(error('KPG:2202E:wrong number of array subscripts')
                                      AS INTEGER)], [1])
             ELSE pg_shape(list_transform(range(CAST(list_product(d) AS BIGINT)), lambda i808: x),
                           d, l) END""",
    """CREATE MACRO pg_shape_fill
        (x, d) AS pg_shape_fill_from(x, d, list_transform(d, lambda x807: 1)),
        (x, d, l) AS pg_shape_fill_from(x, d, l)""",
)
