"""Write a stack's status when it says something new, and not in bursts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import Any, Final, NamedTuple

from tradingstack_operator.controller.transitions import Transition, event_about, transitions
from tradingstack_operator.model.objects import Manifest, StackKey
from tradingstack_operator.model.observed import Observed
from tradingstack_operator.model.ports import ClusterPort, PortError

QUIET: Final = 2.0
"""Seconds between two status writes that report progress; what a user waits for goes at once."""
PATIENCE: Final = 15.0
"""Seconds that news of progress wait at most while there is more urgent work."""
HEADLINES: Final = frozenset({"Ready", "Stalled", "SpecAccepted", "TradingEnabled"})
"""The conditions whose change is never held back; of TradingEnabled, not even a new reason."""
REPEAT_AFTER: Final = 300.0
"""Seconds after which the same transition of the same stack may make another Event."""


class Report(NamedTuple):
    written: bool
    wait: float | None = None
    """Seconds until a status that was held back may be written."""


@dataclass(slots=True)
class Reporter:
    """Remembers when each stack's status and each of its Events was written last."""

    cluster: ClusterPort
    clock: Callable[[], float]
    now: Callable[[], datetime]
    instance: str
    """The replica's name, for the Events."""
    busy: Callable[[], bool]
    """Whether objects wait to be written: they go before the news about them."""
    written: dict[StackKey, float] = field(default_factory=dict)
    announced: dict[StackKey, dict[tuple[str, str, str], float]] = field(default_factory=dict)

    async def report(self, observed: Observed, status: Manifest) -> Report:
        """Write the status and an Event for each transition worth one, unless all is known."""
        if status == observed.status:
            return Report(written=False)
        now = self.clock()
        age = now - self.written.get(observed.key, -inf)
        due = age >= (PATIENCE if self.busy() else QUIET)
        if not due and headlines(status) == headlines(observed.status):
            return Report(written=False, wait=max(QUIET - age, QUIET / 2))
        await self.cluster.write_status(observed, status)
        self.written[observed.key] = now
        for transition in transitions(observed.status, status):
            await self._announce(observed, transition)
        return Report(written=True)

    def forget(self, key: StackKey) -> None:
        self.written.pop(key, None)
        self.announced.pop(key, None)

    async def _announce(self, observed: Observed, transition: Transition) -> None:
        now, recent = self.clock(), self.announced.setdefault(observed.key, {})
        what = (transition.condition, transition.status, transition.reason)
        if now - recent.get(what, -inf) < REPEAT_AFTER:
            return
        recent[what] = now
        try:
            await self.cluster.record(
                observed, event_about(observed, transition, self.instance, self.now())
            )
        except PortError:
            # An Event is a courtesy: the condition itself is already written.
            return


def headlines(status: Mapping[str, Any]) -> dict[str, str]:
    """Cut a status down to what is never held back."""
    told = {
        item["type"]: item["reason" if item["type"] == "TradingEnabled" else "status"]
        for item in status.get("conditions", ())
        if item["type"] in HEADLINES
    }
    return told | {"generation": str(status.get("observedGeneration", 0))}
