"""Carry a plan out: what must stand first, first, and nothing pruned after a failure."""

import asyncio
from collections.abc import Awaitable, Iterable

from tradingstack_operator.model.changes import Change
from tradingstack_operator.model.ports import ClusterPort
from tradingstack_operator.planning.plan import Apply, Plan


async def execute(plan: Plan, cluster: ClusterPort) -> tuple[Change, ...]:
    """Write in waves; a wave starts only when every write before it succeeded.

    An object that could not be applied must not make its predecessor look like an orphan, nor a
    pod start without its network policy.
    """
    changes: list[Change] = []
    for wave in (plan.foundations, plan.workloads):
        changes += await settled(_write(item, cluster) for item in wave)
        if any(change.refusal for change in changes):
            return tuple(changes)
    changes += await settled(cluster.delete(child) for child in plan.prune)
    return tuple(changes)


async def _write(item: Apply, cluster: ClusterPort) -> Change:
    if item.removal is None or item.before is None:
        return await cluster.apply(item.wanted, item.before)
    return await cluster.strip(item.before, item.removal)


async def settled(writes: Iterable[Awaitable[Change]]) -> list[Change]:
    """Wait for all writes, then raise the first ``PortError`` among them, if there is one."""
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    changes = []
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
        changes.append(outcome)
    return changes
