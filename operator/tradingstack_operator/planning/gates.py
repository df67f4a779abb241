"""Which components may get their first pods, and what the others wait for."""

from collections.abc import Iterable, Mapping

from tradingstack_operator.model.components import DEPENDS_ON
from tradingstack_operator.model.findings import Waiting
from tradingstack_operator.model.health import health
from tradingstack_operator.model.kinds import EXTERNAL_SECRET, WORKLOAD_KINDS
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.model.observed import Child


def waiting_for(
    component: str, desired: Mapping[ObjectRef, str], children: Mapping[ObjectRef, Child]
) -> Waiting | None:
    """Find the first thing a component has to wait for.

    ``desired`` maps every wanted object to its component. A component starts when its credentials
    are synced and the workloads of the components it depends on are ready.
    """
    needed = (*_credentials(component, desired), *_dependencies(component, desired))
    for ref in needed:
        child = children.get(ref)
        if child is None:
            return Waiting(component, f"{component} waits for {ref}, which does not exist yet")
        verdict = health(child)
        if not verdict.ready:
            return Waiting(component, f"{component} waits for {ref}, which {verdict.message}")
    return None


def _credentials(component: str, desired: Mapping[ObjectRef, str]) -> Iterable[ObjectRef]:
    return (
        ref
        for ref, owner in desired.items()
        if owner == component and ref.kind == EXTERNAL_SECRET.kind
    )


def _dependencies(component: str, desired: Mapping[ObjectRef, str]) -> Iterable[ObjectRef]:
    upstream = DEPENDS_ON.get(component, ())
    return (
        ref for ref, owner in desired.items() if owner in upstream and ref.kind in WORKLOAD_KINDS
    )
