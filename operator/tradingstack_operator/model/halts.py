"""A TradingHalt as the rest of the operator needs it."""

from dataclasses import dataclass, field
from typing import Final

from tradingstack_operator.model.objects import Manifest


@dataclass(frozen=True, slots=True)
class Halt:
    """One halt, and what the relay reports about it.

    Reports come and go while the stack stays the same, so they do not make two halts differ.
    """

    name: str
    uid: str
    requested_by: str
    reason: str
    created: str
    """When, as the API server wrote it."""
    acknowledged: tuple[str, ...] = field(default=(), compare=False)
    """The names of the risk API's replicas that obey it."""
    report: str = field(default="", compare=False)
    """What the relay says in words; empty before its first report."""
    confirmed: bool = field(default=False, compare=False)
    """Whether, by that report, every replica obeys it."""


CONFIRMED: Final = "Acknowledged"
"""The type of a halt's one condition."""


def halt_of(manifest: Manifest) -> Halt:
    metadata, spec, status = manifest["metadata"], manifest["spec"], manifest.get("status", {})
    conditions: Manifest = {item["type"]: item for item in status.get("conditions", ())}
    condition = conditions.get(CONFIRMED, {})
    return Halt(
        name=metadata["name"],
        uid=metadata["uid"],
        requested_by=spec["requestedBy"],
        reason=spec["reason"],
        created=metadata["creationTimestamp"],
        acknowledged=tuple(item["name"] for item in status.get("replicas", ())),
        report=condition.get("message", ""),
        confirmed=condition.get("status") == "True",
    )
