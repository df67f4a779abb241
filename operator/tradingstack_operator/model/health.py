"""Whether an object does its work, told from its status alone."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from tradingstack_operator.model.observed import Child


@dataclass(frozen=True, slots=True)
class Health:
    """The verdict on one object; ``message`` says what is missing, if anything is."""

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


def _job(child: Child, _: int | None) -> Health:
    """Call a Job ready when it is done: it does its work once."""
    if condition(child, "Complete").get("status") == "True":
        return HEALTHY
    failed = condition(child, "Failed")
    if failed.get("status") == "True":
        return Health(ready=False, message=f"has failed: {failed.get('reason', 'no reason given')}")
    return Health(ready=False, message="has not finished yet")


def lacks_pods(child: Child) -> bool:
    """Tell whether pods are missing that its controller should have made by now.

    A StatefulSet and a Job do not say so themselves, as a Deployment does.
    """
    match child.ref.kind:
        case "Deployment":
            return condition(child, "ReplicaFailure").get("status") == "True"
        case "StatefulSet":
            wanted = orjson.loads(child.body)["spec"].get("replicas", 1)
            return bool(child.status.get("replicas", 0) < wanted)
        case "Job":
            return not child.status.get("active") and not _job(child, None).ready
        case _:
            return False


def _volume_claim(child: Child, _: int | None) -> Health:
    phase = child.status.get("phase", "Pending")
    if phase == "Lost":
        return Health(ready=False, message="has lost its volume: restore into a new one")
    if phase != "Bound":
        # no fault by itself: many a volume is made for its first pod only
        return Health(ready=True, message="has no volume yet: see its Events")
    for kind in ("ControllerResizeError", "NodeResizeError"):
        if condition(child, kind).get("status") == "True":
            return Health(ready=False, message="cannot be grown: see its Events")
    return HEALTHY


CLUSTER_HEALTHY: Final = "Cluster in healthy state"
"""The one phase in which CloudNativePG has nothing left to do."""


def _cluster(child: Child, _: int | None) -> Health:
    """Compare what CloudNativePG reports with the spec: no generation tells which it has seen."""
    spec = orjson.loads(child.body)["spec"]
    phase = child.status.get("phase")
    if not phase:
        return Health(ready=False, message="has not been seen by CloudNativePG yet")
    if phase != CLUSTER_HEALTHY:
        return Health(ready=False, message=f"reports: {phase}")
    if child.status.get("image") != spec.get("imageName"):
        return Health(ready=False, message="does not run its new image yet")
    wanted = spec.get("instances", 1)
    ready = child.status.get("readyInstances", 0)
    if ready < wanted or child.status.get("instances", 0) != wanted:
        return Health(ready=False, message=f"has {ready} of {wanted} instances ready")
    return HEALTHY


def _scheduled_backup(child: Child, _: int | None) -> Health:
    error = child.status.get("error")
    return (
        Health(ready=False, message=f"is refused by CloudNativePG: {error}") if error else HEALTHY
    )


JUDGES: Final[Mapping[str, Callable[[Child, int | None], Health]]] = {
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "Job": _job,
    "ExternalSecret": _external_secret,
    "PersistentVolumeClaim": _volume_claim,
    "Cluster": _cluster,
    "ScheduledBackup": _scheduled_backup,
}
