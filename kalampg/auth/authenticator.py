"""Which verifier SCRAM compares with, and whether the role may then come in.

Unknown roles and roles without a password get a mock verifier that is derived from a secret of the
server: the exchange looks the same as with a wrong password, today and tomorrow.
"""

from __future__ import annotations

from collections.abc import Callable

from kalampg import errors
from kalampg.catalog import Catalog, Role
from kalampg.protocol.scram import Verifier, mock_verifier, parse_verifier


class Authenticator:
    """Looks roles up in the committed catalog of the moment."""

    def __init__(self, catalog: Callable[[], Catalog]) -> None:
        self._catalog = catalog

    def verifier_for(self, role_name: str) -> Verifier:
        """The role's verifier, or a mock one that no password matches."""
        catalog = self._catalog()
        # Made for known roles too, so that both ways take the same time.
        mock = mock_verifier(catalog.server_secret, role_name)
        role = catalog.role(role_name)
        if role is None or role.verifier is None:
            return mock
        return parse_verifier(role.verifier) or mock

    def admit(self, role_name: str) -> Role:
        """The role that has proved itself (or is trusted).

        Raises:
            InvalidAuthorizationSpecification: FATAL 28000, no such role or not allowed to log in.
        """
        role = self._catalog().role(role_name)
        if role is None:
            raise errors.InvalidAuthorizationSpecification(
                f'role "{role_name}" does not exist', severity="FATAL"
            )
        if not role.can_login:
            raise errors.InvalidAuthorizationSpecification(
                f'role "{role_name}" is not permitted to log in', severity="FATAL"
            )
        return role
