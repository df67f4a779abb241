"""The cluster of a scenario: a fake server that keeps every version of every stack."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import yaml

from tests.scenario.bell import DEADLINE, Bell
from tests.support import stacks
from tests.support.fakeserver import FakeServer, auto_settle
from tests.support.fakeserver.faults import Call
from tests.support.fakeserver.store import Change
from tests.support.kstatus import broken_laws
from tradingstack_operator.model.kinds import (
    GUARD_KINDS,
    LEASE,
    NAMESPACE,
    PLATFORM_POLICY,
    TRADING_STACK,
    Kind,
)
from tradingstack_operator.rules.guards import build_guards

CRDS: Final = [
    yaml.safe_load(path.read_text())
    for path in sorted((Path(__file__).parents[2] / "crds").glob("*.yaml"))
]
GUARDS: Final = tuple(build_guards())
KEY: Final = (stacks.NAMESPACE, stacks.NAME)


class Requests(list):
    """A request log that rings at each new entry."""

    def __init__(self, bell):
        super().__init__()
        self._bell = bell

    def append(self, call: Call) -> None:
        super().append(call)
        self._bell.ring()


class Stage(FakeServer):
    """A fake server whose every step can be waited for, with one namespace ready for a stack."""

    def __init__(self, *, settled: bool = True):
        super().__init__(crds=CRDS, namespaces=("operator-system",))
        self.bell = Bell()
        self.requests = Requests(self.bell)
        self.history: list[dict] = []
        """Every version of every stack."""
        self.watching: list[Call] = []
        """The watches that are open."""
        self.cluster.after_write.append(self._record)
        labelled = {"metadata": {"name": stacks.NAMESPACE, "labels": stacks.NAMESPACE_LABELS}}
        self.cluster.create(NAMESPACE, labelled)
        self.cluster.create(PLATFORM_POLICY, stacks.POLICY)
        for guard in GUARDS:
            self.cluster.create(next(it for it in GUARD_KINDS if it.kind == guard["kind"]), guard)
        if settled:
            auto_settle(self.cluster)

    def _record(self, change: Change) -> None:
        if change.resource.kind == TRADING_STACK:
            self.history.append(change.last.body)
        self.bell.ring()

    async def _answer(self, request):
        try:
            return await super()._answer(request)
        finally:
            self.bell.ring()

    def freeze_reads(self) -> None:
        """Show the past to all who read but in the lease, which is read from where it is kept."""
        super().freeze_reads()
        store = self.cluster.store
        store._frozen[LEASE] = store._objects.setdefault(LEASE, {})  # noqa: SLF001 - see above

    def garble_watches(self) -> None:
        """Send every watcher a line that is no JSON."""
        for watch in self._watches:
            watch.queue.put_nowait(b"garbage\n")

    def log(self, since: int = 0) -> list[Call]:
        """List the successful writes of objects, without the lease's and the access reviews."""
        return [call for call in self.writes()[since:] if call.kind]

    def mark(self) -> int:
        """Remember the present, for ``log`` to begin with."""
        return len(self.writes())

    async def _stream(self, request, call, address):
        self.watching.append(call)
        self.bell.ring()
        try:
            return await super()._stream(request, call, address)
        finally:
            self.watching.remove(call)
            self.bell.ring()

    async def until(self, holds: Callable[[], Any], seconds: float = DEADLINE) -> Any:
        return await self.bell.until(holds, seconds)

    async def until_condition(self, kind: str, status: str, reason: str = "", key=KEY) -> dict:
        """Wait for a condition of a stack, told by the operator about the spec as it is now."""

        def told() -> dict | None:
            found = self.condition(kind, key)
            wanted = found.get("status") == status and reason in ("", found.get("reason"))
            return found if wanted and self.observed(key) else None

        told.__qualname__ = f"{kind} of {key} is {status} {reason}"
        return await self.until(told)

    def apply_stack(self, manifest: dict | None = None, **overrides: Any) -> dict:
        """Apply a stack as its user does; the default one keeps every rule."""
        body = manifest or a_stack(**overrides)
        return self.cluster.apply(TRADING_STACK, body, manager="user", force=True)

    def stack(self, key=KEY) -> dict:
        return self.cluster.get(TRADING_STACK, key)

    def observed(self, key=KEY) -> bool:
        body = self.stack(key)
        return body.get("status", {}).get("observedGeneration") == body["metadata"]["generation"]

    def condition(self, kind: str, key=KEY) -> dict:
        body = self.cluster.find(TRADING_STACK, key) or {}
        conditions = body.get("status", {}).get("conditions", ())
        return next((it for it in conditions if it["type"] == kind), {})

    def names(self, *kinds: Kind, namespace: str = stacks.NAMESPACE) -> set[str]:
        """Name the objects of some kinds, each as ``Kind/name``."""
        return {
            f"{kind.kind}/{body['metadata']['name']}"
            for kind in kinds
            for body in self.cluster.objects(kind, namespace)
        }


def assert_lawful(stage: Stage) -> None:
    """Hold every status that was ever written against the laws."""
    broken = [
        (law, body["metadata"]["generation"], body["status"])
        for body in stage.history
        if "status" in body
        for law in broken_laws(body["status"], body["metadata"]["generation"])
    ]
    assert not broken, broken


def a_stack(**overrides: Any) -> dict:
    """Write a stack that keeps every rule, without what only a server gives it."""
    manifest = stacks.manifest(**overrides)
    given = {"uid", "resourceVersion", "generation"}
    metadata = {key: value for key, value in manifest["metadata"].items() if key not in given}
    return manifest | {"metadata": metadata}


def named(calls: Iterable[Call]) -> list[str]:
    """Write calls down as ``verb Kind/name``, with a subresource where there is one."""
    return [
        f"{call.verb} {call.kind}/{call.name}{'/' * bool(call.subresource)}{call.subresource}"
        for call in calls
    ]
