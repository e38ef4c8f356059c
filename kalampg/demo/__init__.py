"""``kalampg demo``: a short chat application of three users, played on a temporary server."""

from kalampg.demo.story import run

__all__ = ["run"]
