"""A certificate that nobody vouches for, for a port that must speak TLS though nobody has given one."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import socket
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CERTIFICATE, KEY = "self-made.crt", "self-made.key"
YEARS = 10


def self_made(folder: Path, host: str) -> tuple[str, str]:
    """The files of certificate and key in a folder, made first if they are not there."""
    certificate, key = folder / CERTIFICATE, folder / KEY
    if not (certificate.exists() and key.exists()):
        folder.mkdir(parents=True, exist_ok=True)
        pair = ec.generate_private_key(ec.SECP256R1())
        _write(key, _pem(pair))
        _write(certificate, _certificate(pair, host).public_bytes(serialization.Encoding.PEM))
    return str(certificate), str(key)


def _pem(pair: ec.EllipticCurvePrivateKey) -> bytes:
    return pair.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _certificate(pair: ec.EllipticCurvePrivateKey, host: str) -> x509.Certificate:
    own = socket.gethostname()[:64] or "localhost"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, own)])
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(pair.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=365 * YEARS))
        .add_extension(x509.SubjectAlternativeName(_names(own, host)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(pair, hashes.SHA256())
    )


def _names(own: str, host: str) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in dict.fromkeys(("localhost", own, "127.0.0.1", host)):
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    return found


def _write(path: Path, content: bytes) -> None:
    """Readable by the owner alone; never half of it."""
    waiting = path.with_suffix(path.suffix + ".new")
    handle = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    waiting.replace(path)
