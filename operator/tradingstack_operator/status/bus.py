"""Whether the bus takes messages, and whether its streams are as declared."""

from typing import Final

import orjson

from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.model.components import BUS, STREAMS
from tradingstack_operator.model.kinds import STATEFUL_SET
from tradingstack_operator.status.findings import Findings
from tradingstack_operator.status.verdict import Verdict, component_ready, workloads_of

_KIND: Final = ConditionType.BUS_READY


def bus_ready(found: Findings) -> Verdict | None:
    """Judge the servers first, then the streams they hold; None when the bus is somebody else's."""
    missing = "Degraded" if _has_majority(found) else "NoQuorum"
    servers = component_ready(found, _KIND, (BUS,), missing, missing)
    if servers is not None and servers.status != "True":
        return servers
    return component_ready(found, _KIND, (BUS, STREAMS), "StreamMismatch", "StreamMismatch")


def _has_majority(found: Findings) -> bool:
    """Tell whether so many servers are ready that JetStream still takes and keeps messages."""
    sets = [ref for ref in workloads_of(found, BUS) if ref.kind == STATEFUL_SET.kind]
    servers = [found.children[ref] for ref in sets if ref in found.children]
    return bool(servers) and all(
        child.status.get("readyReplicas", 0) * 2 > orjson.loads(child.body)["spec"]["replicas"]
        for child in servers
    )
