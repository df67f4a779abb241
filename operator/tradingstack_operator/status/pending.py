"""The restarts that wait for a maintenance window."""

from collections.abc import Mapping
from typing import Any

from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.status.findings import Findings


def pending_restarts(found: Findings, previous: Mapping[str, Any], stamp: str) -> list[Manifest]:
    """List them, each with the time since which the earlier status says it waits."""
    since = {item["name"]: item["since"] for item in previous.get("pendingRestarts", ())}
    opening = found.next_window
    window = {"notBefore": f"{opening:%Y-%m-%dT%H:%M:%SZ}"} if opening else {}
    names = sorted(map(str, found.held))
    return [{"name": name, "since": since.get(name, stamp), **window} for name in names]
