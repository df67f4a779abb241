"""Whether an object does its work, told from its status alone."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from tradingstack_operator.model.observed import Child


@dataclass(frozen=True, slots=True)
class Health:
    """The verdict on one object; ``message`` says what is missing when it is not ready."""

    ready: bool
    message: str = ""
    rejected: bool = False
    """Its pods were refused by the API server, so waiting alone will not help."""


HEALTHY: Final = Health(ready=True)


def health(child: Child, least: int | None = None) -> Health:
    """Judge an object; a kind without a status of its own is healthy once it exists.

    ``least`` is how few replicas an autoscaler may leave: then these are enough, and needed.
    """
    if child.deleting:
        return Health(ready=False, message="is being deleted")
    judge = JUDGES.get(child.ref.kind)
    return judge(child, least) if judge else HEALTHY


def condition(child: Child, kind: str) -> Mapping[str, Any]:
    """Find the object's own condition of this type; empty when it has none."""
    found: Iterable[Mapping[str, Any]] = child.status.get("conditions", ())
    return next((item for item in found if item.get("type") == kind), {})


def _deployment(child: Child, least: int | None) -> Health:
    failure = condition(child, "ReplicaFailure")
    if failure.get("status") == "True":
        return Health(ready=False, message="cannot create its pods", rejected=True)
    progressing = condition(child, "Progressing")
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return Health(ready=False, message="made no progress before its deadline")
    return _replicas(child, "availableReplicas", least)


def _stateful_set(child: Child, least: int | None) -> Health:
    return _replicas(child, "readyReplicas", least)


def _replicas(child: Child, available: str, least: int | None) -> Health:
    if child.status.get("observedGeneration", 0) < child.generation:
        return Health(ready=False, message="has not been seen by its controller yet")
    wanted = orjson.loads(child.body)["spec"].get("replicas", 1) if least is None else least
    updated = child.status.get("updatedReplicas", 0)
    ready = child.status.get(available, 0)
    existing = max(wanted, child.status.get("replicas", 0))
    if updated < existing:
        return Health(ready=False, message=f"has rolled out {updated} of {existing} replicas")
    if ready < wanted:
        return Health(ready=False, message=f"has {ready} of {wanted} replicas ready")
    return HEALTHY


def _external_secret(child: Child, _: int | None) -> Health:
    ready = condition(child, "Ready")
    if ready.get("status") == "True":
        return HEALTHY
    reason = ready.get("reason", "not synced yet")
    return Health(ready=False, message=f"is not synced: {reason}")


JUDGES: Final[Mapping[str, Callable[[Child, int | None], Health]]] = {
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "ExternalSecret": _external_secret,
}
