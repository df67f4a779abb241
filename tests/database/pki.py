"""What the secret store holds: certificates of an authority made for the test, and passwords."""

import time
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PASSWORDS = {
    "owner": "own'er $\\\" pass",
    "features": "fe:at%ures #1",
    "ingestor": "ing;est,or$1",
    "risk-api": "r1sk-\"'`api",
    "watchdog": "{{ w } -- dog",
}
"""Passwords with every character that has broken SQL, a shell or a configuration file before."""


def _pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _text(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


class Authority:
    """A certificate authority."""

    def __init__(self, name):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._sign(self.name, self.key.public_key(), (), authority=True)

    @property
    def text(self):
        return _text(self.certificate)

    def issue(self, name, *hosts):
        """Make a certificate and its key, both as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        return _text(self._sign(subject, key.public_key(), hosts)), _pem(key)

    def _sign(self, subject, public_key, hosts, *, authority=False):
        now = datetime.fromtimestamp(time.time(), UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        if hosts:
            names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self.key, hashes.SHA256())


def vault(authority=None):
    """Fill the stack's folder of the secret store: entries, each with its properties."""
    authority = authority or Authority("the stack's authority")
    server, server_key = authority.issue("alpha-database", "alpha-database")
    client, client_key = authority.issue("backup")
    return {
        "database-tls": {"tls.crt": server, "tls.key": server_key, "ca.crt": authority.text},
        "backup-tls": {"tls.crt": client, "tls.key": client_key},
        "backup-s3": {
            "access-key": "AKIDEXAMPLE",
            "secret-key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCY",
            "cipher-pass": 'a long phrase, =with# all"',
        },
        **{f"database-{name}": {"password": password} for name, password in PASSWORDS.items()},
    }
