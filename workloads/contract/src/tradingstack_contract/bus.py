"""The message bus as its users see it: subjects, inboxes, and the streams that must exist."""

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from tradingstack_contract.base import ContractFile, ContractModel

MARKET_DATA: Final = "md.>"
RISK_EVENTS: Final = "risk.event.>"
DEAD_LETTERS: Final = "dlq.>"
"""Messages that a consumer gave up on, below the name of their stream."""


def orders(*, simulation: bool) -> str:
    """Name the subjects of orders; those of a simulation are other ones than the live."""
    return f"ord.{_mode(simulation=simulation)}.>"


def fills(*, simulation: bool) -> str:
    return f"fill.{_mode(simulation=simulation)}.>"


def _mode(*, simulation: bool) -> str:
    return "sim" if simulation else "live"


def inbox_prefix(user: str) -> str:
    """Name what a user's client has to begin its inboxes with: it may listen on no others."""
    return f"_INBOX.{user}"


class Stream(ContractModel):
    """One stream, whole: what is not said here is not limited."""

    name: str = Field(min_length=1)
    subjects: tuple[str, ...] = Field(min_length=1)
    replicas: int = Field(ge=1, le=5)
    max_age_seconds: int = Field(ge=0)
    """0 for no limit by age."""
    max_bytes: int = Field(ge=-1)
    """-1 for no limit but the volume."""
    discard: Literal["old", "new"]
    """What gives way when the stream is full: its oldest messages, or the one just published."""
    consumers: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """Its durable pull consumers, each named after the user that reads it."""


class Streams(ContractFile):
    """``streams.yaml``: the streams and consumers that the bus must have."""

    file_name: ClassVar[str] = "streams.yaml"

    streams: tuple[Stream, ...]
