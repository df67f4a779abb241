"""One look at one stack, from what is known of it to what is reported about it."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from tradingstack_operator.controller.decision import Decision, Decisions
from tradingstack_operator.controller.disputes import Disputes
from tradingstack_operator.controller.execute import execute
from tradingstack_operator.controller.finalize import finalize
from tradingstack_operator.controller.operations import operate
from tradingstack_operator.controller.report import Reporter
from tradingstack_operator.model.changes import Change
from tradingstack_operator.model.objects import ObjectRef, StackKey, Version
from tradingstack_operator.model.observed import Observed
from tradingstack_operator.model.ports import ClusterPort
from tradingstack_operator.planning.cut import until_cut, with_cut
from tradingstack_operator.planning.plan import Apply, Plan, make_plan
from tradingstack_operator.planning.windows import is_open, next_opening, restarts_wait, windows_of
from tradingstack_operator.status.assess import assess
from tradingstack_operator.status.findings import Findings

SOON: Final = 20.0
"""Seconds until the next look when something was refused or is contested."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What one look at a stack came to, for the log and the metrics."""

    key: StackKey
    generation: int
    changes: tuple[Change, ...]
    reported: bool
    """Whether a new status was written."""
    next_look: float | None
    """Seconds until the next one; None when the stack is gone or at rest until the resync."""
    operations: tuple[tuple[str, str | None], ...] = ()
    """The StackOperations that got further, each with its phase."""

    def summary(self) -> dict[str, Any]:
        """Count the changes by action, for one line of the log."""
        counts = Counter(str(change.action) for change in self.changes if not change.refusal)
        refused = [f"{change.ref}: {change.message}" for change in self.changes if change.refusal]
        return {
            "stack": str(self.key),
            "generation": self.generation,
            "changes": counts,
            "reported": self.reported,
            **({"refused": refused} if refused else {}),
            **({"operations": dict(self.operations)} if self.operations else {}),
        }


@dataclass(frozen=True, slots=True)
class Reconciler:
    """The steps; everything that remembers anything between two looks is a field."""

    cluster: ClusterPort
    decisions: Decisions
    disputes: Disputes
    reporter: Reporter
    now: Callable[[], datetime]
    satisfied: dict[StackKey, Mapping[ObjectRef, Version]] = field(default_factory=dict)
    """The versions of each stack's objects that need no further look."""

    async def reconcile(self, key: StackKey) -> Pass | None:
        """Look at a stack once; None when there is no such stack.

        Raises ``PortError`` when the API server could not be asked: nothing was learnt then, and
        the next look starts afresh.
        """
        observed = self.cluster.observe(key)
        if observed is None:
            self._forget(key)
            return None
        if observed.deleting:
            return await self._take_down(observed)
        observed = with_cut(observed, self.now())
        decision = self.decisions.decide(observed)
        steps = await operate(self.cluster, observed, decision, self.now())
        if steps:
            observed = with_cut(self.cluster.observe(key) or observed, self.now())
            decision = self.decisions.decide(observed)
        plan = self._plan(observed, decision)
        if plan.writes and not observed.has_finalizer:
            await self.cluster.hold(observed)
        changes = await execute(plan, self.cluster)
        made = {change.ref: change.exact for change in changes if change.exact}
        self.satisfied[key] = {**plan.satisfied, **made}
        opening = next_opening(windows_of(decision.stack), self.now()) if plan.held else None
        outcome = await self._report(
            observed,
            changes,
            Findings(
                facts=observed.facts,
                children={},
                stack=decision.stack,
                violations=decision.violations,
                desired={item.ref: item.component for item in decision.desired},
                least=decision.least,
                waiting=plan.waiting,
                held=plan.held,
                next_window=opening,
                in_window=is_open(windows_of(decision.stack), self.now()),
                rotating=plan.rotating,
                contested=self.disputes.contested(key),
                effective=decision.effective,
                endpoints=decision.endpoints,
                drillable=decision.drillable,
            ),
        )
        return replace(
            outcome,
            operations=tuple((step.operation.metadata.name, step.status.phase) for step in steps),
            next_look=sooner(
                sooner(outcome.next_look, opening - self.now() if opening else None),
                until_cut(observed, self.now()),
            ),
        )

    def _plan(self, observed: Observed, decision: Decision) -> Plan:
        """Plan nothing for a spec that is rejected, paused or frozen, nor in a going namespace."""
        stack, facts = decision.stack, observed.facts
        if stack is None or stack.spec.paused or facts.namespace_terminating or facts.freeze(stack):
            return Plan()
        key = observed.key
        known = self.satisfied.get(key, {})
        plan = make_plan(
            decision.desired,
            observed.children,
            observed.uid,
            known,
            facts.missing_kinds,
            hold=restarts_wait(stack, facts, self.now()),
        )
        return replace(
            plan,
            foundations=self._peaceful(key, plan.foundations),
            workloads=self._peaceful(key, plan.workloads),
        )

    def _peaceful(self, key: StackKey, applies: tuple[Apply, ...]) -> tuple[Apply, ...]:
        """Leave out the repairs that somebody would only undo again."""
        return tuple(
            item
            for item in applies
            if item.before is None
            or not item.drift
            or self.disputes.admit(key, item.drift, item.before)
        )

    async def _take_down(self, observed: Observed) -> Pass | None:
        if not observed.has_finalizer:
            return None
        changes = await finalize(observed, self.cluster)
        return await self._report(
            observed, changes, Findings(facts=observed.facts, children={}, deleting=True)
        )

    async def _report(
        self, observed: Observed, changes: tuple[Change, ...], found: Findings
    ) -> Pass:
        after = self.cluster.observe(observed.key)
        released = found.deleting and after is not None and not after.has_finalizer
        if after is None or after.uid != observed.uid or released:
            # what was found is not about a namesake made meanwhile, and a released stack is gone
            # although the caches may not know it yet
            self._forget(observed.key)
            return Pass(observed.key, observed.generation, changes, reported=False, next_look=None)
        refused = tuple(change for change in changes if change.refusal)
        # without a spec that says what belongs to the stack, only the owner tells
        children = after.children if found.stack else after.owned
        found = replace(
            found,
            children=children,
            refused=refused,
            signals=after.signals,
            secrets=after.secrets,
        )
        status = assess(found, after.status, observed.generation, self.now())
        report = await self.reporter.report(after, status)
        troubled = bool(refused or found.contested)
        return Pass(
            key=observed.key,
            generation=observed.generation,
            changes=changes,
            reported=report.written,
            next_look=report.wait or (SOON if troubled else None),
        )

    def _forget(self, key: StackKey) -> None:
        self.satisfied.pop(key, None)
        self.decisions.forget(key)
        self.disputes.forget(key)
        self.reporter.forget(key)


def sooner(seconds: float | None, wait: timedelta | None) -> float | None:
    """Choose the earlier of two moments; None when there is neither."""
    if wait is None:
        return seconds
    return wait.total_seconds() if seconds is None else min(seconds, wait.total_seconds())
