"""What the API server's audit log says that somebody wrote."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

WRITING: Final = frozenset({"create", "update", "patch", "delete", "deletecollection"})
HOUSEKEEPING: Final = frozenset({"leases", "selfsubjectaccessreviews"})
"""Written by a replica that does nothing: leader election and questions about permissions."""


@dataclass(frozen=True)
class Request:
    """One finished request."""

    user: str
    verb: str
    resource: str
    subresource: str
    namespace: str
    name: str
    status: int
    received: str
    """When it arrived, in RFC 3339 with microseconds: later ones compare greater."""


def size(log: Path) -> int:
    """Mark the end of the log, for `requests` to start from."""
    return log.stat().st_size if log.exists() else 0


def requests(log: Path, offset: int = 0) -> Iterator[Request]:
    """Read every finished request that was logged behind an offset in bytes."""
    with log.open("rb") as lines:
        lines.seek(offset)
        for line in lines:
            if line.endswith(b"\n"):
                event = json.loads(line)
                if event["stage"] == "ResponseComplete" and "objectRef" in event:
                    yield _request(event)


def writes(log: Path, user: str, offset: int = 0) -> list[Request]:
    """List what a user wrote, housekeeping left out."""
    return [
        request
        for request in requests(log, offset)
        if request.user == user and request.verb in WRITING and request.resource not in HOUSEKEEPING
    ]


def _request(event: dict[str, Any]) -> Request:
    ref = event["objectRef"]
    return Request(
        user=event["user"].get("username", ""),
        verb=event["verb"],
        resource=ref.get("resource", ""),
        subresource=ref.get("subresource", ""),
        namespace=ref.get("namespace", ""),
        name=ref.get("name", ""),
        status=event.get("responseStatus", {}).get("code", 0),
        received=event["requestReceivedTimestamp"],
    )
