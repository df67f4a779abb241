"""Certificates for the webhook, laid out as the kubelet lays out a mounted Secret."""

import datetime as dt
import ssl
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = dt.datetime.fromtimestamp(int(time.time()), dt.UTC)
DAY = dt.timedelta(days=1)


class Authority:
    """Issues certificates for ``localhost``."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "webhook tests")])
        self.serial = 1
        basic = x509.BasicConstraints(ca=True, path_length=None)
        self.certificate = self._sign(self.name, self.key.public_key(), basic, NOW + 30 * DAY)

    @property
    def bundle(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def client(self) -> ssl.SSLContext:
        """Trust what the authority has issued, as the API server trusts the ``caBundle``."""
        return ssl.create_default_context(cadata=self.bundle.decode())

    def issue(self, ends: dt.datetime = NOW + DAY) -> tuple[bytes, bytes]:
        """Make a new certificate and its key, both as PEM; ``serial`` is then that of it."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        basic = x509.BasicConstraints(ca=False, path_length=None)
        certificate = self._sign(subject, key.public_key(), basic, ends)
        return certificate.public_bytes(serialization.Encoding.PEM), key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def _sign(self, subject, public_key, basic, ends):
        self.serial += 1
        own, issuer = x509.SubjectKeyIdentifier, x509.AuthorityKeyIdentifier
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(public_key)
            .serial_number(self.serial)
            .not_valid_before(NOW - 10 * DAY)
            .not_valid_after(ends)
            .add_extension(basic, critical=True)
            .add_extension(own.from_public_key(public_key), critical=False)
            .add_extension(issuer.from_issuer_public_key(self.key.public_key()), critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .sign(self.key, hashes.SHA256())
        )


class Mount:
    """A directory in which links lead to the files of one of several versions."""

    def __init__(self, directory: Path):
        self.directory = directory
        self.directory.mkdir()
        self.versions = 0

    def write(self, chain: bytes, key: bytes) -> None:
        """Replace both files at once, as the kubelet does when the Secret has changed."""
        self.versions += 1
        version = self.directory / f"..{self.versions}"
        version.mkdir()
        (version / "tls.crt").write_bytes(chain)
        (version / "tls.key").write_bytes(key)
        link = self.directory / "..data_tmp"
        link.symlink_to(version.name)
        link.rename(self.directory / "..data")
        for name in ("tls.crt", "tls.key"):
            if not (self.directory / name).is_symlink():
                (self.directory / name).symlink_to(f"..data/{name}")
