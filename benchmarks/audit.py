"""What the API server itself noted: who asked for what, and when it was answered."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson

from tradingstack_operator.model.kinds import EVENT, LEASE, MANAGED_KINDS, TRADING_STACK

READS: Final = frozenset({"get", "list", "watch"})
REVIEWS: Final = "selfsubjectaccessreviews"
CHILDREN: Final = frozenset(kind.plural for kind in MANAGED_KINDS)
POLL: Final = 0.5
"""Seconds between two looks at the log's end."""


@dataclass(frozen=True, slots=True)
class Request:
    """One answered request; moments are seconds since the epoch, by the API server's clock."""

    user: str
    verb: str
    resource: str
    subresource: str
    namespace: str
    name: str
    code: int
    received: float
    answered: float
    ready: bool
    """Whether it is a status that says that the stack is ready."""

    @property
    def writes(self) -> bool:
        return self.verb not in READS and self.resource != REVIEWS

    @property
    def writes_child(self) -> bool:
        return self.writes and self.resource in CHILDREN

    @property
    def writes_status(self) -> bool:
        return self.writes and (self.resource, self.subresource) == (TRADING_STACK.plural, "status")

    @property
    def holds_stack(self) -> bool:
        """Tell whether it writes the stack itself: its finalizer."""
        return self.writes and (self.resource, self.subresource) == (TRADING_STACK.plural, "")

    @property
    def is_lease(self) -> bool:
        return self.resource == LEASE.plural

    @property
    def is_event(self) -> bool:
        return self.resource == EVENT.plural


@dataclass(slots=True)
class Tail:
    """The requests of one user from the moment this was made."""

    path: Path
    user: str
    requests: list[Request] = field(default_factory=list)
    _offset: int = -1
    _rest: bytes = b""

    def __post_init__(self) -> None:
        self._offset = self.path.stat().st_size

    def read(self) -> list[Request]:
        """Take in what was appended, and give everything since the start."""
        with self.path.open("rb") as log:
            log.seek(self._offset)
            text = self._rest + log.read()
            self._offset = log.tell()
        *lines, self._rest = text.split(b"\n")
        self.requests += parsed(lines, self.user)
        return self.requests

    def wait(self, until: Callable[[list[Request]], bool], seconds: float, quiet: float) -> None:
        """Read on until ``until`` holds and nothing but the lease was written for a while."""
        ends = time.monotonic() + seconds
        while not (until(self.read()) and self.silent_for() >= quiet):
            if time.monotonic() > ends:
                raise TimeoutError(f"the operator did not come to rest within {seconds:.0f} s")
            time.sleep(POLL)

    def silent_for(self) -> float:
        """Seconds since the last write, the lease apart."""
        last = max((item.answered for item in self.requests if counted(item)), default=0.0)
        return time.time() - last

    def follow(self, seconds: float) -> list[Request]:
        """Let some seconds pass, then give everything up to now."""
        time.sleep(seconds)
        return self.read()


def counted(request: Request) -> bool:
    return request.writes and not request.is_lease


def parsed(lines: list[bytes], user: str) -> Iterator[Request]:
    marker = f'"username":"{user}"'.encode()
    for line in lines:
        if marker not in line:
            continue
        event = orjson.loads(line)
        # the marker is also in the line of whoever impersonates the user
        if (event["stage"], event["user"]["username"]) != ("ResponseComplete", user):
            continue
        if "objectRef" in event:
            yield _request(event)


def _request(event: dict[str, Any]) -> Request:
    target = event["objectRef"]
    return Request(
        user=event["user"]["username"],
        verb=event["verb"],
        resource=target.get("resource", ""),
        subresource=target.get("subresource", ""),
        namespace=target.get("namespace", ""),
        name=target.get("name", ""),
        code=event["responseStatus"].get("code", 0),
        received=_moment(event["requestReceivedTimestamp"]),
        answered=_moment(event["stageTimestamp"]),
        ready=_says_ready(event.get("requestObject")),
    )


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _says_ready(body: object) -> bool:
    status = body.get("status") if isinstance(body, dict) else None
    conditions = status.get("conditions", ()) if isinstance(status, dict) else ()
    return any(
        item.get("type") == "Ready" and item.get("status") == "True" for item in conditions or ()
    )
