"""SCRAM-SHA-256 and SCRAM-SHA-256-PLUS: verifiers, and the server's side of the exchange.

Bytes in, bytes out. Which methods a client is offered, and what its user may do, is decided in
``net/authentication.py`` and ``kalampg.auth``. Randomness is passed in.

A user that does not exist is played by a mock verifier: every step, its salt included, looks as
for a real user and takes as long; only the proof can never be right.

Wire:
    SASLInitialResponse: mechanism cstring | length int32 (-1: none) | client-first-message
    client-first-message: gs2-header "n,,"; then "n=user,r=nonce"
    server-first-message: "r=nonce,s=salt,i=iterations"
    client-final-message: "c=base64(gs2-header binding),r=nonce,p=proof"
    server-final-message: "v=server signature"

Source:
    RFC 5802, RFC 7677, RFC 5929; ``auth-scram.c``; PostgreSQL documentation, "sasl-authentication".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from kalampg import errors
from kalampg.protocol.saslprep import prepare_password

SCRAM_SHA_256: Final = "SCRAM-SHA-256"
SCRAM_SHA_256_PLUS: Final = "SCRAM-SHA-256-PLUS"
# PostgreSQL's SCRAM_SHA_256_DEFAULT_ITERATIONS, SCRAM_DEFAULT_SALT_LEN and SCRAM_RAW_NONCE_LEN.
ITERATIONS: Final = 4096
SALT_BYTES: Final = 16
NONCE_BYTES: Final = 18
KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Verifier:
    """What the server keeps instead of a password; it proves one but does not give it away."""

    iterations: int
    salt: bytes
    stored_key: bytes = field(repr=False)
    server_key: bytes = field(repr=False)

    def __str__(self) -> str:
        keys = f"{_base64(self.stored_key)}:{_base64(self.server_key)}"
        return f"{SCRAM_SHA_256}${self.iterations}:{_base64(self.salt)}${keys}"


def create_verifier(password: str, *, salt: bytes, iterations: int = ITERATIONS) -> Verifier:
    """Hash ``password``; takes milliseconds by intention."""
    salted = hashlib.pbkdf2_hmac("sha256", prepare_password(password), salt, iterations)
    client_key = _hmac(salted, b"Client Key")
    return Verifier(
        iterations=iterations,
        salt=salt,
        stored_key=hashlib.sha256(client_key).digest(),
        server_key=_hmac(salted, b"Server Key"),
    )


def parse_verifier(text: str) -> Verifier | None:
    """Read PostgreSQL's form of a verifier; ``None`` if ``text`` is not one.

    >>> text = "SCRAM-SHA-256$4096:AAAA$" + "A" * 43 + "=:" + "B" * 42 + "A="
    >>> str(parse_verifier(text)) == text, parse_verifier("secret")
    (True, None)
    """
    try:
        mechanism, parameters, keys = text.split("$")
        iterations, salt = parameters.split(":")
        stored_key, server_key = keys.split(":")
        verifier = Verifier(
            iterations=int(iterations),
            salt=_from_base64(salt.encode()),
            stored_key=_from_base64(stored_key.encode()),
            server_key=_from_base64(server_key.encode()),
        )
    except ValueError:
        return None
    is_sound = (
        mechanism == SCRAM_SHA_256
        and verifier.iterations > 0
        and len(verifier.stored_key) == KEY_BYTES
        and len(verifier.server_key) == KEY_BYTES
    )
    return verifier if is_sound else None


def mock_verifier(server_secret: bytes, user: str) -> Verifier:
    """Return the verifier of a user that does not exist: the same one each time it is asked for.

    Nobody knows a client key whose hash is ``stored_key``, so no proof fits.
    """
    name = user.encode(errors="surrogateescape")
    return Verifier(
        iterations=ITERATIONS,
        salt=_hmac(server_secret, b"salt\0" + name)[:SALT_BYTES],
        stored_key=_hmac(server_secret, b"stored key\0" + name),
        server_key=_hmac(server_secret, b"server key\0" + name),
    )


def mechanisms(channel_binding: bytes | None) -> tuple[str, ...]:
    """Name what to offer, best first. ``channel_binding`` is ``None`` where there is no TLS."""
    if channel_binding is None:
        return (SCRAM_SHA_256,)
    return (SCRAM_SHA_256_PLUS, SCRAM_SHA_256)


def make_nonce(random_bytes: Callable[[int], bytes]) -> bytes:
    """Return a nonce in the characters that SCRAM admits."""
    return base64.b64encode(random_bytes(NONCE_BYTES))


@dataclass(frozen=True, slots=True)
class SaslInitialResponse:
    """The mechanism that the client chose, and its first message if it sent one."""

    mechanism: str
    data: bytes | None


def decode_sasl_initial_response(body: bytes) -> SaslInitialResponse:
    """Decode the body of the first ``p`` message.

    Raises:
        ProtocolViolation: 08P01 FATAL if the layout is wrong.
    """
    name, zero, rest = body.partition(b"\0")
    if not zero or len(rest) < 4:
        raise errors.ProtocolViolation("malformed SASL initial response", severity="FATAL")
    length = int.from_bytes(rest[:4], signed=True)
    data = rest[4:]
    if length != len(data) and not (length == -1 and not data):
        raise errors.ProtocolViolation("malformed SASL initial response", severity="FATAL")
    return SaslInitialResponse(name.decode("ascii", "replace"), None if length == -1 else data)


class _Step(Enum):
    FIRST = auto()
    FINAL = auto()
    DONE = auto()


class ScramExchange:
    """One authentication, from the server's side. ``server_nonce`` comes from ``make_nonce``.

    Invariants:
        - ``finish`` returns only if the client knows the password; each step runs once.
        - Whether the user exists changes neither messages nor the work done.
    """

    def __init__(
        self,
        *,
        user: str,
        verifier: Verifier,
        channel_binding: bytes | None,
        server_nonce: bytes,
    ) -> None:
        self._user = user
        self._verifier = verifier
        self._channel_binding = channel_binding
        self._server_nonce = server_nonce
        self._step = _Step.FIRST
        self._binding = b""  # what "c=" of the final message must hold
        self._nonce = b""
        self._signed_so_far = b""

    def begin(self, mechanism: str, client_first: bytes) -> bytes:
        """Take the client-first-message, return the server-first-message.

        Raises:
            PgError: FATAL. 08P01, 0A000 or 28000, as PostgreSQL says it.
        """
        if self._step is not _Step.FIRST:
            raise _malformed("Message out of order.")
        if mechanism not in mechanisms(self._channel_binding):
            message = "client selected an invalid SASL authentication mechanism"
            raise errors.ProtocolViolation(message, severity="FATAL")
        gs2_header, bare = self._read_gs2_header(mechanism, client_first)
        client_nonce = _client_nonce(bare)
        self._nonce = client_nonce + self._server_nonce
        verifier = self._verifier
        salt = base64.b64encode(verifier.salt)
        server_first = b"r=%b,s=%b,i=%d" % (self._nonce, salt, verifier.iterations)
        self._binding = gs2_header
        if mechanism == SCRAM_SHA_256_PLUS and self._channel_binding is not None:
            self._binding += self._channel_binding
        self._signed_so_far = bare + b"," + server_first + b","
        self._step = _Step.FINAL
        return server_first

    def finish(self, client_final: bytes) -> bytes:
        """Take the client-final-message, return the server-final-message.

        Raises:
            InvalidPassword: 28P01 FATAL if the proof is wrong.
            PgError: FATAL. 08P01 or 28000 if the message is.
        """
        if self._step is not _Step.FINAL:
            raise _malformed("Message out of order.")
        self._step = _Step.DONE
        unproved, comma, encoded_proof = client_final.rpartition(b",p=")
        attributes = unproved.split(b",")
        if not comma or len(attributes) < 2 or not attributes[1].startswith(b"r="):
            raise _malformed("Expected the attributes c, r and p.")
        self._check_binding(attributes[0])
        if not hmac.compare_digest(attributes[1][2:], self._nonce):
            raise errors.ProtocolViolation(
                "invalid SCRAM response", severity="FATAL", detail="Nonce does not match."
            )
        proof = _attribute_value(encoded_proof)
        if len(proof) != KEY_BYTES:
            raise _malformed("The proof has the wrong length.")
        signed = self._signed_so_far + unproved
        signature = _hmac(self._verifier.stored_key, signed)
        client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
        stored_key = hashlib.sha256(client_key).digest()
        if not hmac.compare_digest(stored_key, self._verifier.stored_key):
            raise wrong_password(self._user)
        return b"v=" + base64.b64encode(_hmac(self._verifier.server_key, signed))

    def _read_gs2_header(self, mechanism: str, client_first: bytes) -> tuple[bytes, bytes]:
        """Split off the header; refuse a wish for channel binding that does not fit."""
        parts = client_first.split(b",", 2)
        if len(parts) != 3:
            raise _malformed("The gs2 header is incomplete.")
        flag, authorization_identity, bare = parts
        if mechanism == SCRAM_SHA_256_PLUS:
            if flag != b"p=tls-server-end-point":
                raise _binding_refused(flag)
        elif flag == b"y" and self._channel_binding is not None:
            # Someone between us hid that we offer channel binding.
            raise errors.InvalidAuthorizationSpecification(
                "SCRAM channel binding negotiation error",
                severity="FATAL",
                detail="The client supports SCRAM channel binding but thinks the server does not.  "
                "However, this server does support channel binding.",
            )
        elif flag not in {b"n", b"y"}:
            raise _binding_refused(flag)
        if authorization_identity:
            message = "client uses authorization identity, but it is not supported"
            raise errors.FeatureNotSupported(message, severity="FATAL")
        return flag + b",,", bare

    def _check_binding(self, attribute: bytes) -> None:
        if not attribute.startswith(b"c="):
            raise _malformed("Expected the attributes c, r and p.")
        if not hmac.compare_digest(_attribute_value(attribute[2:]), self._binding):
            message = "SCRAM channel binding check failed"
            raise errors.InvalidAuthorizationSpecification(message, severity="FATAL")


def wrong_password(user: str) -> errors.InvalidPassword:
    """The one answer to a wrong password and to a user that does not exist."""
    message = f'password authentication failed for user "{user}"'
    return errors.InvalidPassword(message, severity="FATAL")


def _client_nonce(bare: bytes) -> bytes:
    """Read client-first-message-bare; the user name in it is ignored, as PostgreSQL does."""
    attributes = bare.split(b",")
    if attributes[0].startswith(b"m="):
        message = "client requires an unsupported SCRAM extension"
        raise errors.FeatureNotSupported(message, severity="FATAL")
    if len(attributes) < 2 or not attributes[0].startswith(b"n="):
        raise _malformed("Expected the attributes n and r.")
    nonce = attributes[1].removeprefix(b"r=")
    is_printable = all(0x21 <= byte <= 0x7E for byte in nonce)
    if not attributes[1].startswith(b"r=") or not nonce or not is_printable:
        raise _malformed("The nonce is missing or not printable.")
    return nonce


def _binding_refused(flag: bytes) -> errors.ProtocolViolation:
    if flag.startswith(b"p=") and flag != b"p=tls-server-end-point":
        name = flag[2:].decode("ascii", "replace")
        message = f'unsupported SCRAM channel-binding type "{name}"'
        return errors.ProtocolViolation(message, severity="FATAL")
    return _malformed("The channel-binding flag does not fit the SASL mechanism.")


def _malformed(detail: str) -> errors.ProtocolViolation:
    return errors.ProtocolViolation("malformed SCRAM message", severity="FATAL", detail=detail)


def _attribute_value(encoded: bytes) -> bytes:
    try:
        return _from_base64(encoded)
    except binascii.Error as error:
        raise _malformed("An attribute is not base64.") from error


def _from_base64(encoded: bytes) -> bytes:
    return base64.b64decode(encoded, validate=True)


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")
