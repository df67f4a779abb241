"""The stack's workloads, counted."""

import orjson

from tradingstack_operator.api.status import ComponentStatus, ScaleStatus
from tradingstack_operator.model import components
from tradingstack_operator.model.kinds import DEPLOYMENT, WORKLOAD_KINDS
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.model.observed import Child
from tradingstack_operator.status.findings import Findings


def component_statuses(found: Findings) -> tuple[ComponentStatus, ...]:
    """Count the pods of every workload, whether it should exist or merely does."""
    trouble = dict(found.trouble(found.of_kind(*WORKLOAD_KINDS)))
    return tuple(
        _count(ref, found.children.get(ref), trouble.get(ref))
        for ref in sorted(found.of_kind(*WORKLOAD_KINDS), key=lambda ref: ref.name)
    )


def risk_api_scale(found: Findings) -> ScaleStatus | None:
    """Tell the scale subresource its numbers; None before the risk API exists."""
    for ref, child in found.children.items():
        if ref.kind == DEPLOYMENT.kind and child.component == components.RISK_API:
            labels = orjson.loads(child.body)["spec"]["selector"]["matchLabels"]
            selector = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
            return ScaleStatus(replicas=child.status.get("replicas", 0), selector=selector)
    return None


def _count(ref: ObjectRef, child: Child | None, trouble: str | None) -> ComponentStatus:
    replicas = orjson.loads(child.body)["spec"].get("replicas", 1) if child else 0
    return ComponentStatus(
        name=ref.name,
        replicas=replicas,
        ready_replicas=child.status.get("readyReplicas", 0) if child else 0,
        message=trouble,
    )
