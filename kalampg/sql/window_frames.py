"""What PostgreSQL refuses about windows before it runs them: frames, names, calls without OVER."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.sql.annotation import position_of

_UNBOUNDED: Final = "UNBOUNDED"
_CURRENT: Final = "CURRENT ROW"


def check_frame(spec: exp.Expr) -> None:
    """Refuse a frame that begins after its end can be.

    Raises:
        WindowingError: 42P20
        InvalidPrecedingOrFollowingSize: 22013, a negative offset
    """
    start, start_side = spec.args.get("start"), str(spec.args.get("start_side") or "").upper()
    end, end_side = spec.args.get("end"), str(spec.args.get("end_side") or "").upper()
    if start == _UNBOUNDED and start_side == "FOLLOWING":
        raise errors.WindowingError("frame start cannot be UNBOUNDED FOLLOWING")
    if end == _UNBOUNDED and end_side == "PRECEDING":
        raise errors.WindowingError("frame end cannot be UNBOUNDED PRECEDING")
    if start == _CURRENT and end_side == "PRECEDING":
        raise errors.WindowingError("frame starting from current row cannot have preceding rows")
    if start_side == "FOLLOWING" and (end is None or end == _CURRENT or end_side == "PRECEDING"):
        raise errors.WindowingError(
            "frame starting from following row cannot have preceding rows"
            if end_side == "PRECEDING"
            else "frame starting from following row cannot end with current row"
        )
    for bound, word in ((start, "starting"), (end, "ending")):
        if isinstance(bound, exp.Neg) and isinstance(bound.this, exp.Literal):
            raise errors.InvalidPrecedingOrFollowingSize(
                f"frame {word} offset must not be negative"
            )


def check_window_name(node: exp.Expr) -> None:
    """Refuse a window that no WINDOW clause around it defines.

    Raises:
        UndefinedObject: 42704
    """
    name = node.args.get("alias")
    if not isinstance(name, exp.Identifier) or isinstance(node.this, exp.Identifier):
        return
    select = node.find_ancestor(exp.Select)
    windows = select.args.get("windows") or [] if select is not None else []
    if name.name.lower() not in {window.this.name.lower() for window in windows}:
        raise errors.UndefinedObject(
            f'window "{name.name}" does not exist', position=position_of(node)
        )
