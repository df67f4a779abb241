"""When a halt that lasts closes the routes to venues: the second layer behind the halt itself."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from tradingstack_operator.model.observed import Observed

_PATH: Final = ("spec", "safety", "killSwitch", "networkCutAfterSeconds")


def routes_close(observed: Observed) -> datetime | None:
    """Tell when the routes close, or closed; None when no halt is in force or they stay open.

    It is read from the manifest as it stands, because what the network may look like is one of the
    facts by which the spec is judged.
    """
    seconds: Any = observed.manifest
    for key in _PATH:
        seconds = seconds.get(key) if isinstance(seconds, dict) else None
    created = [datetime.fromisoformat(halt.created) for halt in observed.facts.halts]
    if not isinstance(seconds, int) or seconds <= 0 or not created:
        return None
    return min(created) + timedelta(seconds=seconds)


def with_cut(observed: Observed, now: datetime) -> Observed:
    """Note in the facts whether the routes are closed by now."""
    closing = routes_close(observed)
    if closing is None or closing > now:
        return observed
    return replace(observed, facts=replace(observed.facts, network_cut=True))


def until_cut(observed: Observed, now: datetime) -> timedelta | None:
    """Tell how long the routes stay open; None when nothing is going to close them."""
    closing = routes_close(observed)
    return closing - now if closing is not None and closing > now else None
