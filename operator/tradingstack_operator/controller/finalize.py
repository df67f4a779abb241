"""Take a deleted stack down: pods first, the policies that fence them last.

Nothing here reads the spec, so that a stack no version of the operator understands can go.
"""

from typing import Final

from tradingstack_operator.controller.execute import settled
from tradingstack_operator.model.changes import Change
from tradingstack_operator.model.kinds import AUTOSCALER, NETWORK_POLICY, WORKLOAD_KINDS
from tradingstack_operator.model.observed import Child, Observed
from tradingstack_operator.model.ports import ClusterPort

FIRST: Final = WORKLOAD_KINDS | {AUTOSCALER.kind}
LAST: Final = frozenset({NETWORK_POLICY.kind})


async def finalize(observed: Observed, cluster: ClusterPort) -> tuple[Change, ...]:
    """Delete the first stage that has objects left, or release the stack when none has.

    A workload stays in its stage until the API server has removed the last of its pods; its
    informer then wakes the stack again. Volumes are kept or deleted by the StatefulSet's own
    retention policy.
    """
    stage = next_stage(observed)
    if not stage:
        await cluster.release(observed)
        return ()
    going = [child for child in stage if not child.deleting]
    return tuple(await settled(cluster.delete(child) for child in going))


def next_stage(observed: Observed) -> list[Child]:
    owned = observed.owned.values()
    stages = (
        [child for child in owned if child.ref.kind in FIRST],
        [child for child in owned if child.ref.kind not in FIRST | LAST],
        [child for child in owned if child.ref.kind in LAST],
    )
    return next((stage for stage in stages if stage), [])
