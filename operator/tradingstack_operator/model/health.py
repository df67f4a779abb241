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


def health(child: Child) -> Health:
    """Judge an object; a kind without a status of its own is healthy once it exists."""
    if child.deleting:
        return Health(ready=False, message="is being deleted")
    judge = JUDGES.get(child.ref.kind)
    return judge(child) if judge else HEALTHY


def condition(child: Child, kind: str) -> Mapping[str, Any]:
    """Find the object's own condition of this type; empty when it has none."""
    found: Iterable[Mapping[str, Any]] = child.status.get("conditions", ())
    return next((item for item in found if item.get("type") == kind), {})


def _deployment(child: Child) -> Health:
    failure = condition(child, "ReplicaFailure")
    if failure.get("status") == "True":
        return Health(ready=False, message="cannot create its pods", rejected=True)
    progressing = condition(child, "Progressing")
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return Health(ready=False, message="made no progress before its deadline")
    return _replicas(child, available="availableReplicas")


def _stateful_set(child: Child) -> Health:
    return _replicas(child, available="readyReplicas")


def _replicas(child: Child, available: str) -> Health:
    if child.status.get("observedGeneration", 0) < child.generation:
        return Health(ready=False, message="has not been seen by its controller yet")
    wanted = orjson.loads(child.body)["spec"].get("replicas", 1)
    updated = child.status.get("updatedReplicas", 0)
    ready = child.status.get(available, 0)
    if updated < wanted:
        return Health(ready=False, message=f"has rolled out {updated} of {wanted} replicas")
    if ready < wanted:
        return Health(ready=False, message=f"has {ready} of {wanted} replicas ready")
    return HEALTHY


def _external_secret(child: Child) -> Health:
    ready = condition(child, "Ready")
    if ready.get("status") == "True":
        return HEALTHY
    reason = ready.get("reason", "not synced yet")
    return Health(ready=False, message=f"is not synced: {reason}")


JUDGES: Final[Mapping[str, Callable[[Child], Health]]] = {
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "ExternalSecret": _external_secret,
}
