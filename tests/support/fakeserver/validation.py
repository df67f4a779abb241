"""What no kind may be given: the checks a write passes before it is stored."""

import re
from typing import Final

from tests.support.fakeserver.errors import bad_request, conflict, invalid, stale
from tests.support.fakeserver.resources import Resource

_SUBDOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_STATEFUL_MUTABLE: Final = frozenset(
    {
        "minReadySeconds",
        "ordinals",
        "persistentVolumeClaimRetentionPolicy",
        "replicas",
        "revisionHistoryLimit",
        "template",
        "updateStrategy",
    }
)


def check_identity(resource: Resource, body: dict) -> None:
    """Refuse a body of another kind, or one that says too little."""
    kind, metadata = resource.kind, body.get("metadata")
    if not isinstance(metadata, dict):
        raise bad_request("metadata must be an object")
    if (body.get("apiVersion"), body.get("kind")) != (kind.api_version, kind.kind):
        raise bad_request(
            f"the object provided is {body.get('apiVersion')}/{body.get('kind')}, "
            f"the request is for {kind.api_version}/{kind.kind}"
        )
    if kind.namespaced != bool(metadata.get("namespace")):
        raise bad_request("a namespace must be set for namespaced kinds, and for no other")


def check_metadata(resource: Resource, body: dict) -> None:
    kind, name = resource.kind.kind, body["metadata"].get("name", "")
    if not name:
        why = "Required value: name or generateName is required"
        raise invalid(kind, name, "metadata.name", why, "FieldValueRequired")
    if not _SUBDOMAIN.fullmatch(name) or len(name) > 253:
        raise invalid(kind, name, "metadata.name", "must be a lowercase RFC 1123 subdomain")
    for number, owner in enumerate(body["metadata"].get("ownerReferences", ())):
        for part in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(part):
                field = f"metadata.ownerReferences[{number}].{part}"
                why = "Required value: must not be empty"
                raise invalid(kind, name, field, why, "FieldValueRequired")


def check_kept(resource: Resource, old: dict, new: dict, subresource: str) -> None:
    """Refuse a patch that would make another object of this one."""
    before, after = old["metadata"], new["metadata"]
    name = before["name"]
    for field in ("name", "namespace"):
        if after.get(field) != before.get(field):
            raise bad_request(f"the {field} of the object does not match the {field} on the URL")
    if subresource and resource.custom:
        # all metadata of such a write is dropped before it is looked at, a wrong uid too
        return
    for field in ("uid", "deletionTimestamp"):
        if after.get(field, before.get(field)) != before.get(field):
            raise invalid(resource.kind.kind, name, f"metadata.{field}", "field is immutable")


def check_replacement(resource: Resource, old: dict, body: dict) -> None:
    """Refuse to replace another incarnation of the object, or one whose version must be named."""
    given, held = body["metadata"], old["metadata"]
    name = held["name"]
    if given.get("uid", held["uid"]) != held["uid"]:
        why = (
            f"Precondition failed: UID in precondition: {given['uid']}, "
            f"UID in object meta: {held['uid']}"
        )
        raise conflict(resource.plural, name, why)
    version_needed = resource.custom or resource.kind.kind in ("Lease", "PodDisruptionBudget")
    if version_needed and not given.get("resourceVersion"):
        why = "must be specified for an update"
        raise invalid(resource.kind.kind, name, "metadata.resourceVersion", why)


def check_version(resource: Resource, old: dict, body: dict) -> None:
    """Refuse a write made for an older version of the object."""
    held, given = old["metadata"]["resourceVersion"], body["metadata"].get("resourceVersion")
    if given and given != held:
        raise stale(resource.plural, old["metadata"]["name"])


def check_update(resource: Resource, old: dict, new: dict) -> None:
    """Refuse changes of what a kind keeps for life."""
    kind, name = resource.kind.kind, new["metadata"]["name"]
    if "deletionTimestamp" in old["metadata"]:
        fresh = set(new["metadata"].get("finalizers", ())) - set(old["metadata"]["finalizers"])
        if fresh:
            why = "Forbidden: no new finalizers can be added if the object is being deleted"
            raise invalid(kind, name, "metadata.finalizers", why, "FieldValueForbidden")
    before, after = old.get("spec", {}), new.get("spec", {})
    if kind == "StatefulSet":
        changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        for field in sorted(changed - _STATEFUL_MUTABLE):
            raise invalid(kind, name, f"spec.{field}", "field is immutable")
    if kind == "Deployment" and before.get("selector") != after.get("selector"):
        raise invalid(kind, name, "spec.selector", "field is immutable")


def check_spec(resource: Resource, body: dict) -> None:
    """Refuse workloads whose pods they would not recognise."""
    if resource.kind.kind not in ("Deployment", "StatefulSet"):
        return
    kind, name, spec = resource.kind.kind, body["metadata"]["name"], body.get("spec", {})
    wanted = spec.get("selector", {}).get("matchLabels")
    labels = spec.get("template", {}).get("metadata", {}).get("labels", {})
    if not wanted:
        raise invalid(
            resource.kind.kind, name, "spec.selector", "Required value", "FieldValueRequired"
        )
    if not wanted.items() <= labels.items():
        why = "`selector` does not match template `labels`"
        raise invalid(kind, name, "spec.template.metadata.labels", why)
