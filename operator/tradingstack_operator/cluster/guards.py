"""Whether the API server's guards stand as they were shipped, told from its lists and watches."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import orjson

from tradingstack_operator.cluster.intake import compact
from tradingstack_operator.cluster.store import Address
from tradingstack_operator.model.kinds import Kind
from tradingstack_operator.model.objects import Manifest, ObjectRef
from tradingstack_operator.rules.guards import difference, stored_specs

TRUST: Final = 45.0
"""Seconds for which a list is believed. The next is due after 28, or after 30 of silence."""


class Seen(NamedTuple):
    """One guard in the cluster, reduced to what is wrong with it."""

    uid: str
    resource_version: int
    problem: str


@dataclass(slots=True)
class Guards:
    """The sink of the informers that read the guards."""

    clock: Callable[[], float]
    on_change: Callable[[Mapping[ObjectRef, str]], None]
    """Told every guard with what is wrong with it, empty for nothing, when any of it changes."""
    shipped: Mapping[ObjectRef, bytes] = field(
        default_factory=lambda: {ref: compact(spec) for ref, spec in stored_specs()}
    )
    """The specs as the API server stores them, as JSON."""
    seen: dict[ObjectRef, Seen] = field(default_factory=dict)
    listed: dict[str, float] = field(default_factory=dict)
    """When each kind was last listed to the end."""
    problems: Mapping[ObjectRef, str] = field(default_factory=dict)

    def upsert(self, kind: Kind, manifest: Manifest) -> None:
        metadata = manifest["metadata"]
        ref = ObjectRef(kind.kind, metadata["name"])
        uid, version = metadata["uid"], int(metadata["resourceVersion"])
        known = self.seen.get(ref)
        if ref not in self.shipped or (known and known[:2] == (uid, version)):
            return
        field_at_fault = difference(orjson.loads(self.shipped[ref]), manifest["spec"])
        problem = f"was changed at {field_at_fault}" if field_at_fault else ""
        self.seen[ref] = Seen(uid, version, problem)
        self.judge()

    def remove(self, kind: Kind, manifest: Manifest) -> None:
        """Forget a guard that is gone, or that lost the label by which guards are read."""
        self.seen.pop(ObjectRef(kind.kind, manifest["metadata"]["name"]), None)
        self.judge()

    def begin(self, kind: Kind, resource_version: int) -> None:
        """Wait for the end of the list: what it lacks is known only then."""

    def retain(self, kind: Kind, alive: set[Address], resource_version: int) -> None:
        del resource_version
        names = {address.name for address in alive}
        for ref in [ref for ref in self.seen if ref.kind == kind.kind and ref.name not in names]:
            del self.seen[ref]
        self.listed[kind.kind] = self.clock()
        self.judge()

    def missing(self, kind: Kind) -> None:
        """Keep what is known until it is too old to be believed."""

    def judge(self) -> None:
        """Say what is wrong with each guard, if that is news; nothing before all kinds are read."""
        if {ref.kind for ref in self.shipped} - self.listed.keys():
            return
        now = self.clock()
        fresh = {kind for kind, moment in self.listed.items() if now - moment <= TRUST}
        problems = {ref: self._problem(ref, fresh) for ref in self.shipped}
        if problems != self.problems:
            self.problems = problems
            self.on_change(problems)

    def _problem(self, ref: ObjectRef, fresh: set[str]) -> str:
        if ref.kind not in fresh:
            return "cannot be read, see the operator's log"
        seen = self.seen.get(ref)
        return seen.problem if seen else "is missing"
