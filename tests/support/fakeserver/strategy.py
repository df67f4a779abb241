"""What a kind's strategy makes of a body before it is stored: identity, status, generation."""

import uuid
from typing import Final

from tests.support.fakeserver.resources import Resource

_KEPT: Final = (
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "resourceVersion",
    "generation",
)
_FIRST_STATUS: Final[dict[str, dict]] = {
    "Namespace": {"phase": "Active"},
    "PersistentVolumeClaim": {"phase": "Pending"},
    "Service": {"loadBalancer": {}},
    "StatefulSet": {"replicas": 0, "availableReplicas": 0},
    "HorizontalPodAutoscaler": {"desiredReplicas": 0, "currentMetrics": None},
    "PodDisruptionBudget": {
        "currentHealthy": 0,
        "desiredHealthy": 0,
        "disruptionsAllowed": 0,
        "expectedPods": 0,
    },
}
"""The counts that no status is without."""


CLAIM_PROTECTION: Final = "kubernetes.io/pvc-protection"
"""Keeps a claim while a pod uses it."""


def prepare_create(resource: Resource, body: dict, now: str) -> dict:
    metadata = {key: value for key, value in body["metadata"].items() if key not in _KEPT[2:]}
    metadata |= {"uid": str(uuid.uuid4()), "creationTimestamp": now}
    if resource.has_generation:
        metadata["generation"] = 1
    body = body | {"metadata": metadata}
    if resource.has_status:
        body.pop("status", None)
        if not resource.custom:
            body["status"] = _FIRST_STATUS.get(resource.kind.kind, {})
    if resource.kind.kind == "Job":
        body["spec"] = _own_pods(body["spec"], metadata)
    if resource.kind.kind == "PersistentVolumeClaim":
        metadata["finalizers"] = [*metadata.get("finalizers", ()), CLAIM_PROTECTION]
    if resource.kind.kind == "Namespace":
        labels = {"kubernetes.io/metadata.name": metadata["name"]} | metadata.get("labels", {})
        body["metadata"] |= {"labels": labels}
        body["spec"] = {"finalizers": ["kubernetes"]}
    return body


def _own_pods(spec: dict, metadata: dict) -> dict:
    """Let a Job select its own pods, by labels that it gives them."""
    uid, template = metadata["uid"], spec["template"]
    added = {
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": metadata["name"],
        "controller-uid": uid,
        "job-name": metadata["name"],
    }
    inner = template.get("metadata", {})
    inner = inner | {"labels": inner.get("labels", {}) | added}
    return spec | {
        "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}},
        "template": template | {"metadata": inner},
    }


def prepare_update(resource: Resource, old: dict, body: dict, subresource: str) -> dict:
    entries = body["metadata"].get("managedFields")
    if subresource == "status" and resource.custom:
        body = _with_status(old, body)
    elif subresource == "status":
        metadata = {key: value for key, value in body["metadata"].items() if key != "labels"}
        if "labels" in old["metadata"]:
            metadata["labels"] = old["metadata"]["labels"]
        body = body | {"spec": old.get("spec", {}), "metadata": metadata}
    elif resource.has_status:
        body = _with_status(body, old)
    held = old["metadata"]
    metadata = {key: value for key, value in body["metadata"].items() if key not in _KEPT}
    metadata |= {key: held[key] for key in _KEPT if key in held}
    if entries is not None:
        metadata["managedFields"] = entries
    if resource.has_generation and not subresource and _is_new_generation(resource, old, body):
        metadata["generation"] = held["generation"] + 1
    return body | {"metadata": metadata}


def _with_status(body: dict, other: dict) -> dict:
    rest = {key: value for key, value in body.items() if key != "status"}
    return rest | {"status": other["status"]} if "status" in other else rest


def _is_new_generation(resource: Resource, old: dict, new: dict) -> bool:
    if resource.kind.kind == "Deployment":
        # its annotations travel to its ReplicaSets, so they count
        before, after = (it["metadata"].get("annotations", {}) for it in (old, new))
        if before != after:
            return True
    if not resource.custom:
        return old.get("spec") != new.get("spec")
    uncounted = ("metadata", "status") if resource.has_status else ("metadata",)
    counted = (old.keys() | new.keys()) - {*uncounted}
    return any(old.get(key) != new.get(key) for key in counted)
