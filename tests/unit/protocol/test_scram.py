"""SCRAM: verifiers and the server's side of the exchange.

Goal: the RFC's own exchange is reproduced byte for byte, a verifier is PostgreSQL's, and only the
password opens the door.

Method: RFC 7677's vector, a verifier that PostgreSQL 15 made, and a client written from RFC 5802
with the standard library only.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalampg import errors
from kalampg.protocol.scram import (
    SCRAM_SHA_256,
    SCRAM_SHA_256_PLUS,
    SaslInitialResponse,
    ScramExchange,
    Verifier,
    create_verifier,
    decode_sasl_initial_response,
    make_nonce,
    mechanisms,
    mock_verifier,
    parse_verifier,
)

# RFC 7677, section 3.
RFC_SALT = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
RFC_CLIENT_FIRST = b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
RFC_SERVER_NONCE = b"%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
RFC_SERVER_FIRST = (
    b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
)
RFC_CLIENT_FINAL = (
    b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
)
RFC_SERVER_FINAL = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

PENCIL = create_verifier("pencil", salt=RFC_SALT)
BINDING = hashlib.sha256(b"certificate").digest()


def exchange(verifier: Verifier = PENCIL, *, channel_binding: bytes | None = None) -> ScramExchange:
    return ScramExchange(
        user="user",
        verifier=verifier,
        channel_binding=channel_binding,
        server_nonce=RFC_SERVER_NONCE,
    )


class Client:
    """RFC 5802's client, from the text of the RFC."""

    def __init__(self, password: bytes, gs2_header: bytes = b"n,,", binding: bytes = b"") -> None:
        self.password = password
        self.gs2_header = gs2_header
        self.binding = binding
        self.bare = b"n=,r=clientnonce"
        self.server_signature = b""

    def first(self) -> bytes:
        return self.gs2_header + self.bare

    def final(self, server_first: bytes) -> bytes:
        nonce, salt, iterations = (part[2:] for part in server_first.split(b","))
        salted = hashlib.pbkdf2_hmac(
            "sha256", self.password, base64.b64decode(salt), int(iterations)
        )
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        stored_key = hashlib.sha256(client_key).digest()
        without_proof = b"c=" + base64.b64encode(self.gs2_header + self.binding) + b",r=" + nonce
        message = self.bare + b"," + server_first + b"," + without_proof
        signature = hmac.digest(stored_key, message, "sha256")
        proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        server_key = hmac.digest(salted, b"Server Key", "sha256")
        self.server_signature = hmac.digest(server_key, message, "sha256")
        return without_proof + b",p=" + base64.b64encode(proof)


def test_reproduces_the_exchange_of_rfc_7677() -> None:
    server = exchange()
    assert server.begin(SCRAM_SHA_256, RFC_CLIENT_FIRST) == RFC_SERVER_FIRST
    assert server.finish(RFC_CLIENT_FINAL) == RFC_SERVER_FINAL


def test_channel_binding_ties_the_proof_to_the_certificate() -> None:
    client = Client(b"pencil", b"p=tls-server-end-point,,", BINDING)
    server = exchange(channel_binding=BINDING)
    final = client.final(server.begin(SCRAM_SHA_256_PLUS, client.first()))
    assert server.finish(final) == b"v=" + base64.b64encode(client.server_signature)


def test_channel_binding_of_another_certificate_is_refused() -> None:
    client = Client(b"pencil", b"p=tls-server-end-point,,", hashlib.sha256(b"mallory").digest())
    server = exchange(channel_binding=BINDING)
    final = client.final(server.begin(SCRAM_SHA_256_PLUS, client.first()))
    with pytest.raises(errors.InvalidAuthorizationSpecification, match="binding check failed"):
        server.finish(final)


@pytest.mark.parametrize("flag", [b"n", b"y"])
def test_without_tls_a_client_may_or_may_not_know_channel_binding(flag: bytes) -> None:
    client = Client(b"pencil", flag + b",,")
    server = exchange()
    assert server.finish(client.final(server.begin(SCRAM_SHA_256, client.first())))


def test_a_client_over_tls_may_do_without_channel_binding() -> None:
    client = Client(b"pencil")
    server = exchange(channel_binding=BINDING)
    assert server.finish(client.final(server.begin(SCRAM_SHA_256, client.first())))


def test_a_client_that_was_not_shown_our_channel_binding_is_warned() -> None:
    with pytest.raises(errors.InvalidAuthorizationSpecification, match="negotiation error"):
        exchange(channel_binding=BINDING).begin(SCRAM_SHA_256, b"y,,n=,r=x")


@settings(max_examples=20)
@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=12))
def test_the_password_and_only_the_password_opens(password: str) -> None:
    verifier = create_verifier(password, salt=b"0123456789abcdef", iterations=2)
    for tried, opens in ((password, True), (password + "x", False)):
        client = Client(tried.encode())
        server = exchange(verifier)
        final = client.final(server.begin(SCRAM_SHA_256, client.first()))
        if opens:
            server.finish(final)
        else:
            with pytest.raises(errors.InvalidPassword):
                server.finish(final)


def test_unknown_user_and_wrong_password_look_alike() -> None:
    replies = []
    for verifier in (PENCIL, mock_verifier(b"secret", "user")):
        client = Client(b"wrong")
        server = exchange(verifier)
        server_first = server.begin(SCRAM_SHA_256, client.first())
        with pytest.raises(errors.InvalidPassword) as raised:
            server.finish(client.final(server_first))
        error = raised.value
        replies.append((error.sqlstate, error.severity, error.message, error.detail))
        assert len(server_first) == len(b"r=clientnonce" + RFC_SERVER_NONCE) + 34
    assert replies[0] == replies[1]
    assert replies[0] == (
        "28P01", "FATAL", 'password authentication failed for user "user"', None,
    )  # fmt: skip


def test_a_mock_user_has_the_same_salt_tomorrow_and_another_one_than_its_neighbour() -> None:
    assert mock_verifier(b"secret", "a") == mock_verifier(b"secret", "a")
    assert mock_verifier(b"secret", "a").salt != mock_verifier(b"secret", "b").salt
    assert mock_verifier(b"secret", "a").salt != mock_verifier(b"other", "a").salt
    assert len(mock_verifier(b"secret", "a").salt) == len(PENCIL.salt)


MALFORMED = "malformed SCRAM message"


@pytest.mark.parametrize(
    ("mechanism", "client_first", "binding", "sqlstate", "reason"),
    [
        pytest.param("PLAIN", b"n,,n=,r=x", None, "08P01",
                     "client selected an invalid SASL authentication mechanism", id="mechanism"),
        pytest.param(SCRAM_SHA_256_PLUS, b"p=tls-server-end-point,,n=,r=x", None, "08P01",
                     "client selected an invalid SASL authentication mechanism",
                     id="plus-without-tls"),
        pytest.param(SCRAM_SHA_256_PLUS, b"n,,n=,r=x", BINDING, "08P01", MALFORMED,
                     id="plus-without-binding"),
        pytest.param(SCRAM_SHA_256_PLUS, b"p=tls-unique,,n=,r=x", BINDING, "08P01",
                     'unsupported SCRAM channel-binding type "tls-unique"', id="other-binding"),
        pytest.param(SCRAM_SHA_256, b"p=tls-server-end-point,,n=,r=x", BINDING, "08P01", MALFORMED,
                     id="binding-without-plus"),
        pytest.param(SCRAM_SHA_256, b"x,,n=,r=x", None, "08P01", MALFORMED, id="flag"),
        pytest.param(SCRAM_SHA_256, b"", None, "08P01", MALFORMED, id="empty"),
        pytest.param(SCRAM_SHA_256, b"n,a=root,n=,r=x", None, "0A000",
                     "client uses authorization identity, but it is not supported", id="authzid"),
        pytest.param(SCRAM_SHA_256, b"n,,m=x,n=,r=x", None, "0A000",
                     "client requires an unsupported SCRAM extension", id="extension"),
        pytest.param(SCRAM_SHA_256, b"n,,r=x", None, "08P01", MALFORMED, id="no-user"),
        pytest.param(SCRAM_SHA_256, b"n,,n=", None, "08P01", MALFORMED, id="no-nonce"),
        pytest.param(SCRAM_SHA_256, b"n,,n=,r=", None, "08P01", MALFORMED, id="empty-nonce"),
        pytest.param(SCRAM_SHA_256, b"n,,n=,r=a\x7f", None, "08P01", MALFORMED,
                     id="nonce-not-printable"),
    ],
)  # fmt: skip
def test_a_bad_first_message_is_refused(
    mechanism: str, client_first: bytes, binding: bytes | None, sqlstate: str, reason: str
) -> None:
    with pytest.raises(errors.PgError) as raised:
        exchange(channel_binding=binding).begin(mechanism, client_first)
    assert (raised.value.sqlstate, raised.value.message) == (sqlstate, reason)
    assert raised.value.severity == "FATAL"


NONCE = b"r=rOprNGfwEbeRWgbNEkqO" + RFC_SERVER_NONCE
PROOF = RFC_CLIENT_FINAL[-44:]


@pytest.mark.parametrize(
    ("client_final", "reason"),
    [
        pytest.param(b"", MALFORMED, id="empty"),
        pytest.param(b"c=biws," + NONCE, MALFORMED, id="no-proof"),
        pytest.param(b"c=biws,p=" + PROOF, MALFORMED, id="no-nonce"),
        pytest.param(NONCE + b",c=biws,p=" + PROOF, MALFORMED, id="order"),
        pytest.param(b"x=biws," + NONCE + b",p=" + PROOF, MALFORMED, id="no-binding"),
        pytest.param(b"c=!," + NONCE + b",p=" + PROOF, MALFORMED, id="binding-not-base64"),
        pytest.param(b"c=biws," + NONCE + b",p=AAAA", MALFORMED, id="proof-too-short"),
        pytest.param(b"c=biws," + NONCE + b",p=*", MALFORMED, id="proof-not-base64"),
        pytest.param(b"c=biws," + NONCE + b"x,p=" + PROOF, "invalid SCRAM response", id="nonce"),
        pytest.param(b"c=eSws," + NONCE + b",p=" + PROOF, "SCRAM channel binding check failed",
                     id="binding-changed-its-mind"),
    ],
)  # fmt: skip
def test_a_bad_final_message_is_refused(client_final: bytes, reason: str) -> None:
    server = exchange()
    server.begin(SCRAM_SHA_256, RFC_CLIENT_FIRST)
    with pytest.raises(errors.PgError) as raised:
        server.finish(client_final)
    assert (raised.value.message, raised.value.severity) == (reason, "FATAL")


def test_a_step_runs_once_and_in_order() -> None:
    server = exchange()
    with pytest.raises(errors.ProtocolViolation):
        server.finish(RFC_CLIENT_FINAL)
    server.begin(SCRAM_SHA_256, RFC_CLIENT_FIRST)
    with pytest.raises(errors.ProtocolViolation):
        server.begin(SCRAM_SHA_256, RFC_CLIENT_FIRST)
    server.finish(RFC_CLIENT_FINAL)
    with pytest.raises(errors.ProtocolViolation):
        server.finish(RFC_CLIENT_FINAL)


def test_offers_channel_binding_first_where_there_is_tls() -> None:
    assert mechanisms(None) == ("SCRAM-SHA-256",)
    assert mechanisms(BINDING) == ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256")


def test_a_nonce_has_18_random_bytes() -> None:
    assert make_nonce(lambda size: b"\xff" * size) == base64.b64encode(b"\xff" * 18)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            b"SCRAM-SHA-256\0\0\0\0\x03n,,", SaslInitialResponse("SCRAM-SHA-256", b"n,,"), id="data"
        ),
        pytest.param(b"X\0\xff\xff\xff\xff", SaslInitialResponse("X", None), id="no-data"),
        pytest.param(b"X\0\0\0\0\0", SaslInitialResponse("X", b""), id="empty-data"),
    ],
)
def test_decodes_sasl_initial_response(body: bytes, expected: SaslInitialResponse) -> None:
    assert decode_sasl_initial_response(body) == expected


@pytest.mark.parametrize(
    "body",
    [b"", b"X", b"X\0", b"X\0\0\0\0", b"X\0\0\0\0\x02a", b"X\0\0\0\0\0a", b"X\0\xff\xff\xff\xffa"],
)
def test_refuses_a_malformed_sasl_initial_response(body: bytes) -> None:
    with pytest.raises(errors.ProtocolViolation):
        decode_sasl_initial_response(body)


# CREATE ROLE ... PASSWORD 'pässwört' on PostgreSQL 15.20, from pg_authid.
POSTGRESQL_VERIFIER = (
    "SCRAM-SHA-256$4096:7BAkVS8Xn9H2i4qYoE4RXw==$Vjy8m4elMmUZj9Up"
    "/HfnamdCy10PwI3X5NnFGfGSA3U=:NJhZeXRFshxc4bAP+fQ/l+PPnR7kXIw3RWamUCPr/Gs="
)


def test_a_verifier_is_the_one_that_postgresql_makes() -> None:
    verifier = parse_verifier(POSTGRESQL_VERIFIER)
    assert verifier is not None
    assert str(verifier) == POSTGRESQL_VERIFIER
    assert create_verifier("pässwört", salt=verifier.salt) == verifier
    assert "stored_key" not in repr(verifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pencil",
        "md53175bce1d3201d16594cebf9d7eb3f9d",
        str(PENCIL).replace("SCRAM-SHA-256", "SCRAM-SHA-1"),
        str(PENCIL).replace("4096", "0"),
        str(PENCIL).replace("4096", "x"),
        str(PENCIL)[:-4],
        str(PENCIL) + "$",
        str(PENCIL).replace("W", "!"),
    ],
)
def test_what_is_not_a_verifier_is_a_password(text: str) -> None:
    assert parse_verifier(text) is None
