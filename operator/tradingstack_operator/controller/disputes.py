"""Who keeps undoing the operator's work, so that no field is fought over for ever."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tradingstack_operator.model.findings import Contest
from tradingstack_operator.model.objects import ObjectRef, StackKey
from tradingstack_operator.model.observed import Child

FREE_REPAIRS: Final = 5
"""So many repairs of one object are made at once; after that it counts as contested."""
FIRST_PAUSE: Final = 10.0
LONGEST_PAUSE: Final = 300.0
"""Seconds between two repairs of a contested object; left alone this long, it is peaceful again."""
DOUBLINGS: Final = 5
"""More of them would not fit below the longest pause and, after days, not into a float."""


@dataclass(frozen=True, slots=True)
class Dispute:
    repairs: int
    last: float
    contest: Contest

    @property
    def pause(self) -> float:
        over = self.repairs - FREE_REPAIRS
        return 0.0 if over < 0 else min(FIRST_PAUSE * 2.0 ** min(over, DOUBLINGS), LONGEST_PAUSE)


@dataclass(slots=True)
class Disputes:
    """The repairs of each stack's objects, remembered while they are recent."""

    clock: Callable[[], float]
    known: dict[StackKey, dict[ObjectRef, Dispute]] = field(default_factory=dict)

    def admit(self, key: StackKey, drift: str, before: Child) -> bool:
        """Tell whether to repair an object now, and count the repair if so."""
        now = self.clock()
        disputes = self.known.setdefault(key, {})
        dispute = disputes.get(before.ref)
        if dispute and now - dispute.last > LONGEST_PAUSE + dispute.pause:
            dispute = None
        if dispute and now - dispute.last < dispute.pause:
            return False
        repairs = dispute.repairs + 1 if dispute else 1
        contest = Contest(before.ref, drift, last_writer(before))
        disputes[before.ref] = Dispute(repairs, now, contest)
        return True

    def contested(self, key: StackKey) -> tuple[Contest, ...]:
        now = self.clock()
        return tuple(
            dispute.contest
            for _, dispute in sorted(self.known.get(key, {}).items())
            if dispute.pause and now - dispute.last <= LONGEST_PAUSE + dispute.pause
        )

    def forget(self, key: StackKey) -> None:
        self.known.pop(key, None)


def last_writer(child: Child) -> str:
    """Name the manager that wrote the object itself last."""
    return child.writers[0].manager if child.writers else "a writer without managedFields"
