"""The stack's servers, counted."""

from typing import Final

import orjson

from tradingstack_operator.model import components
from tradingstack_operator.model.kinds import CNPG_CLUSTER, DEPLOYMENT, STATEFUL_SET
from tradingstack_operator.model.objects import Manifest, ObjectRef
from tradingstack_operator.model.observed import Child
from tradingstack_operator.status.findings import Findings

LONGEST_NEWS: Final = 256
"""Characters of what a workload waits for; the condition says all of it."""
SERVER_KINDS: Final = (CNPG_CLUSTER.kind, STATEFUL_SET.kind, DEPLOYMENT.kind)
"""The kinds whose pods stay; no two objects of theirs in a stack share a name."""
MOST: Final = 1000
"""What the CRD takes for a number of pods; a scale beyond it must not keep the status away."""


def component_statuses(found: Findings) -> list[Manifest]:
    """Count the pods of everything that serves, whether it should exist or merely does."""
    servers = sorted(found.of_kind(*SERVER_KINDS), key=lambda ref: ref.name)
    trouble = dict(found.trouble(servers))
    return [_count(ref, found.children.get(ref), trouble.get(ref, "")) for ref in servers]


def risk_api_scale(found: Findings) -> Manifest | None:
    """Tell the scale subresource its numbers; None before the risk API exists."""
    for ref, child in found.children.items():
        if ref.kind == DEPLOYMENT.kind and child.component == components.RISK_API:
            labels = orjson.loads(child.body)["spec"]["selector"].get("matchLabels", {})
            selector = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
            return {"replicas": _at_most(child.status.get("replicas", 0)), "selector": selector}
    return None


def _count(ref: ObjectRef, child: Child | None, trouble: str) -> Manifest:
    """Count its replicas, which a Cluster of CloudNativePG calls instances."""
    spec = orjson.loads(child.body)["spec"] if child else {"replicas": 0}
    status = child.status if child else {}
    counted: Manifest = {
        "name": ref.name,
        "replicas": _at_most(spec.get("replicas", spec.get("instances", 1))),
        "readyReplicas": _at_most(status.get("readyReplicas", status.get("readyInstances", 0))),
    }
    return counted | ({"message": trouble[:LONGEST_NEWS]} if trouble else {})


def _at_most(count: int) -> int:
    return min(count, MOST)
