"""Manifests and the names that point at objects in a cluster."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson

from tradingstack_operator.api import names

Manifest = dict[str, Any]
"""A whole object as plain JSON values, as it would be written in YAML."""


class StackKey(NamedTuple):
    """The namespace and name of one TradingStack."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class ObjectRef(NamedTuple):
    """One object of a stack's namespace."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class Writer:
    """One foreign entry of an object's managedFields."""

    manager: str
    time: str
    fields: bytes = b""
    """What it owns outside of metadata, as JSON in the format of FieldsV1; empty for nothing."""


def ref_of(manifest: Mapping[str, Any]) -> ObjectRef:
    return ObjectRef(manifest["kind"], manifest["metadata"]["name"])


class Version(NamedTuple):
    """One state of one object."""

    uid: str
    resource_version: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """A wanted object, ready to be sent; as JSON it takes a tenth of a manifest's memory."""

    ref: ObjectRef
    namespace: str
    component: str
    hash: str
    """What the annotation says that lets a restarted operator skip what is already applied."""
    body: bytes


def render(manifest: Manifest) -> Rendered:
    """Fingerprint a manifest and its pods, and add the fingerprints to it as annotations."""
    found = desired_hash(manifest)
    metadata = manifest["metadata"]
    annotations = metadata.get("annotations", {}) | {names.ANNOTATION_DESIRED_HASH: found}
    if manifest["kind"] in _RESTARTING:
        restarting = {k: v for k, v in manifest["spec"].items() if k not in _WITHOUT_RESTART}
        annotations[names.ANNOTATION_TEMPLATE_HASH] = desired_hash(restarting)
    marked = manifest | {"metadata": metadata | {"annotations": annotations}}
    return Rendered(
        ref=ref_of(manifest),
        namespace=metadata["namespace"],
        component=component_of(manifest),
        hash=found,
        # a copy: orjson's own result holds a buffer several times as long as its text
        body=bytes(memoryview(orjson.dumps(marked))),
    )


_RESTARTING: Final = frozenset({"Deployment", "StatefulSet", "Cluster"})
_WITHOUT_RESTART: Final = frozenset({"replicas", "instances"})
"""What changes in the spec of a workload without a restart of the pods that are there."""


def desired_hash(manifest: Manifest) -> str:
    """Fingerprint a manifest: 16 hex digits of the SHA-256 of its sorted JSON."""
    text = orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()[:16]


def hash_of(manifest: Mapping[str, Any]) -> str:
    """Read the annotation that ``render`` added; empty when there is none."""
    annotations = manifest["metadata"].get("annotations", {})
    return str(annotations.get(names.ANNOTATION_DESIRED_HASH, ""))


def component_of(manifest: Mapping[str, Any]) -> str:
    """Read the label that says which component an object belongs to; empty when it has none."""
    return str(manifest["metadata"].get("labels", {}).get(names.LABEL_COMPONENT, ""))


def template_hash_of(body: bytes) -> str:
    """Read the annotation about the pods from a whole object; empty when there is none."""
    annotations = orjson.loads(body)["metadata"].get("annotations", {})
    return str(annotations.get(names.ANNOTATION_TEMPLATE_HASH, ""))
