"""What a stack should consist of, or why that cannot be said; made anew only when it may differ."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired.build import build
from tradingstack_operator.desired.effective import effective_spec
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.findings import Violation
from tradingstack_operator.model.objects import (
    Manifest,
    ObjectRef,
    StackKey,
    component_of,
    ref_of,
    with_desired_hash,
)
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
    desired: tuple[Manifest, ...] = ()
    """In the order to apply them, each with its hash annotation."""
    components: Mapping[ObjectRef, str] = field(default_factory=dict)
    effective: Mapping[str, Any] | None = None

    def holds_for(self, observed: Observed) -> bool:
        return (self.uid, self.generation, self.facts) == (
            observed.uid,
            observed.generation,
            observed.facts,
        )


@dataclass(frozen=True, slots=True)
class Decisions:
    """The last decision for every stack."""

    known: dict[StackKey, Decision] = field(default_factory=dict)

    def decide(self, observed: Observed) -> Decision:
        known = self.known.get(observed.key)
        if known is None or not known.holds_for(observed):
            known = self.known[observed.key] = decide(observed)
        return known

    def forget(self, key: StackKey) -> None:
        self.known.pop(key, None)


def decide(observed: Observed) -> Decision:
    verdict = accept(observed.manifest, observed.facts)
    basis = Decision(observed.uid, observed.generation, observed.facts)
    if not isinstance(verdict, TradingStack):
        return replace(basis, violations=verdict)
    desired = tuple(with_desired_hash(manifest) for manifest in build(verdict, observed.facts))
    return replace(
        basis,
        stack=verdict,
        desired=desired,
        components={ref_of(manifest): component_of(manifest) for manifest in desired},
        effective=effective_spec(verdict),
    )
