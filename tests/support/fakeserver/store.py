"""The objects, the one counter of their versions, and everyone who watches them change."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import orjson

from tests.support.fakeserver.errors import expired
from tests.support.fakeserver.resources import Resource

if TYPE_CHECKING:
    from tradingstack_operator.model.kinds import Kind

Key = tuple[str, str]


@dataclass(slots=True, eq=False)
class Stored:
    """One version of one object; never changed, only replaced."""

    body: dict
    _bytes: dict[str, bytes] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        metadata = self.body["metadata"]
        return metadata.get("namespace", ""), metadata["name"]

    @property
    def labels(self) -> dict[str, str]:
        return self.body["metadata"].get("labels", {})

    def encoded(self, view: str = "full") -> bytes:
        """Serialise once for all who read: `full`, `bare` (as in a list) or `partial` metadata."""
        if view not in self._bytes:
            self._bytes[view] = orjson.dumps(_viewed(self.body, view))
        return self._bytes[view]


def _viewed(body: dict, view: str) -> dict:
    match view:
        case "bare":
            return {key: value for key, value in body.items() if key not in ("apiVersion", "kind")}
        case "partial":
            return {
                "kind": "PartialObjectMetadata",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": body["metadata"],
            }
        case _:
            return body


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One step of the cluster's history."""

    version: int
    resource: Resource
    before: Stored | None
    after: Stored | None
    """None after a deletion; `last` still tells what was deleted, and when."""
    last: Stored


class Subscriber(Protocol):
    """Someone who hears of every change."""

    def offer(self, change: Change) -> None:
        """Take note of a change."""
        ...


class Store:
    """What etcd is to an API server."""

    def __init__(self) -> None:
        self.version = 1
        self._objects: dict[Kind, dict[Key, Stored]] = {}
        self._frozen: dict[Kind, dict[Key, Stored]] | None = None
        self._frozen_version = 0
        self._history: list[Change] = []
        self._held: list[Change] | None = None
        self._oldest = 0
        self.subscribers: set[Subscriber] = set()

    def get(self, resource: Resource, key: Key) -> Stored | None:
        return self._objects.get(resource.kind, {}).get(key)

    def items(self, resource: Resource) -> Iterator[Stored]:
        return iter(list(self._objects.get(resource.kind, {}).values()))

    def read(self, resource: Resource, namespace: str) -> tuple[int, list[Stored]]:
        """List as a client sees it: in order of the keys, and stale while reads are frozen."""
        frozen = self._frozen is not None
        held = (self._frozen if frozen else self._objects).get(resource.kind, {})
        keys = sorted(key for key in held if not namespace or key[0] == namespace)
        return self._frozen_version if frozen else self.version, [held[key] for key in keys]

    def read_one(self, resource: Resource, key: Key) -> Stored | None:
        held = self._objects if self._frozen is None else self._frozen
        return held.get(resource.kind, {}).get(key)

    def commit(
        self, resource: Resource, before: Stored | None, body: dict, *, gone: bool
    ) -> Change:
        """Give the change the next version and let everybody hear of it."""
        self.version += 1
        metadata = body["metadata"] | {"resourceVersion": str(self.version)}
        stored = Stored(body | {"metadata": metadata})
        held = self._objects.setdefault(resource.kind, {})
        if gone:
            del held[stored.key]
        else:
            held[stored.key] = stored
        change = Change(self.version, resource, before, None if gone else stored, stored)
        self._history.append(change)
        if self._held is None:
            self._tell(change)
        else:
            self._held.append(change)
        return change

    def _tell(self, change: Change) -> None:
        for subscriber in tuple(self.subscribers):
            subscriber.offer(change)

    def since(self, version: int) -> list[Change]:
        """Replay what became visible after a version, or refuse when that is forgotten."""
        if version < self._oldest:
            raise expired(f"too old resource version: {version} ({self._oldest})")
        held = len(self._held or ())
        visible = self._history[: len(self._history) - held] if held else self._history
        return visible[bisect_right(visible, version, key=lambda it: it.version) :]

    def expire(self) -> None:
        """Forget the history, so that watches from older versions are refused."""
        self._history.clear()
        self._oldest = self.version

    def hold(self) -> None:
        """Keep changes from those who watch until they are released."""
        self._held = self._held or []

    def release(self, drop: Callable[[Change], bool]) -> None:
        held, self._held = self._held or [], None
        dropped = {change.version for change in held if drop(change)}
        self._history = [it for it in self._history if it.version not in dropped]
        for change in held:
            if change.version not in dropped:
                self._tell(change)

    def freeze_reads(self) -> None:
        """Answer reads from the present state until thawed, whatever is written meanwhile."""
        self._frozen = {kind: dict(held) for kind, held in self._objects.items()}
        self._frozen_version = self.version

    def thaw_reads(self) -> None:
        self._frozen = None
