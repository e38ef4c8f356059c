"""Certificates and their channel binding.

Goal: the first start makes a certificate that only the server reads, later starts keep it, and the
binding is the one that the client computes.
Method: files in a temporary directory; RFC 5929's rule against hashes by hashlib.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from kalampg.net.tls import load_or_create_tls, load_tls, server_end_point

NOW_US = 1_700_000_000_000_000
NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])


def certificate(
    key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
    algorithm: hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None,
) -> x509.Certificate:
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=1))
        .sign(key, algorithm)
    )


def test_the_first_start_makes_a_certificate_and_later_ones_keep_it(tmp_path: Path) -> None:
    first = load_or_create_tls(tmp_path, now_us=NOW_US)
    second = load_or_create_tls(tmp_path, now_us=NOW_US + 10**12)
    assert first.channel_binding == second.channel_binding
    assert sorted(path.name for path in tmp_path.iterdir()) == ["server.crt", "server.key"]
    made = x509.load_pem_x509_certificate((tmp_path / "server.crt").read_bytes())
    assert made.not_valid_before_utc == dt.datetime(2023, 11, 14, 21, 13, 20, tzinfo=dt.UTC)
    assert first.context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_only_its_owner_reads_the_key(tmp_path: Path) -> None:
    load_or_create_tls(tmp_path, now_us=NOW_US)
    assert (tmp_path / "server.key").stat().st_mode & 0o777 == 0o600


def test_a_start_that_died_between_the_files_is_repeated(tmp_path: Path) -> None:
    (tmp_path / "server.key").write_text("half of a key")
    (tmp_path / "server.key.partial").write_text("less")
    assert load_or_create_tls(tmp_path, now_us=NOW_US).channel_binding


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    load_or_create_tls(tmp_path, now_us=NOW_US)
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (tmp_path / "server.key").write_bytes(other)
    with pytest.raises(ssl.SSLError):
        load_tls(tmp_path / "server.crt", tmp_path / "server.key")


@pytest.mark.parametrize(
    ("algorithm", "name"),
    [(hashes.SHA256(), "sha256"), (hashes.SHA384(), "sha384"), (hashes.SHA512(), "sha512")],
    ids=["sha256", "sha384", "sha512"],
)
def test_the_binding_uses_the_hash_of_the_signature(
    algorithm: hashes.SHA256 | hashes.SHA384 | hashes.SHA512, name: str
) -> None:
    made = certificate(ec.generate_private_key(ec.SECP256R1()), algorithm)
    encoded = made.public_bytes(serialization.Encoding.DER)
    assert server_end_point(made) == hashlib.new(name, encoded).digest()


def test_a_signature_by_sha1_is_hashed_by_sha256() -> None:
    made = x509.load_pem_x509_certificate(SHA1_CERTIFICATE)
    encoded = made.public_bytes(serialization.Encoding.DER)
    assert server_end_point(made) == hashlib.sha256(encoded).digest()


def test_a_signature_without_a_hash_has_no_binding() -> None:
    assert server_end_point(certificate(ed25519.Ed25519PrivateKey.generate(), None)) is None


# openssl req -x509 -newkey rsa:1024 -nodes -sha1 -subj /CN=x -days 1
SHA1_CERTIFICATE = b"""-----BEGIN CERTIFICATE-----
MIIB9DCCAV2gAwIBAgIUWzC28fHgDmkTG7knt+RLh/0oIyUwDQYJKoZIhvcNAQEF
BQAwDDEKMAgGA1UEAwwBeDAeFw0yNjExMjEwNjUyMDBaFw0yNjExMjIwNjUyMDBa
MAwxCjAIBgNVBAMMAXgwgZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGBANdNWOx3
NsP0s/+Srxs9F4Rtd9gxOMJ+qx+sUpLKW9okcxe/GQM/JJUfPIElnm11iWbYgHrp
wlkrrmfI90dUNW0auqppMEBuvzlfS1tW8LqbTwWqn0/pklI+5eiJ8A5s4OTQ+ulw
/4ryXir+LCvn+JBN8/pGkRNyhGDqZZtU+QxhAgMBAAGjUzBRMB0GA1UdDgQWBBSe
hz0NIBcYXyK4zzy0z9cU3XQj7TAfBgNVHSMEGDAWgBSehz0NIBcYXyK4zzy0z9cU
3XQj7TAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBBQUAA4GBAMqmLXDCCfuo
Cqyw51XHnN/MJWFvnkHvncQ/MbFpIbXQcK9fAnM545HdrlWwX191ngmdBfnhXiR4
qohjUhsQ7mIy3QAqdcAmigx4sbUtyJUI0GveAe6spG4omxINYq9s5aFfAJCaBCRD
dfzPQGKy6lBnkCS6+YNOqYlZ9WPpHi7n
-----END CERTIFICATE-----
"""
