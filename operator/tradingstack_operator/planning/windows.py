"""When restarts that are not urgent may happen."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from tradingstack_operator.api.operations import MaintenanceWindow
from tradingstack_operator.api.stack_operation import StackOperation
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.operations import completed_at

DEFAULT_ZONE: Final = "UTC"
ACTS_FOR: Final = timedelta(hours=1)
"""For so long an operation that has succeeded may still restart workloads."""
_WEEK: Final = 7
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Opening(NamedTuple):
    """One span of time, in the same zone as the moment it was asked for."""

    start: datetime
    end: datetime
    """The first moment that is outside."""


def restarts_wait(stack: TradingStack, facts: Facts, now: datetime) -> bool:
    """Tell whether a restart that only a new wish asks for has to wait.

    Nothing trades while a halt lasts, so nothing is disturbed then: a fix that is delivered during
    an incident acts at once. So does what somebody has just asked for as an operation.
    """
    if facts.halts or any(_wants_restarts(one, now) for one in facts.operations):
        return False
    return not is_open(windows_of(stack), now)


def windows_of(stack: TradingStack | None) -> tuple[MaintenanceWindow, ...]:
    return stack.spec.maintenance.windows if stack and stack.spec.maintenance else ()


def _wants_restarts(operation: StackOperation, now: datetime) -> bool:
    if operation.spec.type not in _RESTARTING:
        return False
    if operation.phase == "Succeeded":
        return now - completed_at(operation) < ACTS_FOR
    return operation.phase == "Running"


_RESTARTING: Final = ("Restore", "RotateCredentials")


def is_open(windows: Sequence[MaintenanceWindow], now: datetime) -> bool:
    """Tell whether restarts may happen now; without windows, at any time."""
    return not windows or any(span.start <= now < span.end for span in _around(windows, now))


def next_opening(windows: Sequence[MaintenanceWindow], now: datetime) -> datetime | None:
    """Tell when the next window opens after ``now``; None without windows."""
    return min((span.start for span in _around(windows, now) if span.start > now), default=None)


def _around(windows: Sequence[MaintenanceWindow], now: datetime) -> Iterator[Opening]:
    """List the openings of the week before and of the week after, and a day on either side."""
    for window in windows:
        local = now.astimezone(ZoneInfo(window.time_zone or DEFAULT_ZONE))
        hour, minute = map(int, window.start.split(":"))
        for days in range(-_WEEK - 1, _WEEK + 2):
            day = local + timedelta(days=days)
            if _DAYS[day.weekday()] in window.days:
                # the wall clock's time of that day, whatever summer time makes of it; a time that
                # the clock skips counts as if it had not been put forward
                wall = day.replace(hour=hour, minute=minute, second=0, microsecond=0, fold=0)
                start = wall.astimezone(now.tzinfo)
                yield Opening(start, start + timedelta(minutes=window.minutes))
