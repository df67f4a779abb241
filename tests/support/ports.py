"""Stand-ins for what lies outside the shell: they keep what was written and fail when told to."""

from collections import defaultdict
from dataclasses import dataclass, field, replace

from tests.support.observed import applied
from tradingstack_operator.api import names
from tradingstack_operator.model.changes import Action, Change
from tradingstack_operator.model.observed import Observed
from tradingstack_operator.model.operations import in_order


@dataclass
class HandClock:
    """A clock that stands still until a test moves it."""

    moment: float = 1000.0

    def __call__(self):
        return self.moment

    def forward(self, seconds):
        self.moment += seconds


@dataclass
class FakeCluster:
    """Fulfils ``ClusterPort`` with a few snapshots in memory.

    ``trouble`` maps what a test wants to go wrong, as the writes are listed, to a ``Refusal`` or
    to the error to raise; ``doors`` maps it to the event it waits for.
    """

    stacks: dict = field(default_factory=dict)
    trouble: dict = field(default_factory=dict)
    doors: dict = field(default_factory=dict)
    writes: list = field(default_factory=list)
    statuses: list = field(default_factory=list)
    events: list = field(default_factory=list)
    looks: dict = field(default_factory=lambda: defaultdict(int))

    def hold_stack(self, observed):
        self.stacks[observed.key] = observed

    def observe(self, key):
        self.looks[key] += 1
        problem = self.trouble.get(f"observe {key}")
        if problem:
            raise problem.with_traceback(None)
        return self.stacks.get(key)

    async def apply(self, wanted, before):
        action = Action.UPDATE if before else Action.CREATE
        refusal = await self._attempt(f"apply {wanted.ref}")
        if not refusal:
            self._keep(applied(wanted))
        return Change(wanted.ref, action, refusal, "no" if refusal else "")

    async def strip(self, child, patch):
        refusal = await self._attempt(f"strip {child.ref}")
        del patch
        return Change(child.ref, Action.REPAIR, refusal)

    async def delete(self, child):
        refusal = await self._attempt(f"delete {child.ref}")
        if not refusal:
            self._drop(child)
        return Change(child.ref, Action.DELETE, refusal)

    async def hold(self, observed):
        await self._attempt("hold")
        self._edit(observed, {"finalizers": [names.FINALIZER]})

    async def release(self, observed):
        """Leave the stack visible, as the caches do until they hear of its end."""
        await self._attempt("release")
        self._edit(observed, {"finalizers": []})

    async def write_status(self, observed, status):
        await self._attempt("status")
        self.statuses.append(status)
        known = self.stacks.get(observed.key, observed)
        self.stacks[observed.key] = replace(known, manifest=known.manifest | {"status": status})

    async def write_operation(self, operation, status):
        await self._attempt(f"operation {operation.metadata.name} {status.phase}")
        done = operation.model_copy(update={"status": status})
        for key, known in self.stacks.items():
            left = [one for one in known.facts.operations if one != operation]
            told = replace(known.facts, operations=in_order([*left, done]))
            self.stacks[key] = replace(known, facts=told)

    async def create_operation(self, namespace, name, spec):
        del namespace, spec
        await self._attempt(f"create operation {name}")

    async def record(self, observed, event):
        del observed
        await self._attempt("event")
        self.events.append(event)

    async def _attempt(self, write):
        self.writes.append(write)
        if write in self.doors:
            await self.doors[write].wait()
        problem = self.trouble.get(write)
        if isinstance(problem, BaseException):
            raise problem.with_traceback(None)
        return problem

    def _edit(self, observed, metadata):
        known = self.stacks.get(observed.key, observed)
        edited = known.manifest | {"metadata": known.metadata | metadata}
        self.stacks[observed.key] = replace(known, manifest=edited)

    def _keep(self, child):
        for key, known in self.stacks.items():
            self.stacks[key] = Observed(
                known.manifest, {**known.children, child.ref: child}, known.facts
            )

    def _drop(self, child):
        for key, known in self.stacks.items():
            left = {ref: other for ref, other in known.children.items() if ref != child.ref}
            self.stacks[key] = Observed(known.manifest, left, known.facts)


@dataclass
class FakeLease:
    """Fulfils ``LeasePort``: one Lease that several bidders share, with optimistic locking."""

    lease: dict | None = None
    versions: int = 0
    failure: Exception | None = None
    rival: dict | None = None
    """Written by somebody else between the next read and the next write."""

    async def read(self):
        if self.failure:
            raise self.failure
        return self.lease

    async def write(self, lease):
        if self.failure:
            raise self.failure
        if self.rival is not None:
            self.rival, rival = None, self.rival
            self.put(rival)
        known = self.lease["metadata"]["resourceVersion"] if self.lease else None
        if lease["metadata"].get("resourceVersion") != known:
            return None
        return self.put(lease["spec"])

    def put(self, spec):
        self.versions += 1
        metadata = {"name": names.LEASE_NAME, "resourceVersion": str(self.versions)}
        self.lease = {"metadata": metadata, "spec": spec}
        return self.lease
