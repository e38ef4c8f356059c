"""The text that ``pg_get_viewdef`` gives: the query as it was written."""

from __future__ import annotations

from kalampg.relation import Relation


def view_text(relation: Relation) -> str:
    """With a blank before and a semicolon behind, as PostgreSQL prints it."""
    assert relation.view is not None, "views have a query"
    return f" {relation.view.text};"
