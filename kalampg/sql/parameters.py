"""Parameters of a statement: what their types are, said by the client or found in the context."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlglot import exp

from kalampg import errors
from kalampg.ids import Oid
from kalampg.pgtypes.row_types import row_type_of
from kalampg.sql.annotation import oid_of, set_oid

UNKNOWN: Final = 705
_TEXT: Final = 25
PARAMETERS_MAX: Final = 65_535  # an int16 count in the wire protocol, read unsigned


def number_of(node: exp.Parameter) -> int:
    """The n of ``$n``."""
    text = node.this.name if isinstance(node.this, exp.Expr) else str(node.this)
    if not text.isdecimal() or not 1 <= int(text) <= PARAMETERS_MAX:
        raise errors.UndefinedParameter(f"there is no parameter ${text}")
    return int(text)


class Parameters:
    """Types of ``$1``, ``$2``, ...; a type once fixed stays."""

    def __init__(self, given: Sequence[int]) -> None:
        # While it is open, what has no type yet counts as text: more of the statement follows.
        self.is_open = False
        self._given = len(given)
        self._oids: dict[int, int] = {
            number: oid for number, oid in enumerate(given, 1) if oid not in {0, UNKNOWN}
        }
        self._nodes: dict[int, list[exp.Parameter]] = {}

    @property
    def count(self) -> int:
        """How many parameters the statement has."""
        return max([self._given, *self._nodes])

    def give(self, oids: Sequence[int]) -> None:
        """The types are known already."""
        self._given = len(oids)
        self._oids = dict(enumerate(oids, 1))

    def see(self, node: exp.Parameter) -> None:
        """Note an occurrence; its type is set now or when another occurrence tells it."""
        number = number_of(node)
        self._nodes.setdefault(number, []).append(node)
        set_oid(node, self._oids.get(number, UNKNOWN))

    def fix(self, node: exp.Parameter, oid: int) -> None:
        """The context of ``node`` says that its type is ``oid``, unless it has one."""
        number = number_of(node)
        if number in self._oids:
            return
        if row_type_of(oid) is not None:
            raise errors.FeatureNotSupported(
                "parameters of composite types are not supported",
                hint="Pass the fields: ROW($1, $2).",
            )
        self._oids[number] = oid
        for other in self._nodes.get(number, []):
            set_oid(other, oid)

    def finish(self) -> tuple[Oid, ...]:
        """All types, in order.

        Raises:
            IndeterminateDatatype: 42P18, nothing says what a parameter is.
        """
        count = self.count
        for number in range(1, count + 1):
            if number not in self._oids and not self.is_open:
                raise errors.IndeterminateDatatype(
                    f"could not determine data type of parameter ${number}"
                )
        return tuple(Oid(self._oids.get(number, _TEXT)) for number in range(1, count + 1))


def is_unknown(node: exp.Expr) -> bool:
    """Whether the type of ``node`` is still open: an untyped literal or parameter, NULL."""
    return oid_of(node) in {None, UNKNOWN}
