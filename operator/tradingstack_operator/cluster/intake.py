"""Cut what the API server sends down to what the operator keeps."""

from dataclasses import dataclass
from typing import Any, Final

import orjson

from tradingstack_operator.api import names
from tradingstack_operator.model.health import JUDGES
from tradingstack_operator.model.kinds import CNPG_OBJECT_STORE, CRON_JOB, Kind
from tradingstack_operator.model.objects import (
    Manifest,
    ObjectRef,
    Writer,
    component_of,
    hash_of,
)
from tradingstack_operator.model.observed import Child

STATUS_FIELDS: Final = (
    "observedGeneration",
    "replicas",
    "updatedReplicas",
    "readyReplicas",
    "availableReplicas",
    "refreshTime",
    "lastSuccessfulTime",
    "completionTime",
    "failed",
    "phase",
    "active",
    "image",
    "instances",
    "readyInstances",
    "instancesStatus",
    "currentPrimary",
    "targetPrimary",
    "error",
    "serverRecoveryWindow",
)
CONDITION_FIELDS: Final = ("type", "status", "reason")
OWN_MANAGERS: Final = frozenset({names.FIELD_MANAGER, names.STATUS_FIELD_MANAGER})


def without_managed_fields(manifest: Manifest) -> Manifest:
    metadata = {k: v for k, v in manifest["metadata"].items() if k != "managedFields"}
    return manifest | {"metadata": metadata}


@dataclass(frozen=True, slots=True)
class Record:
    """An object of the operator's own kinds, or a namespace; as JSON it takes little memory."""

    uid: str
    resource_version: int
    intent: tuple[int, bool]
    """What only a user changes: the spec's generation, and whether the object should go."""
    body: bytes
    """The object as JSON, without managedFields."""

    def manifest(self) -> Manifest:
        manifest: Manifest = orjson.loads(self.body)
        return manifest


def record_of(manifest: Manifest) -> Record:
    metadata = manifest["metadata"]
    return Record(
        uid=metadata["uid"],
        resource_version=int(metadata["resourceVersion"]),
        intent=(metadata.get("generation", 0), "deletionTimestamp" in metadata),
        body=compact(without_managed_fields(manifest)),
    )


def compact(manifest: Manifest) -> bytes:
    """Write JSON into no more memory than it needs: orjson's own result keeps a larger buffer."""
    return bytes(memoryview(orjson.dumps(manifest)))


def child_of(manifest: Manifest, kind: Kind) -> Child:
    """Keep a child as compact JSON, beside the few facts that are asked of it often.

    The items of a list come without their apiVersion and kind, so these are written anew.
    """
    metadata = manifest["metadata"]
    slim = without_managed_fields(manifest)
    body = {key: value for key, value in slim.items() if key != "status"}
    body |= {"apiVersion": kind.api_version, "kind": kind.kind}
    return Child(
        ref=ObjectRef(kind.kind, metadata["name"]),
        namespace=metadata["namespace"],
        uid=metadata["uid"],
        resource_version=int(metadata["resourceVersion"]),
        generation=metadata.get("generation", 0),
        component=component_of(manifest),
        owner_uid=next(
            (
                owner["uid"]
                for owner in metadata.get("ownerReferences", ())
                if owner.get("controller")
            ),
            "",
        ),
        desired_hash=hash_of(manifest),
        deleting="deletionTimestamp" in metadata,
        body=compact(body),
        status=slim_status(kind, manifest.get("status", {})),
        writers=foreign_writers(metadata.get("managedFields", ())),
        requested=metadata.get("annotations", {}).get(names.ANNOTATION_FORCE_SYNC, ""),
    )


def slim_status(kind: Kind, status: dict[str, Any]) -> dict[str, Any]:
    """Keep what the verdict on an object's health asks of its status."""
    if kind.kind not in JUDGES and kind not in {CNPG_OBJECT_STORE, CRON_JOB}:
        return {}
    slim: dict[str, Any] = {key: status[key] for key in STATUS_FIELDS if key in status}
    slim["conditions"] = [
        {key: item[key] for key in CONDITION_FIELDS if key in item}
        for item in status.get("conditions", ())
    ]
    return slim


def foreign_writers(entries: list[dict[str, Any]]) -> tuple[Writer, ...]:
    """Name the managers that are not the operator, owners of content and latest writers first."""
    writers = (
        Writer(entry["manager"], entry.get("time", ""), content_of(entry.get("fieldsV1", {})))
        for entry in entries
        if entry.get("manager") not in OWN_MANAGERS and not entry.get("subresource")
    )
    ordered = sorted(writers, key=lambda writer: (bool(writer.fields), writer.time), reverse=True)
    return tuple(ordered)


def content_of(fields: dict[str, Any]) -> bytes:
    """Leave metadata and status out: what others put there is theirs."""
    content = {key: fields[key] for key in fields if key not in {"f:metadata", "f:status"}}
    return orjson.dumps(content) if content else b""
