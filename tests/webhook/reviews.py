"""Admission reviews, as the API server writes them."""

from typing import Any

from tests.support.vectors import Vector, plural
from tradingstack_operator.api.names import GROUP, VERSION


def review(
    operation: str,
    new: dict | None,
    old: dict | None = None,
    user: str = "alice",
    manager: str = "kubectl",
) -> dict[str, Any]:
    body = new or old
    metadata, name = body["metadata"], plural(body["kind"])
    kind = {"group": GROUP, "version": VERSION, "kind": body["kind"]}
    resource = {"group": GROUP, "version": VERSION, "resource": name}
    request = {
        "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
        "kind": kind,
        "resource": resource,
        "requestKind": kind,
        "requestResource": resource,
        "name": metadata["name"],
        "operation": operation,
        "userInfo": {"username": user, "groups": ["system:authenticated"]},
        "object": new,
        "oldObject": old,
        "dryRun": False,
        "options": {"apiVersion": "meta.k8s.io/v1", "fieldManager": manager},
    }
    if "namespace" in metadata:
        request["namespace"] = metadata["namespace"]
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}


def review_of(vector: Vector) -> dict[str, Any]:
    operation = vector.entry.operation.upper()
    return review(operation, vector.object, vector.old, vector.user.name, vector.entry.manager)
