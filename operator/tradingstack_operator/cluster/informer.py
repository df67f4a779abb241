"""Follow one kind of object on the API server, for ever, without missing a deletion."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Protocol

import orjson

from tradingstack_operator.cluster.client import Client
from tradingstack_operator.cluster.errors import (
    BusyError,
    ExpiredError,
    RefusedError,
    UnreachableError,
)
from tradingstack_operator.cluster.store import Address
from tradingstack_operator.model.kinds import Kind
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.model.ports import PortError

WATCH_SECONDS: Final = 28
"""How long a watch lasts: a dead connection is noticed, and a bookmark comes, within 30 s."""
BACKOFFS: Final = (0.2, 0.5, 1.0, 2.0, 4.0)
MISSING_PAUSE: Final = 10.0
"""Seconds between two looks at whether a missing kind has been installed."""


class Sink(Protocol):
    """Where what the informer sees goes; called on the event loop, must not block."""

    def upsert(self, kind: Kind, manifest: Manifest) -> None: ...

    def remove(self, kind: Kind, manifest: Manifest) -> None: ...

    def begin(self, kind: Kind, resource_version: int) -> None:
        """Learn that a list of this version is about to come, object by object."""

    def retain(self, kind: Kind, alive: set[Address], resource_version: int) -> None:
        """Forget what the list did not hold and what is no newer than it."""

    def missing(self, kind: Kind) -> None:
        """Learn that the server does not serve this kind."""


@dataclass(slots=True)
class Informer:
    """One kind's list and watch."""

    client: Client
    kind: Kind
    sink: Sink
    on_trouble: Callable[[Kind, Exception], None]
    selector: str = ""
    """Of labels."""
    fields: str = ""
    """A selector of fields."""
    metadata_only: bool = False
    seconds: int = WATCH_SECONDS
    """How long one watch lasts."""
    relist: bool = False
    """Whether to list anew after every watch: no lost event is believed for longer than that."""
    synced: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once the sink has held everything the server had."""
    connected: bool = False
    _since: str = ""
    """The resource version to watch from; empty when only a new list will do."""
    _failures: int = 0

    async def run(self) -> None:
        """List, then watch from there; whatever fails is tried again, with growing pauses."""
        while True:
            try:
                if self.relist or not self._since:
                    await self._list()
                await self._watch()
            except RefusedError as error:
                await self._refused(error)
            except PortError as error:
                self.connected = False
                if isinstance(error, (ExpiredError, BusyError)):
                    self._since = ""
                self.on_trouble(self.kind, error)
                await asyncio.sleep(pause_after(self._failures))
                self._failures += 1

    async def _list(self) -> None:
        """Take a list page by page: as manifests, all its objects at once would fill the memory."""
        alive: set[Address] = set()
        page = ""
        while True:
            answer = await self.client.list_page(
                self.kind, self._selector(), page, metadata_only=self.metadata_only
            )
            since = str(answer["metadata"]["resourceVersion"])
            if not page:
                self.sink.begin(self.kind, int(since))
            for manifest in answer["items"]:
                self.sink.upsert(self.kind, manifest)
                alive.add(Address.of(manifest))
            page = answer["metadata"].get("continue", "")
            if not page:
                break
        self.sink.retain(self.kind, alive, int(since))
        self._since = since
        self.synced.set()

    async def _watch(self) -> None:
        async with self.client.watch(
            self.kind,
            self._selector(),
            self._since,
            metadata_only=self.metadata_only,
            seconds=self.seconds,
        ) as stream:
            self.connected = True
            self._failures = 0
            async for line in stream:
                self._take(line)

    def _selector(self) -> dict[str, str]:
        chosen = {"labelSelector": self.selector, "fieldSelector": self.fields}
        return {name: value for name, value in chosen.items() if value}

    def _take(self, line: bytes) -> None:
        try:
            event = orjson.loads(line)
            change, manifest = event["type"], event["object"]
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise UnreachableError("the stream holds a line that is no event") from error
        match change:
            case "ERROR":
                code = manifest.get("code")
                message = f"watch ended: {code} {manifest.get('message', '')}"
                if code == HTTPStatus.GONE:
                    raise ExpiredError(message)
                raise BusyError(message, 0)
            case "DELETED":
                self.sink.remove(self.kind, manifest)
            case "ADDED" | "MODIFIED":
                self.sink.upsert(self.kind, manifest)
            case _:
                # A bookmark only brings a newer resource version.
                pass
        self._since = str(manifest["metadata"]["resourceVersion"])

    async def _refused(self, error: RefusedError) -> None:
        self._since = ""
        self.connected = False
        if error.status == HTTPStatus.NOT_FOUND and self.kind.optional:
            self.sink.missing(self.kind)
            self.synced.set()
            self.connected = True
        else:
            self.on_trouble(self.kind, error)
        await asyncio.sleep(MISSING_PAUSE)


def pause_after(failures: int) -> float:
    """Grow to 4 s and no further, spread so that replicas do not come back in step."""
    longest = BACKOFFS[min(failures, len(BACKOFFS) - 1)]
    return longest * random.uniform(0.5, 1)  # noqa: S311 - it spreads load
