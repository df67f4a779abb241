"""Manifests and the names that point at objects in a cluster."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

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
    subresource: str = ""


def ref_of(manifest: Mapping[str, Any]) -> ObjectRef:
    return ObjectRef(manifest["kind"], manifest["metadata"]["name"])


def desired_hash(manifest: Manifest) -> str:
    """Fingerprint a rendered manifest: 16 hex digits of the SHA-256 of its sorted JSON."""
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def with_desired_hash(manifest: Manifest) -> Manifest:
    """Add the annotation that lets a restarted operator skip what is already applied."""
    metadata = manifest["metadata"]
    annotations = metadata.get("annotations", {}) | {
        names.ANNOTATION_DESIRED_HASH: desired_hash(manifest)
    }
    return manifest | {"metadata": metadata | {"annotations": annotations}}


def hash_of(manifest: Mapping[str, Any]) -> str:
    """Read the annotation that ``with_desired_hash`` added; empty when there is none."""
    annotations = manifest["metadata"].get("annotations", {})
    return str(annotations.get(names.ANNOTATION_DESIRED_HASH, ""))


def component_of(manifest: Mapping[str, Any]) -> str:
    """Read the label that says which component an object belongs to; empty when it has none."""
    return str(manifest["metadata"].get("labels", {}).get(names.LABEL_COMPONENT, ""))
