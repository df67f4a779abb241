"""What a stack should consist of, or why that cannot be said; made anew only when it may differ."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tradingstack_operator.api.status import EndpointStatus
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired.build import build
from tradingstack_operator.desired.drills import drill_kinds
from tradingstack_operator.desired.effective import effective_spec
from tradingstack_operator.desired.endpoints import endpoint_statuses
from tradingstack_operator.desired.operations import refusals
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.findings import Violation
from tradingstack_operator.model.kinds import AUTOSCALER
from tradingstack_operator.model.objects import Manifest, ObjectRef, Rendered, StackKey, render
from tradingstack_operator.model.observed import Observed
from tradingstack_operator.rules.accept import accept


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome for one spec in one surrounding."""

    uid: str
    generation: int
    facts: Facts
    stack: TradingStack | None = None
    """None when the spec is rejected."""
    violations: tuple[Violation, ...] = ()
    desired: tuple[Rendered, ...] = ()
    """In the order to apply them."""
    least: Mapping[ObjectRef, int] = field(default_factory=dict)
    """How few replicas the autoscaler of a workload may leave."""
    effective: Mapping[str, Any] | None = None
    endpoints: tuple[EndpointStatus, ...] = ()
    refusals: Mapping[str, str] = field(default_factory=dict)
    """Why an operation cannot be done to this stack, by its name."""
    drillable: bool = False
    """Whether there is a recovery to exercise."""

    def holds_for(self, observed: Observed) -> bool:
        return (self.uid, self.generation, self.facts) == (
            observed.uid,
            observed.generation,
            observed.facts,
        )


KEPT: Final = 32
"""So many stacks are seldom busy at once; a decision takes 100 kB, or 1 ms to make anew."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """The decisions for the stacks that were looked at last."""

    known: OrderedDict[StackKey, Decision] = field(default_factory=OrderedDict)

    def decide(self, observed: Observed) -> Decision:
        known = self.known.pop(observed.key, None)
        if known is None or not known.holds_for(observed):
            known = decide(observed)
        self.known[observed.key] = known
        if len(self.known) > KEPT:
            self.known.popitem(last=False)
        return known

    def forget(self, key: StackKey) -> None:
        self.known.pop(key, None)


def decide(observed: Observed) -> Decision:
    verdict = accept(observed.manifest, observed.facts)
    basis = Decision(observed.uid, observed.generation, observed.facts)
    if not isinstance(verdict, TradingStack):
        return replace(basis, violations=verdict)
    manifests = build(verdict, observed.facts)
    return replace(
        basis,
        stack=verdict,
        desired=tuple(render(manifest) for manifest in manifests),
        least=least_replicas(manifests),
        effective=effective_spec(verdict),
        endpoints=endpoint_statuses(verdict),
        refusals=refusals(verdict, observed.facts, manifests),
        drillable=bool(drill_kinds(verdict)),
    )


def least_replicas(manifests: Iterable[Manifest]) -> dict[ObjectRef, int]:
    """Read from the autoscalers how few replicas their workloads may have."""
    specs = (item["spec"] for item in manifests if item["kind"] == AUTOSCALER.kind)
    return {
        ObjectRef(spec["scaleTargetRef"]["kind"], spec["scaleTargetRef"]["name"]): int(
            spec["minReplicas"]
        )
        for spec in specs
    }
