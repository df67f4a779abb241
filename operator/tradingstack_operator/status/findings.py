"""Everything a pass over a stack learnt, ready to be judged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.model.changes import Change
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.findings import Contest, Violation, Waiting
from tradingstack_operator.model.health import health
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.model.observed import Child


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
    refused: tuple[Change, ...] = ()
    contested: tuple[Contest, ...] = ()
    effective: Mapping[str, Any] | None = None
    """The spec in force, defaults filled in."""
    deleting: bool = False

    def of_kind(self, *kinds: str) -> tuple[ObjectRef, ...]:
        """List the wanted objects of these kinds or, of a rejected spec, the existing ones."""
        refs = self.children if self.stack is None else self.desired
        return tuple(ref for ref in refs if ref.kind in kinds)

    def component_of(self, ref: ObjectRef) -> str:
        return self.desired.get(ref) or self.children[ref].component

    def trouble(self, refs: Iterable[ObjectRef]) -> tuple[tuple[ObjectRef, str], ...]:
        """Those of the objects that do not do their work, each with the reason in words."""
        found = []
        for ref in refs:
            child = self.children.get(ref)
            if child is None:
                found.append((ref, "does not exist yet"))
            elif not (verdict := health(child, self.least.get(ref))).ready:
                found.append((ref, verdict.message))
        return tuple(found)
