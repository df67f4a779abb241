"""What can go wrong between the operator and the API server.

PortError
├── UnreachableError      no answer, or one that made no sense
├── UnauthorizedError     401
├── ExpiredError          410
└── BusyError             429 and 5xx
RefusedError              the server understood, and would say the same again
"""

from collections.abc import Mapping
from http import HTTPStatus
from math import inf
from typing import Final

import orjson

from tradingstack_operator.model.changes import Refusal
from tradingstack_operator.model.ports import PortError


class UnreachableError(PortError):
    """No answer, or one that made no sense: whether a write happened is unknown."""


class UnauthorizedError(PortError):
    """The token was not accepted."""


class ExpiredError(PortError):
    """The resource version, or the next page of a list, is too old."""


class BusyError(PortError):
    """The server has trouble of its own, or too many clients."""

    def __init__(self, text: str, retry_after: float) -> None:
        super().__init__(text)
        self.retry_after = retry_after
        """Seconds the server asks to be left alone; infinite when it does not say."""


class RefusedError(Exception):
    """The server understood the request and did not do it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message

    @property
    def refusal(self) -> Refusal:
        return REFUSALS.get(self.status, Refusal.INVALID)


REFUSALS: Final[Mapping[int, Refusal]] = {
    HTTPStatus.FORBIDDEN: Refusal.FORBIDDEN,
    HTTPStatus.NOT_FOUND: Refusal.KIND_MISSING,
    HTTPStatus.CONFLICT: Refusal.CONFLICT,
}
LONGEST_MESSAGE: Final = 500


def error_of(status: int, text: bytes, retry_after: str | None) -> PortError | RefusedError:
    """Translate a failed answer: a Status object, or whatever a proxy in between wrote."""
    message = message_of(text)
    if status == HTTPStatus.UNAUTHORIZED:
        return UnauthorizedError(f"{status}: {message}")
    if status == HTTPStatus.GONE:
        return ExpiredError(f"{status}: {message}")
    # A wrong JSON type in a server-side apply is answered with a 500 that no repetition mends.
    typed_patch = "failed to create typed patch object" in message
    busy = status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if busy and not typed_patch:
        seconds = float(retry_after) if retry_after and retry_after.isdecimal() else inf
        return BusyError(f"{status}: {message}", seconds)
    return RefusedError(status, message)


def message_of(text: bytes) -> str:
    try:
        status = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text[:LONGEST_MESSAGE].decode(errors="replace")
    message = status.get("message", "") if isinstance(status, dict) else ""
    return str(message)[:LONGEST_MESSAGE]
