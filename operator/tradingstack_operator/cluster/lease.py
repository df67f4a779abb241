"""The Lease of the operator's own namespace, read and written at most once a call."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus

from tradingstack_operator.cluster.client import Client
from tradingstack_operator.cluster.errors import RefusedError
from tradingstack_operator.model.kinds import LEASE
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.model.ports import PortError


@dataclass(frozen=True, slots=True)
class ClusterLease:
    """Fulfils ``LeasePort``."""

    client: Client
    namespace: str
    name: str
    seconds: float
    """How long one call may take: a renewal that comes too late is worth nothing."""

    async def read(self) -> Manifest | None:
        return await self._call("GET", LEASE.path(self.namespace, self.name), None)

    async def write(self, lease: Manifest) -> Manifest | None:
        """Replace the lease at the version it was read with, or create it."""
        if "resourceVersion" in lease["metadata"]:
            return await self._call("PUT", LEASE.path(self.namespace, self.name), lease)
        return await self._call("POST", LEASE.path(self.namespace), lease)

    async def _call(self, verb: str, path: str, body: Manifest | None) -> Manifest | None:
        try:
            async with asyncio.timeout(self.seconds):
                return await self.client.send(verb, path, body)
        except TimeoutError as error:
            raise PortError(f"{verb} of the lease took longer than {self.seconds} s") from error
        except RefusedError as error:
            if error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}:
                return None
            raise PortError(f"{verb} of lease {self.namespace}/{self.name}: {error}") from error
