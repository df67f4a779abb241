"""What to write so that a stack's objects become what they should be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from tradingstack_operator.model.components import OPERATION
from tradingstack_operator.model.findings import Waiting
from tradingstack_operator.model.health import health
from tradingstack_operator.model.kinds import (
    CONFIG_MAP,
    EXTERNAL_SECRET,
    JOB,
    KEPT_KINDS,
    SERVICE_ACCOUNT,
    WORKLOAD_KINDS,
)
from tradingstack_operator.model.objects import (
    ObjectRef,
    Rendered,
    Version,
    template_hash_of,
)
from tradingstack_operator.model.observed import Child
from tradingstack_operator.planning.diff import first_difference
from tradingstack_operator.planning.gates import waiting_for
from tradingstack_operator.planning.rotation import (
    rotates,
    rotation_blocker,
    with_rotation_of,
)
from tradingstack_operator.planning.strays import first_path, removal


@dataclass(frozen=True, slots=True)
class Apply:
    """An object to apply, and the object that is there already."""

    wanted: Rendered
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
    held: tuple[ObjectRef, ...] = ()
    """Workloads whose restart waits for a maintenance window."""
    rotating: tuple[Waiting, ...] = ()
    """Components that run with old credentials until the new ones can be used."""
    satisfied: Mapping[ObjectRef, Version] = field(default_factory=dict)
    """The objects that are as they should be, in the versions that were looked at."""

    @property
    def writes(self) -> int:
        return len(self.foundations) + len(self.workloads) + len(self.prune)


def make_plan(
    desired: Iterable[Rendered],
    children: Mapping[ObjectRef, Child],
    uid: str,
    known: Mapping[ObjectRef, Version],
    unserved: frozenset[str] = frozenset(),
    *,
    hold: bool = False,
) -> Plan:
    """Compare the wanted objects, in the order they are to be applied, with those that exist.

    ``uid`` is the stack's own: children of a deleted namesake are never pruned. ``known`` is what
    an earlier plan called satisfied: such a version is not compared again. With ``hold``, a
    workload that does its work is not restarted by a new wish. What is of an
    ``unserved`` kind cannot be written; the rest of the stack does not wait for it unless it is a
    workload or a credential.
    """
    wanted = {item.ref: item for item in desired}
    satisfied: dict[ObjectRef, Version] = {}
    foundations: list[Apply] = []
    workloads: list[Apply] = []
    waiting: dict[str, Waiting] = {}
    held: list[ObjectRef] = []
    rotating: dict[str, Waiting] = {}
    for ref, item in wanted.items():
        if ref.kind in unserved:
            continue
        child = children.get(ref)
        urgent = False
        if child is not None and rotates(item, child):
            if old := rotation_blocker(item, wanted, children):
                rotating[item.component] = old
                item = with_rotation_of(item, child)  # noqa: PLW2901 - wanted of this pass only
            else:
                urgent = True
        apply = _compare(item, child, known.get(ref))
        if apply is None:
            if child is not None and not child.deleting:
                satisfied[ref] = child.version
        elif ref.kind not in WORKLOAD_KINDS:
            foundations.append(apply)
        elif hold and not urgent and _restarts(apply):
            held.append(ref)
        elif child or not (blocker := waiting_for(item.component, wanted, children)):
            workloads.append(apply)
        else:
            waiting[item.component] = blocker
    return Plan(
        foundations=tuple(foundations),
        workloads=tuple(workloads),
        prune=tuple(
            child
            for ref, child in sorted(children.items())
            if ref not in wanted
            and child.owner_uid == uid
            and not child.deleting
            and ref.kind not in KEPT_KINDS
            and not _is_launched(child)
            and not (held and ref.kind in _MOUNTED)
        ),
        waiting=tuple(waiting.values()),
        held=tuple(held),
        rotating=tuple(rotating.values()),
        satisfied=satisfied,
    )


_MOUNTED: Final = frozenset({CONFIG_MAP.kind, EXTERNAL_SECRET.kind, SERVICE_ACCOUNT.kind})
"""What pods that were not restarted yet may still need to start anew elsewhere."""


def _restarts(item: Apply) -> bool:
    """Tell whether a write replaces the pods of a workload for no other reason than a new wish."""
    before = item.before
    return (
        before is not None
        and not item.drift
        and template_hash_of(item.wanted.body) != template_hash_of(before.body)
        and health(before).ready
    )


def _is_launched(child: Child) -> bool:
    """Tell an operation's Job: it is made once and goes by itself, long after it has finished."""
    return child.component == OPERATION and child.ref.kind == JOB.kind


def _compare(wanted: Rendered, child: Child | None, known: Version | None) -> Apply | None:
    """Decide whether an object needs a write; one being deleted is waited for first."""
    if child is None:
        return Apply(wanted)
    if child.deleting:
        return None
    if child.desired_hash != wanted.hash:
        return Apply(wanted, child)
    if child.version == known:
        return None
    desired, live = orjson.loads(wanted.body), orjson.loads(child.body)
    strays = removal(desired, live, child)
    if strays:
        # first: what is wanted may be invalid beside a stray, and is applied at the next look
        return Apply(wanted, child, first_path(strays), strays)
    drift = first_difference(desired, live)
    return None if drift is None else Apply(wanted, child, drift)
