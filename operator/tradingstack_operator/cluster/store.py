"""The informers' caches: what the API server said last, kept by namespace."""

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, Protocol, Self

from tradingstack_contract.files import Relay
from tradingstack_operator.api import names
from tradingstack_operator.api.platform_policy import PlatformPolicy
from tradingstack_operator.api.stack_operation import StackOperation
from tradingstack_operator.cluster.intake import Record, child_of, record_of
from tradingstack_operator.cluster.parsing import parse_operations, parse_policy
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.halts import Halt, halt_of
from tradingstack_operator.model.health import health
from tradingstack_operator.model.images import Images
from tradingstack_operator.model.kinds import (
    ALERTMANAGER,
    MANAGED_KINDS,
    MONITOR_KINDS,
    NAMESPACE,
    PLATFORM_POLICY,
    PROMETHEUS,
    STACK_OPERATION,
    TRADING_HALT,
    TRADING_STACK,
    Kind,
)
from tradingstack_operator.model.monitoring import Monitors
from tradingstack_operator.model.objects import Manifest, ObjectRef, StackKey
from tradingstack_operator.model.observed import Child, Observed
from tradingstack_operator.model.rotation import (
    BEGINNING,
    SecretReport,
    SecretVersion,
    parse_time,
    rotated,
)
from tradingstack_operator.model.signals import Signal


class Wake(Protocol):
    """Told which stack to look at, and whether its user is waiting for it."""

    def __call__(self, key: StackKey, *, urgent: bool) -> None: ...


MANAGED: Final = frozenset(kind.kind for kind in MANAGED_KINDS)
CLUSTER: Final = ""
"""Where objects without a namespace are kept."""


class Address(NamedTuple):
    """One incarnation of an object; a namesake made later has another UID."""

    namespace: str
    name: str
    uid: str

    @classmethod
    def of(cls, manifest: Manifest) -> Self:
        metadata = manifest["metadata"]
        return cls(metadata.get("namespace", CLUSTER), metadata["name"], metadata["uid"])


Records = defaultdict[str, dict[str, Record]]
"""Objects of one kind by namespace and name."""


@dataclass(slots=True)
class Store:
    """The sink of every informer, and the source of every snapshot."""

    wake: Wake
    images: Images
    children: defaultdict[str, dict[ObjectRef, Child]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    records: defaultdict[str, Records] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(dict))
    )
    operations: dict[str, tuple[StackOperation, ...]] = field(default_factory=dict)
    """The operations of each namespace, in the order in which they were asked for."""
    absent: set[str] = field(default_factory=set)
    """The optional kinds the server does not serve."""
    listed: dict[str, int] = field(default_factory=dict)
    """The resource version of each kind's last list."""
    monitors: Monitors = field(default_factory=Monitors)
    broken_guards: tuple[str, ...] = ("the guards have not been read yet",)
    """What is unknown is not safe."""
    relay: Relay | None = None
    """By what replicas know the halt relay."""
    signals: dict[str, Mapping[ObjectRef, Signal]] = field(default_factory=dict)
    """What keeps pods from running, by namespace."""
    reports: dict[StackKey, SecretReport] = field(default_factory=dict)
    """What the secret store said last of each stack's folder."""
    _policy: tuple[PlatformPolicy | None, str] = (None, "there is no PlatformPolicy named default")

    def stack_keys(self) -> Iterator[StackKey]:
        for namespace, stacks in self.records[TRADING_STACK.kind].items():
            yield from (StackKey(namespace, name) for name in stacks)

    def folders(self) -> dict[StackKey, str]:
        """Name each stack's folder in the secret store."""
        stacks = self._manifests(TRADING_STACK)
        return {
            StackKey(stack["metadata"]["namespace"], stack["metadata"]["name"]): stack["spec"][
                "secrets"
            ]["pathPrefix"]
            for stack in stacks
        }

    def observe(self, key: StackKey) -> Observed | None:
        record = self.records[TRADING_STACK.kind][key.namespace].get(key.name)
        if record is None:
            return None
        manifest, children = record.manifest(), dict(self.children[key.namespace])
        report = self.reports.get(key)
        since = manifest["metadata"].get("creationTimestamp", BEGINNING)
        requested = (child.requested for child in children.values() if child.requested)
        versions = rotated(report, parse_time(since), requested)
        facts = self._facts(key.namespace, versions)
        return Observed(manifest, children, facts, self.signals.get(key.namespace, {}), report)

    def knows(self, kind: Kind, namespace: str, name: str, version: int) -> bool:
        """Tell whether an object of the operator's own kinds is kept in this version or later."""
        record = self.records[kind.kind][namespace].get(name)
        return record is not None and record.resource_version >= version

    def upsert(self, kind: Kind, manifest: Manifest) -> None:
        if kind.kind in MANAGED:
            self.upsert_child(kind, manifest)
        else:
            self._upsert_record(kind, manifest)

    def remove(self, kind: Kind, manifest: Manifest) -> None:
        self.forget(kind, Address.of(manifest))

    def forget(self, kind: Kind, gone: Address) -> None:
        """Forget an object, unless a namesake has taken its place meanwhile."""
        if gone not in self._known(kind, gone.namespace):
            return
        if kind.kind in MANAGED:
            del self.children[gone.namespace][ObjectRef(kind.kind, gone.name)]
            self._wake_namespace(gone.namespace)
        else:
            del self.records[kind.kind][gone.namespace][gone.name]
            if kind is TRADING_STACK:
                self.reports.pop(StackKey(gone.namespace, gone.name), None)
            self._record_changed(kind, StackKey(gone.namespace, gone.name), urgent=True)

    def begin(self, kind: Kind, resource_version: int) -> None:
        """Prepare for a list; one older than its predecessor comes from a restored backup.

        Nothing that was known counts then.
        """
        if resource_version < self.listed.get(kind.kind, 0):
            self.retain(kind, set(), sys.maxsize)
        self.listed[kind.kind] = resource_version
        if kind.kind in self.absent:
            self.absent.discard(kind.kind)
            self._wake_all()

    def retain(self, kind: Kind, alive: set[Address], resource_version: int) -> None:
        namespaces = self.children if kind.kind in MANAGED else self.records[kind.kind]
        for namespace in list(namespaces):
            for known, version in self._known(kind, namespace).items():
                if known not in alive and version <= resource_version:
                    self.forget(kind, known)

    def missing(self, kind: Kind) -> None:
        if kind.kind not in self.absent:
            self.absent.add(kind.kind)
            self._wake_all()

    def learn_guards(self, broken: tuple[str, ...]) -> None:
        """Take note of the guards that do not stand as they should."""
        if broken != self.broken_guards:
            self.broken_guards = broken
            self._wake_all()

    def learn_relay(self, relay: Relay) -> None:
        """Take note of the keys that the halt relay's token is checked with."""
        if relay != self.relay:
            self.relay = relay
            self._wake_all()

    def learn_signals(self, namespace: str, signals: Mapping[ObjectRef, Signal]) -> None:
        """Take note of what keeps pods from running."""
        if signals != self.signals.get(namespace, {}):
            self.signals[namespace] = signals
            self._wake_namespace(namespace)

    def learn_secrets(self, key: StackKey, report: SecretReport) -> None:
        """Take note of what the secret store says about a stack, unless that is gone."""
        known = self.reports.get(key)
        if report.problem and known is not None:
            report = replace(report, versions=known.versions)
        if report != known and key.name in self.records[TRADING_STACK.kind][key.namespace]:
            self.reports[key] = report
            self.wake(key, urgent=known is not None and report.versions != known.versions)

    def _known(self, kind: Kind, namespace: str) -> dict[Address, int]:
        """Every object of a kind in a namespace, with its resource version."""
        if kind.kind in MANAGED:
            return {
                Address(namespace, ref.name, child.uid): child.resource_version
                for ref, child in self.children[namespace].items()
                if ref.kind == kind.kind
            }
        records = self.records[kind.kind][namespace].items()
        return {
            Address(namespace, name, record.uid): record.resource_version
            for name, record in records
        }

    def upsert_child(self, kind: Kind, manifest: Manifest) -> Child:
        """Keep a child unless a newer state of it is known; return it as it was sent."""
        namespace = manifest["metadata"]["namespace"]
        child = child_of(manifest, kind)
        known = self.children[namespace].get(child.ref)
        if known is None or known.resource_version < child.resource_version:
            self.children[namespace][child.ref] = child
            # others may be waiting for it
            became_ready = known is not None and health(child).ready and not health(known).ready
            self._wake_namespace(namespace, urgent=became_ready)
        return child

    def _upsert_record(self, kind: Kind, manifest: Manifest) -> None:
        namespace, name, _ = Address.of(manifest)
        known, record = self.records[kind.kind][namespace].get(name), record_of(manifest)
        if known is None or known.resource_version < record.resource_version:
            self.records[kind.kind][namespace][name] = record
            urgent = known is None or known.intent != record.intent
            self._record_changed(kind, StackKey(namespace, name), urgent=urgent)

    def _record_changed(self, kind: Kind, key: StackKey, *, urgent: bool) -> None:
        if kind is TRADING_STACK:
            self.wake(key, urgent=urgent)
        elif kind is TRADING_HALT:
            self._wake_namespace(key.namespace, urgent=urgent)
        elif kind is STACK_OPERATION:
            known = self.records[kind.kind][key.namespace].values()
            self.operations[key.namespace] = parse_operations(known)
            self._wake_namespace(key.namespace, urgent=urgent)
        elif kind is NAMESPACE:
            self._wake_namespace(key.name)
        elif kind is PLATFORM_POLICY:
            record = self.records[kind.kind][CLUSTER].get(names.POLICY_NAME)
            self._policy = parse_policy(record.manifest() if record else None)
            self._wake_all()
        elif kind in MONITOR_KINDS:
            self._learn_monitors()

    def _facts(self, namespace: str, versions: Mapping[str, SecretVersion]) -> Facts:
        record = self.records[NAMESPACE.kind][CLUSTER].get(namespace)
        metadata = record.manifest()["metadata"] if record else {}
        policy, problem = self._policy
        return Facts(
            namespace_labels=metadata.get("labels", {}),
            namespace_terminating="deletionTimestamp" in metadata,
            stacks=tuple(sorted(self.records[TRADING_STACK.kind][namespace])),
            halts=self._halts(namespace),
            relay=self.relay,
            operations=self.operations.get(namespace, ()),
            policy=policy,
            policy_problem=problem,
            missing_kinds=frozenset(self.absent),
            images=self.images,
            credential_versions=versions,
            broken_guards=self.broken_guards,
            monitors=self.monitors,
        )

    def _learn_monitors(self) -> None:
        """Take note of what the cluster's monitoring selects; most changes are to its status."""
        monitors = Monitors.of(self._manifests(PROMETHEUS), self._manifests(ALERTMANAGER))
        if monitors != self.monitors:
            self.monitors = monitors
            self._wake_all()

    def _manifests(self, kind: Kind) -> list[Manifest]:
        namespaces = self.records[kind.kind].values()
        return [record.manifest() for records in namespaces for record in records.values()]

    def _halts(self, namespace: str) -> tuple[Halt, ...]:
        records = self.records[TRADING_HALT.kind][namespace]
        return tuple(halt_of(records[name].manifest()) for name in sorted(records))

    def _wake_namespace(self, namespace: str, *, urgent: bool = False) -> None:
        for name in self.records[TRADING_STACK.kind][namespace]:
            self.wake(StackKey(namespace, name), urgent=urgent)

    def _wake_all(self) -> None:
        for key in self.stack_keys():
            self.wake(key, urgent=False)
