"""The public keys of the cluster, with which a replica tells the halt relay from anybody else."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from tradingstack_contract.files import Relay, SigningKey
from tradingstack_contract.halts import AUDIENCE, SILENCE_SECONDS
from tradingstack_operator.cluster.client import Client
from tradingstack_operator.cluster.errors import RefusedError
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.model.ports import PortError

log = logging.getLogger(__name__)

EVERY: Final = 300.0
"""Seconds between two looks: a new key is published before anything is signed with it."""
CONFIGURATION: Final = "/.well-known/openid-configuration"
KEYS: Final = "/openid/v1/jwks"
JWK_SET: Final = "application/jwk-set+json"
"""The API server gives its keys in this type only."""

ROLE: Final = "system:service-account-issuer-discovery"
"""What lets a ServiceAccount read them; clusters bind it to all of them by themselves."""


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """Reads the keys and tells them, with all else by which a replica knows the relay."""

    client: Client
    subject: str
    """The relay's ServiceAccount as a user name."""
    on_read: Callable[[Relay], None]

    async def missing(self) -> list[str]:
        """Read the keys for the first time; a line says why that is impossible.

        The operator does not work without them: it would take away the file that replicas know
        the relay by, and so halt every stack. Raises ``PortError`` when there was no answer.
        """
        try:
            await self._read()
        except (RefusedError, LookupError) as error:
            return [f"the keys that sign tokens cannot be read ({error}): bind ClusterRole {ROLE}"]
        return []

    async def follow(self) -> None:
        """Read them again and again; while that fails the ones known before stay in force."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self._read()
            except (PortError, RefusedError, LookupError) as error:
                log.warning("signing keys not read", extra={"error": str(error)})

    async def _read(self) -> None:
        configuration = await self.client.get(CONFIGURATION)
        keys = await self.client.get(KEYS, accept=JWK_SET)
        self.on_read(
            Relay(
                issuer=configuration["issuer"],
                audience=AUDIENCE,
                subject=self.subject,
                keys=usable(keys),
                silence_seconds=SILENCE_SECONDS,
            )
        )


def usable(key_set: Manifest) -> tuple[SigningKey, ...]:
    """Take of each key its public part, in an order that does not depend on the server's.

    Raises ``LookupError`` when there is no key that a replica could check with.
    """
    known: list[SigningKey] = []
    for key in key_set["keys"]:
        public = {name: key[name] for name in SigningKey.model_fields if name in key}
        with suppress(ValidationError):
            known.append(SigningKey.model_validate(public))
    if not known:
        raise LookupError("it is none of the kinds RS256, ES256, ES384 and ES512")
    return tuple(sorted(known, key=lambda key: key.kid))
