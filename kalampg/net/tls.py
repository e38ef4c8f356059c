"""TLS: the server's certificate, from files or made at the first start, and its channel binding."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CERTIFICATE_FILE: Final = "server.crt"
KEY_FILE: Final = "server.key"
# Nobody renews a certificate that nobody can verify; ten years is what PostgreSQL packages use.
SELF_SIGNED_DAYS: Final = 3650


@dataclass(frozen=True, slots=True)
class ServerTls:
    """What a TLS handshake needs, and what SCRAM-SHA-256-PLUS binds to.

    ``channel_binding`` is ``None`` for certificates whose signature has no hash (Ed25519).
    """

    context: ssl.SSLContext = field(repr=False)
    channel_binding: bytes | None


def load_tls(certificate_file: Path, key_file: Path) -> ServerTls:
    """Read certificate and key, both PEM.

    Raises:
        OSError: a file cannot be read (``ssl.SSLError`` is one: they do not fit together).
        ValueError: the certificate is not one.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate_file, key_file)
    certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    return ServerTls(context, server_end_point(certificate))


def load_or_create_tls(data_dir: Path, *, now_us: int) -> ServerTls:
    """Load the certificate in ``data_dir``; make a self-signed one at the first start."""
    certificate_file, key_file = data_dir / CERTIFICATE_FILE, data_dir / KEY_FILE
    if not certificate_file.exists():
        certificate, key = _self_signed(dt.datetime.fromtimestamp(now_us / 1e6, dt.UTC))
        # The certificate comes last: where it exists, so does its key.
        _write_private(key_file, key)
        _write_private(certificate_file, certificate)
    return load_tls(certificate_file, key_file)


def server_end_point(certificate: x509.Certificate) -> bytes | None:
    """Return the channel binding "tls-server-end-point" of RFC 5929, section 4.1.

    It is the hash of the certificate by the hash of its signature; MD5 and SHA-1 become SHA-256.
    """
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return None
    if algorithm is None:
        return None
    if isinstance(algorithm, hashes.MD5 | hashes.SHA1):
        algorithm = hashes.SHA256()
    return certificate.fingerprint(algorithm)


def _self_signed(now: dt.datetime) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kalampg")])
    names = [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.IPAddress(ipaddress.ip_address("::1")),
    ]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # An hour back, for clients whose clock is late.
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=SELF_SIGNED_DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def _write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads; it appears whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
