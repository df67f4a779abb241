"""Which components may get their first pods, and what the others wait for."""

from collections.abc import Iterator, Mapping

from tradingstack_operator.model.components import DEPENDS_ON
from tradingstack_operator.model.findings import Waiting
from tradingstack_operator.model.health import health
from tradingstack_operator.model.kinds import EXTERNAL_SECRET, WORKLOAD_KINDS
from tradingstack_operator.model.objects import ObjectRef, Rendered
from tradingstack_operator.model.observed import Child
from tradingstack_operator.model.rotation import delivered


def waiting_for(
    component: str, desired: Mapping[ObjectRef, Rendered], children: Mapping[ObjectRef, Child]
) -> Waiting | None:
    """Find the first thing a component has to wait for.

    A component starts when its credentials are synced, in the versions that the store has now, and
    the workloads of the components it depends on are ready.
    """
    for ref in (*_credentials(component, desired), *needed_by(component, desired)):
        child = children.get(ref)
        if child is None:
            return Waiting(component, f"{component} waits for {ref}, which does not exist yet")
        verdict = health(child)
        if not verdict.ready:
            return Waiting(component, f"{component} waits for {ref}, which {verdict.message}")
        if ref.kind == EXTERNAL_SECRET.kind and not _is_current(child, desired[ref]):
            return Waiting(component, f"{component} waits for {ref}, which is to be fetched anew")
    return None


def needed_by(component: str, desired: Mapping[ObjectRef, Rendered]) -> Iterator[ObjectRef]:
    """Name the workloads of the components that a component depends on."""
    upstream = DEPENDS_ON.get(component, ())
    for ref, item in desired.items():
        if item.component in upstream and ref.kind in WORKLOAD_KINDS:
            yield ref


def _credentials(component: str, desired: Mapping[ObjectRef, Rendered]) -> Iterator[ObjectRef]:
    for ref, item in desired.items():
        if item.component == component and ref.kind == EXTERNAL_SECRET.kind:
            yield ref


def _is_current(secret: Child, wanted: Rendered) -> bool:
    """Tell whether an ExternalSecret was asked for what is wanted now, and has delivered it."""
    refreshed = secret.status.get("refreshTime", "")
    return secret.desired_hash == wanted.hash and delivered(secret.requested, refreshed)
