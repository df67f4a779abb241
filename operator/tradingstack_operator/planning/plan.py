"""What to write so that a stack's objects become what they should be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from tradingstack_operator.model.findings import Waiting
from tradingstack_operator.model.kinds import WORKLOAD_KINDS
from tradingstack_operator.model.objects import Manifest, ObjectRef, component_of, hash_of, ref_of
from tradingstack_operator.model.observed import Child
from tradingstack_operator.planning.diff import first_difference
from tradingstack_operator.planning.gates import waiting_for
from tradingstack_operator.planning.strays import first_path, removal


@dataclass(frozen=True, slots=True)
class Apply:
    """An object to apply, and the object that is there already."""

    manifest: Manifest
    before: Child | None = None
    drift: str = ""
    """The field that someone else changed; empty when the wish itself is new."""
    removal: Mapping[str, Any] | None = None
    """A merge patch to send instead, because others added what an apply would not take out."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The writes of one pass, in the order of the fields; empty when all is as it should be."""

    foundations: tuple[Apply, ...] = ()
    """Everything that has no pods: it stands before any pod starts."""
    workloads: tuple[Apply, ...] = ()
    prune: tuple[Child, ...] = ()
    """Deleted only after every apply of the pass succeeded."""
    waiting: tuple[Waiting, ...] = ()
    """Components held back; nothing to write for them yet."""

    @property
    def writes(self) -> int:
        return len(self.foundations) + len(self.workloads) + len(self.prune)


def make_plan(desired: Iterable[Manifest], children: Mapping[ObjectRef, Child], uid: str) -> Plan:
    """Compare the wanted objects, in the order they are to be applied, with those that exist.

    ``uid`` is the stack's own: children of a deleted namesake are never pruned. ``desired`` comes
    with the hash annotation of ``with_desired_hash``.
    """
    manifests = {ref_of(manifest): manifest for manifest in desired}
    unsatisfied = [
        apply
        for ref, manifest in manifests.items()
        if (apply := _compare(manifest, children.get(ref))) is not None
    ]
    components = {ref: component_of(manifest) for ref, manifest in manifests.items()}
    waiting: dict[str, Waiting] = {}
    workloads: list[Apply] = []
    for apply in unsatisfied:
        ref = ref_of(apply.manifest)
        if ref.kind not in WORKLOAD_KINDS:
            continue
        component = components[ref]
        blocker = None if apply.before else waiting_for(component, components, children)
        if blocker is None:
            workloads.append(apply)
        else:
            waiting[component] = blocker
    return Plan(
        foundations=tuple(
            apply for apply in unsatisfied if apply.manifest["kind"] not in WORKLOAD_KINDS
        ),
        workloads=tuple(workloads),
        prune=tuple(
            child
            for ref, child in sorted(children.items())
            if ref not in manifests and child.owner_uid == uid and not child.deleting
        ),
        waiting=tuple(waiting.values()),
    )


def _compare(manifest: Manifest, child: Child | None) -> Apply | None:
    """Decide whether an object needs a write; one being deleted is waited for first."""
    if child is None:
        return Apply(manifest)
    if child.deleting:
        return None
    if child.desired_hash != hash_of(manifest):
        return Apply(manifest, child)
    live = orjson.loads(child.body)
    drift = first_difference(manifest, live)
    if drift is not None:
        return Apply(manifest, child, drift)
    strays = removal(manifest, live)
    return None if strays is None else Apply(manifest, child, first_path(strays), strays)
