"""What the informers' caches hold of one stack, as one snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tradingstack_operator.api import names
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.objects import Manifest, ObjectRef, StackKey, Version, Writer
from tradingstack_operator.model.rotation import SecretReport
from tradingstack_operator.model.signals import Signal


@dataclass(frozen=True, slots=True)
class Child:
    """One object of a stack, reduced to what planning and status ask of it."""

    ref: ObjectRef
    namespace: str
    uid: str
    resource_version: int
    generation: int
    """0 for the kinds that have none."""
    component: str
    owner_uid: str
    """The UID of the controlling owner; empty when there is none."""
    desired_hash: str
    deleting: bool
    body: bytes
    """The object as JSON, without status and managedFields."""
    status: Mapping[str, Any] = field(default_factory=dict)
    writers: tuple[Writer, ...] = ()
    """Who else wrote more than its status or its scale; those who own content come first."""
    requested: str = ""
    """What an ExternalSecret was asked to fetch, as ``model.rotation`` writes it."""

    @property
    def version(self) -> Version:
        return Version(self.uid, self.resource_version)


@dataclass(frozen=True, slots=True)
class Observed:
    """One stack, its objects and its surroundings, read at one moment."""

    manifest: Manifest
    children: Mapping[ObjectRef, Child]
    facts: Facts
    signals: Mapping[ObjectRef, Signal] = field(default_factory=dict)
    """What pods and Events say about the workloads; many pods of one give one signal."""
    secrets: SecretReport | None = None
    """What the secret store says; None when the operator was not told where it is."""

    @property
    def key(self) -> StackKey:
        return StackKey(self.metadata["namespace"], self.metadata["name"])

    @property
    def metadata(self) -> Mapping[str, Any]:
        metadata: Mapping[str, Any] = self.manifest["metadata"]
        return metadata

    @property
    def status(self) -> Mapping[str, Any]:
        """What the stack itself reports; empty before the first report."""
        status: Mapping[str, Any] = self.manifest.get("status", {})
        return status

    @property
    def uid(self) -> str:
        return str(self.metadata["uid"])

    @property
    def generation(self) -> int:
        return int(self.metadata["generation"])

    @property
    def deleting(self) -> bool:
        return "deletionTimestamp" in self.metadata

    @property
    def has_finalizer(self) -> bool:
        return names.FINALIZER in self.metadata.get("finalizers", ())

    @property
    def owned(self) -> Mapping[ObjectRef, Child]:
        """The children that this very stack controls, not a namesake deleted earlier."""
        return {ref: child for ref, child in self.children.items() if child.owner_uid == self.uid}
