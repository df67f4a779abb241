"""The server's certificate: read from files, replaced while connections come in.

A context in use is never altered: OpenSSL takes certificate and key one after the other, and a
failure between them would leave it without a key. A new pair gets a context of its own, is tried
in a handshake, and only then serves; every new connection is handed the context of that moment.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 2.0
"""Seconds between two looks at the files: a mounted Secret tells nobody that it changed."""
CHAIN, KEY = "tls.crt", "tls.key"


class CertificateError(Exception):
    """The files hold nothing that a client would accept; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate with its key, ready to serve."""

    context: ssl.SSLContext
    chain: bytes
    expires: datetime


@dataclass(slots=True)
class Certificate:
    """The pair in use; what is in the files may be newer, or worse."""

    directory: Path
    now: Callable[[], datetime]
    on_change: Callable[[datetime], None]
    """Told when a new pair expires."""
    pair: Pair | None = None
    problem: str = "the certificate is not read yet"
    """Why the files are not in use; empty when they are."""

    def listener(self) -> ssl.SSLContext:
        """Make the context of the listening socket, which has no certificate itself."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)

        # OpenSSL asks this of every client, whether or not it names a server.
        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
            del name
            if self.pair is None:
                return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
            connection.context = self.pair.context
            return None

        context.sni_callback = choose
        return context

    async def follow(self) -> None:
        """Look at the files for ever."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_EVERY)

    def look(self) -> None:
        """Use what is in the files if it is new and good; keep the pair in use otherwise."""
        try:
            chain = (self.directory / CHAIN).read_bytes()
            if self.pair is not None and self.pair.chain == chain:
                self.problem = ""
                return
            self.pair = read_pair(self.directory)
        except (OSError, CertificateError) as error:
            if self.problem != str(error):
                self.problem = str(error)
                log.warning("certificate not usable", extra={"error": self.problem})
            return
        self.problem = ""
        self.on_change(self.pair.expires)
        log.info("certificate in use", extra={"expires": self.pair.expires.isoformat()})

    def not_ready(self) -> Iterator[str]:
        if self.pair is None:
            yield f"no certificate: {self.problem}"
        elif self.pair.expires <= self.now():
            yield f"the certificate expired at {self.pair.expires.isoformat()}"


def read_pair(directory: Path) -> Pair:
    """Read certificate and key; raises ``CertificateError`` or ``OSError``."""
    # A Secret is replaced by pointing a link at another directory; both files must be of one.
    chain_file, key_file = ((directory / name).resolve(strict=True) for name in (CHAIN, KEY))
    chain = chain_file.read_bytes()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(chain_file, key_file)
        expires = expiry_seen_by_client(context, chain.decode())
    except ssl.SSLCertVerificationError as error:
        raise CertificateError(f"{directory / CHAIN}: {error.verify_message}") from error
    except (ssl.SSLError, UnicodeDecodeError) as error:
        reason = getattr(error, "reason", None) or "not PEM"
        raise CertificateError(f"{directory / CHAIN} with {KEY}: {reason}") from error
    return Pair(context, chain, expires)


def expiry_seen_by_client(server: ssl.SSLContext, chain: str) -> datetime:
    """Shake hands in memory with a client that trusts this certificate alone.

    Raises ``ssl.SSLCertVerificationError`` when it has expired, is not valid yet or is not meant
    for servers.
    """
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    client.load_verify_locations(cadata=chain)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(to_client, to_server)
    answering = server.wrap_bio(to_server, to_client, server_side=True)
    done = [False, False]
    while not all(done):
        done = [shaken(side) for side in (asking, answering)]
    seen: dict[str, Any] = asking.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(seen["notAfter"]), UTC)


def shaken(side: ssl.SSLObject) -> bool:
    """Take a side's handshake as far as it goes; tell whether it is done."""
    try:
        side.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True
