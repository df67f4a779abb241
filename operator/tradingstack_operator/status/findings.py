"""Everything a pass over a stack learnt, ready to be judged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from tradingstack_operator.api.status import EndpointStatus
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.model.changes import Change
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.findings import Contest, Violation, Waiting
from tradingstack_operator.model.health import condition, health, lacks_pods
from tradingstack_operator.model.kinds import CRON_JOB
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.model.observed import Child
from tradingstack_operator.model.rotation import SecretReport
from tradingstack_operator.model.signals import Signal


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything a pass over a stack learnt."""

    facts: Facts
    children: Mapping[ObjectRef, Child]
    """As they are after the pass's writes."""
    stack: TradingStack | None = None
    """None while the spec is rejected: then nothing is known of what should exist."""
    violations: tuple[Violation, ...] = ()
    desired: Mapping[ObjectRef, str] = field(default_factory=dict)
    """The component of every object that should exist."""
    least: Mapping[ObjectRef, int] = field(default_factory=dict)
    """How few replicas the autoscaler of a workload may leave."""
    waiting: tuple[Waiting, ...] = ()
    held: tuple[ObjectRef, ...] = ()
    """Workloads whose restart waits for a maintenance window."""
    next_window: datetime | None = None
    """When that opens."""
    in_window: bool = True
    """Whether a maintenance window is open, or there are none."""
    rotating: tuple[Waiting, ...] = ()
    """Components that run with old credentials until the new ones can be used."""
    signals: Mapping[ObjectRef, Signal] = field(default_factory=dict)
    """What pods and Events say about the workloads."""
    secrets: SecretReport | None = None
    """What the secret store says; None when it is not asked."""
    credentials: Mapping[str, Any] | None = None
    """The history of the credentials, as the status shows it."""
    refused: tuple[Change, ...] = ()
    contested: tuple[Contest, ...] = ()
    effective: Mapping[str, Any] | None = None
    """The spec in force, defaults filled in."""
    endpoints: tuple[EndpointStatus, ...] = ()
    """Where each component listens."""
    drillable: bool = False
    """Whether the operator can exercise a recovery of this stack."""
    deleting: bool = False

    def of_kind(self, *kinds: str) -> tuple[ObjectRef, ...]:
        """List the wanted objects of these kinds or, of a rejected spec, the existing ones."""
        refs = self.children if self.stack is None else self.desired
        return tuple(ref for ref in refs if ref.kind in kinds)

    def component_of(self, ref: ObjectRef) -> str:
        return self.desired.get(ref) or self.children[ref].component

    def trouble(self, refs: Iterable[ObjectRef]) -> tuple[tuple[ObjectRef, str], ...]:
        """Those of the objects that do not do their work, each with the reason in words."""
        found = ((ref, self._trouble(ref)) for ref in refs)
        return tuple((ref, text) for ref, text in found if text)

    def remarks(self, refs: Iterable[ObjectRef]) -> tuple[tuple[ObjectRef, str], ...]:
        """Tell what may explain the trouble of others and is none by itself."""
        verdicts = ((ref, health(self.children[ref])) for ref in refs if ref in self.children)
        return tuple((ref, one.message) for ref, one in verdicts if one.ready and one.message)

    def rejected(self, ref: ObjectRef) -> bool:
        """Tell whether the API server refuses a workload its pods: waiting alone will not help."""
        child = self.children.get(ref)
        if child is None or not lacks_pods(child):
            return False
        return health(child).rejected or bool(self._signal(ref).refusal)

    def _trouble(self, ref: ObjectRef) -> str:
        child = self.children.get(ref)
        if child is None:
            return "does not exist yet"
        verdict = health(child, self.least.get(ref))
        if verdict.ready:
            return self._last_failure(child) if ref.kind == CRON_JOB.kind else ""
        signal = self._signal(ref)
        why = (signal.refusal if self.rejected(ref) else "") or signal.trouble
        return f"{verdict.message}: {why}" if why else verdict.message

    def _signal(self, ref: ObjectRef) -> Signal:
        return self.signals.get(ref, Signal())

    def _last_failure(self, cron_job: Child) -> str:
        """Say that the last Job of a CronJob failed; its own status does not."""
        jobs = [child for child in self.children.values() if child.owner_uid == cron_job.uid]
        if not jobs:
            return ""
        last = max(jobs, key=_creation)
        verdict = health(last)
        failed = condition(last, "Failed").get("status") == "True"
        return f"has failed last: {last.ref} {verdict.message}" if failed else ""


def _creation(child: Child) -> tuple[str, str]:
    """Sort by age; the times of Kubernetes sort as text."""
    return str(orjson.loads(child.body)["metadata"].get("creationTimestamp", "")), child.ref.name
