"""Cut what the API server sends down to what the operator keeps."""

from typing import Any

import orjson

from tradingstack_operator.api import names
from tradingstack_operator.model.kinds import Kind
from tradingstack_operator.model.objects import (
    Manifest,
    ObjectRef,
    Writer,
    component_of,
    hash_of,
)
from tradingstack_operator.model.observed import Child

OWN_MANAGERS = frozenset({names.FIELD_MANAGER, names.STATUS_FIELD_MANAGER})


def without_managed_fields(manifest: Manifest) -> Manifest:
    metadata = {k: v for k, v in manifest["metadata"].items() if k != "managedFields"}
    return manifest | {"metadata": metadata}


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
        body=orjson.dumps(body),
        status=manifest.get("status", {}),
        writers=foreign_writers(metadata.get("managedFields", ())),
    )


def foreign_writers(entries: list[dict[str, Any]]) -> tuple[Writer, ...]:
    """Name the managers that are not the operator, the latest writer first."""
    writers = (
        Writer(entry["manager"], entry.get("time", ""), entry.get("subresource", ""))
        for entry in entries
        if entry.get("manager") not in OWN_MANAGERS
    )
    return tuple(sorted(writers, key=lambda writer: writer.time, reverse=True))
