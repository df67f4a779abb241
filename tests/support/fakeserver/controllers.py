"""The controllers a stack waits for, reduced to what they write into status."""

import hashlib
from collections.abc import Callable
from typing import Final

import orjson

from tests.support.fakeserver.cluster import Cluster
from tests.support.fakeserver.store import Change
from tradingstack_operator.model.kinds import (
    AUTOSCALER,
    CNPG_CLUSTER,
    DEPLOYMENT,
    DISRUPTION_BUDGET,
    EXTERNAL_SECRET,
    JOB,
    STATEFUL_SET,
    VOLUME_CLAIM,
    Kind,
)

Ready = Callable[[dict], bool]
MANAGER: Final = "kube-controller-manager"


def always(body: dict) -> bool:
    del body
    return True


def settle(cluster: Cluster, *, namespace: str = "", ready: Ready = always) -> None:
    """Let the controllers catch up: workloads become ready, secrets sync, where `ready` agrees."""
    served = {resource.kind for resource in cluster.catalogue}
    for kind in _STATUS:
        for body in cluster.objects(kind, namespace) if kind in served else ():
            _report(cluster, kind, body, ready=ready(body))


def auto_settle(cluster: Cluster, *, ready: Ready = always) -> None:
    """Let the controllers catch up after each write, from now on."""

    def react(change: Change) -> None:
        if change.after is not None and change.resource.kind in _STATUS:
            body = change.after.body
            _report(cluster, change.resource.kind, body, ready=ready(body))

    cluster.after_write.append(react)
    settle(cluster, ready=ready)


def _report(cluster: Cluster, kind: Kind, body: dict, *, ready: bool) -> None:
    if "deletionTimestamp" in body["metadata"]:
        return
    old = {it["type"]: it for it in body.get("status", {}).get("conditions", ())}
    status = _STATUS[kind](body, ready)
    for condition in status.get("conditions", ()):
        before = old.get(condition["type"], {})
        same = before.get("status") == condition["status"]
        condition["lastTransitionTime"] = before["lastTransitionTime"] if same else cluster.now
        if kind == DEPLOYMENT:
            condition["lastUpdateTime"] = condition["lastTransitionTime"]
    if status != body.get("status"):
        cluster.update(kind, body | {"status": status}, subresource="status", manager=MANAGER)


def _condition(name: str, *, true: bool, reason: str) -> dict:
    return {"type": name, "status": "True" if true else "False", "reason": reason, "message": ""}


def _deployment(body: dict, ready: bool) -> dict:  # noqa: FBT001 - one of a table of functions
    replicas = body["spec"]["replicas"]
    # zero counts are left out, as the API leaves them out
    counts = {"replicas": replicas, "updatedReplicas": replicas}
    if ready:
        counts |= {"readyReplicas": replicas, "availableReplicas": replicas}
    else:
        counts |= {"unavailableReplicas": replicas}
    available = "MinimumReplicasAvailable" if ready else "MinimumReplicasUnavailable"
    progress = "NewReplicaSetAvailable" if ready else "ReplicaSetUpdated"
    return {
        "observedGeneration": body["metadata"]["generation"],
        **{name: count for name, count in counts.items() if count},
        "conditions": [
            _condition("Available", true=ready or not replicas, reason=available),
            _condition("Progressing", true=True, reason=progress),
        ],
    }


def _stateful_set(body: dict, ready: bool) -> dict:  # noqa: FBT001 - one of a table of functions
    replicas = body["spec"]["replicas"]
    template = orjson.dumps(body["spec"]["template"], option=orjson.OPT_SORT_KEYS)
    revision = f"{body['metadata']['name']}-{hashlib.sha256(template).hexdigest()[:10]}"
    counts = {"currentReplicas": replicas, "updatedReplicas": replicas}
    if ready:
        counts["readyReplicas"] = replicas
    return {
        "observedGeneration": body["metadata"]["generation"],
        "replicas": replicas,
        "availableReplicas": replicas if ready else 0,
        **{name: count for name, count in counts.items() if count},
        "currentRevision": revision,
        "updateRevision": revision,
        "collisionCount": 0,
    }


def _job(body: dict, ready: bool) -> dict:  # noqa: FBT001 - one of a table of functions
    started = {"startTime": body["metadata"]["creationTimestamp"]}
    if not ready:
        return started | {"active": 1}
    return started | {
        "completionTime": body["metadata"]["creationTimestamp"],
        "succeeded": 1,
        "conditions": [
            _condition("SuccessCriteriaMet", true=True, reason="CompletionsReached"),
            _condition("Complete", true=True, reason="CompletionsReached"),
        ],
    }


def _volume_claim(body: dict, ready: bool) -> dict:  # noqa: FBT001 - one of a table
    if not ready:
        return {"phase": "Pending"}
    wanted = body["spec"]["resources"]["requests"]
    return {"phase": "Bound", "accessModes": body["spec"]["accessModes"], "capacity": wanted}


def _database(body: dict, ready: bool) -> dict:  # noqa: FBT001 - one of a table of functions
    instances = body["spec"].get("instances", 1)
    primary = f"{body['metadata']['name']}-1"
    healthy = "Cluster in healthy state"
    return {
        "instances": instances,
        "readyInstances": instances if ready else 0,
        "phase": healthy if ready else "Setting up primary",
        "currentPrimary": primary,
        "targetPrimary": primary,
        "conditions": [
            _condition(
                "Ready", true=ready, reason="ClusterIsReady" if ready else "ClusterIsNotReady"
            )
        ],
    }


def _external_secret(body: dict, ready: bool) -> dict:  # noqa: FBT001 - one of a table
    metadata, spec = body["metadata"], body.get("spec", {})
    reason = "SecretSynced" if ready else "SecretSyncedError"
    status: dict = {"conditions": [_condition("Ready", true=ready, reason=reason)]}
    if ready:
        name = spec.get("target", {}).get("name", metadata["name"])
        status |= {
            "binding": {"name": name},
            "refreshTime": _changed(metadata),
            "syncedResourceVersion": str(metadata["generation"]),
        }
    return status


def _changed(metadata: dict) -> str:
    """Tell when somebody wrote an object last: External Secrets reads the store again then."""
    entries = metadata.get("managedFields", ())
    times = [entry["time"] for entry in entries if not entry.get("subresource")]
    return max(times, default=metadata["creationTimestamp"])


def _disruption_budget(body: dict, ready: bool) -> dict:  # noqa: FBT001 - one of a table
    return {
        "observedGeneration": body["metadata"]["generation"],
        "currentHealthy": int(ready),
        "desiredHealthy": 1,
        "disruptionsAllowed": 0,
        "expectedPods": 1,
    }


def _autoscaler(body: dict, ready: bool) -> dict:  # noqa: FBT001 - one of a table
    replicas = body["spec"]["minReplicas"]
    return {
        "observedGeneration": body["metadata"]["generation"],
        "currentReplicas": replicas,
        "desiredReplicas": replicas,
        "conditions": [
            _condition("AbleToScale", true=True, reason="ReadyForNewScale"),
            _condition("ScalingActive", true=ready, reason="ValidMetricFound"),
        ],
    }


_STATUS: Final[dict[Kind, Callable[[dict, bool], dict]]] = {
    DEPLOYMENT: _deployment,
    STATEFUL_SET: _stateful_set,
    EXTERNAL_SECRET: _external_secret,
    DISRUPTION_BUDGET: _disruption_budget,
    AUTOSCALER: _autoscaler,
    JOB: _job,
    VOLUME_CLAIM: _volume_claim,
    CNPG_CLUSTER: _database,
}
