"""Take a deleted stack down: pods first, the policies that fence them last.

Nothing here reads the spec, so that a stack no version of the operator understands can go.
"""

from typing import Final

import orjson

from tradingstack_operator.api import names
from tradingstack_operator.controller.execute import settled
from tradingstack_operator.desired.cnpg import HIBERNATION
from tradingstack_operator.model.changes import Change
from tradingstack_operator.model.health import condition
from tradingstack_operator.model.kinds import (
    AUTOSCALER,
    CNPG_CLUSTER,
    KEPT_KINDS,
    NETWORK_POLICY,
    WORKLOAD_KINDS,
)
from tradingstack_operator.model.observed import Child, Observed
from tradingstack_operator.model.ports import ClusterPort

FIRST: Final = WORKLOAD_KINDS | {AUTOSCALER.kind}
LAST: Final = frozenset({NETWORK_POLICY.kind})


async def finalize(observed: Observed, cluster: ClusterPort) -> tuple[Change, ...]:
    """Delete the first stage that has objects left, or release the stack when none has.

    A workload stays in its stage until the API server has removed the last of its pods; its
    informer then wakes the stack again. Volumes are kept or deleted by the StatefulSet's own
    retention policy. A database cluster without owner would take its volumes along, so it stays
    and only its pods go.
    """
    stage = next_stage(observed)
    if not stage:
        await cluster.release(observed)
        return ()
    going = [child for child in stage if not child.deleting and not is_told_to_sleep(child)]
    return tuple(
        await settled(
            cluster.delete(child) if child.owner_uid else cluster.strip(child, SLEEP)
            for child in going
        )
    )


def next_stage(observed: Observed) -> list[Child]:
    owned = [child for ref, child in observed.owned.items() if ref.kind not in KEPT_KINDS]
    stages = (
        [*(child for child in owned if child.ref.kind in FIRST), *awake_clusters(observed)],
        [child for child in owned if child.ref.kind not in FIRST | LAST],
        [child for child in owned if child.ref.kind in LAST],
    )
    return next((stage for stage in stages if stage), [])


SLEEP: Final = {"metadata": {"annotations": {HIBERNATION: "on"}}}


def awake_clusters(observed: Observed) -> list[Child]:
    """List the stack's database clusters that belong to nobody and still have pods."""
    return [
        child
        for ref, child in observed.children.items()
        if ref.kind == CNPG_CLUSTER.kind
        and not child.owner_uid
        and _metadata(child, "labels").get(names.LABEL_STACK) == observed.key.name
        and condition(child, HIBERNATION).get("status") != "True"
    ]


def is_told_to_sleep(child: Child) -> bool:
    return _metadata(child, "annotations").get(HIBERNATION) == "on"


def _metadata(child: Child, part: str) -> dict[str, str]:
    found: dict[str, str] = orjson.loads(child.body)["metadata"].get(part) or {}
    return found
