"""Which changes of a status are worth an Event, and what the Event says."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from tradingstack_operator.model.kinds import EVENT, TRADING_STACK
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.model.observed import Observed

REMARKABLE_REASONS: Final = frozenset({"Enabled", "Halted", "CircuitBreakerOpen"})
"""What of TradingEnabled is news, when it begins and when it ends: the rest follows from others."""
LONGEST_NOTE: Final = 1024
LONGEST_REPORTER: Final = 128
"""Bytes the API server allows in an Event's note and in the name of who reports it."""


class Transition(NamedTuple):
    """A condition's new truth."""

    condition: str
    status: str
    reason: str
    message: str

    @property
    def good(self) -> bool:
        return (self.status == "True") != (self.condition == "Stalled")


def transitions(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Transition]:
    """Find what got worse, and the returns to good that people wait for.

    A condition that appears for the first time is news only when it says that the spec is rejected
    or the stack is stalled: a stack that is still coming up has not got worse.
    """
    known = {item["type"]: item for item in before.get("conditions", ())}
    new = (
        Transition(item["type"], item["status"], item["reason"], item["message"])
        for item in after["conditions"]
    )
    return [item for item in new if remarkable(known.get(item.condition), item)]


def remarkable(before: Mapping[str, Any] | None, now: Transition) -> bool:
    """Tell whether a condition's new state deserves an Event."""
    if before is None:
        return now.condition in {"Stalled", "SpecAccepted"} and not now.good
    match now.condition:
        case "Reconciling":
            return False
        case "TradingEnabled":
            reasons = {now.reason, before["reason"]}
            return len(reasons) > 1 and bool(reasons & REMARKABLE_REASONS)
        case "InvariantsHeld" if now.reason == "PolicyBindingMissing":
            return bool(before["reason"] != now.reason)
        case "Ready" | "Stalled":
            return bool(before["status"] != now.status)
        case _:
            worse = before["status"] == "True" or now.status == "False"
            return bool(before["status"] != now.status) and worse and not now.good


def event_about(
    observed: Observed, transition: Transition, instance: str, now: datetime
) -> Manifest:
    """Write the Event; the same transition at the same time has the same name."""
    stamp = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    identity = f"{observed.uid} {transition.condition} {transition.status} {stamp}"
    note = f"{transition.condition} is {transition.status}: {transition.message}"
    suffix = hashlib.sha256(identity.encode()).hexdigest()[:16]
    return {
        "apiVersion": EVENT.api_version,
        "kind": EVENT.kind,
        "metadata": {
            "namespace": observed.key.namespace,
            "name": f"{observed.key.name}.{suffix}",
        },
        "eventTime": stamp,
        "reportingController": "tradingstack.io/operator",
        "reportingInstance": instance[:LONGEST_REPORTER],
        "action": transition.condition,
        "reason": transition.reason,
        "type": "Normal" if transition.good else "Warning",
        "regarding": {
            "apiVersion": TRADING_STACK.api_version,
            "kind": TRADING_STACK.kind,
            "namespace": observed.key.namespace,
            "name": observed.key.name,
            "uid": observed.uid,
        },
        "note": note.encode()[:LONGEST_NOTE].decode(errors="ignore"),
    }
