"""Whether a feature server really reads: its own health page answers while its stores are down."""

import argparse
import http.client
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, Protocol

PORT: Final = 6566
READ_SECONDS: Final = 0.3
"""A hundred times what a read usually takes; Feast itself gives up on Redis after 6 s."""
FILE: Final = Path(tempfile.gettempdir()) / "canary.json"
"""The request that the server of this pod is asked."""


class View(Protocol):
    """What a canary asks of Feast's feature views."""

    name: str
    online: bool
    entity_columns: list[Any]
    features: list[Any]


def choose(views: Iterable[View]) -> dict[str, Any]:
    """Make a request that the server must answer: one feature of an entity that nobody has.

    Raises LookupError when no view is served online.
    """
    for view in sorted(views, key=lambda view: view.name):
        if view.online and view.entity_columns and view.features:
            return {
                "features": [f"{view.name}:{view.features[0].name}"],
                "entities": {
                    column.name: [_nobody(str(column.dtype))] for column in view.entity_columns
                },
            }
    raise LookupError(
        "the registry has no feature view with an entity that is served online: apply the feature"
        " definitions first"
    )


def _nobody(dtype: str) -> object:
    """Make a key of a type; Feast refuses one of another type."""
    return "canary" if dtype.startswith("String") else 0


def write(request: dict[str, Any]) -> None:
    FILE.write_text(json.dumps(request), encoding="utf-8")


def main() -> int:
    """Answer the readiness probe by the exit code; it imports no Feast, which takes seconds."""
    parser = argparse.ArgumentParser(prog="tradingstack-feast-ready", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT)
    return 0 if is_ready(parser.parse_args().port) else 1


def is_ready(port: int) -> bool:
    """Read from the server of this pod; whatever goes wrong means no."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=READ_SECONDS)
    try:
        body = FILE.read_bytes()
        connection.request(
            "POST", "/get-online-features", body, {"Content-Type": "application/json"}
        )
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
