"""Schedules and time zones name times that exist."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from tradingstack_operator.rules.case import Case
from tradingstack_operator.rules.rule import Broken, rule

_ANY_MOMENT: Final = datetime(2000, 1, 1, tzinfo=UTC)


@rule("schedule", "a schedule and a time zone name a time that exists", severity="warning")
def times_exist(case: Case) -> Iterator[Broken]:
    """Keep a backup, a drill or a restart from waiting for a moment that never comes."""
    for field, schedule in _schedules(case):
        if schedule and not _comes(schedule):
            yield Broken(field, "write minute, hour, day of month, month and day of week, in UTC")
    maintenance = case.spec.maintenance
    for place, window in enumerate(maintenance.windows if maintenance else ()):
        if window.time_zone and not _is_zone(window.time_zone):
            field = f"spec.maintenance.windows[{place}].timeZone"
            yield Broken(field, "use an IANA name such as Europe/Zurich, or omit it for UTC")


def _schedules(case: Case) -> Iterator[tuple[str, str | None]]:
    spec = case.spec
    if spec.database.backup:
        yield "spec.database.backup.schedule", spec.database.backup.schedule
    if spec.cache.persistence:
        yield "spec.cache.persistence.snapshotSchedule", spec.cache.persistence.snapshot_schedule
    if spec.features.materialization:
        yield "spec.features.materialization.schedule", spec.features.materialization.schedule
    if spec.drills:
        yield "spec.drills.schedule", spec.drills.schedule


def _comes(schedule: str) -> bool:
    try:
        next(CronSim(schedule, _ANY_MOMENT))
    except (CronSimError, StopIteration):
        return False
    return True


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        # KeyError: no such zone; the others: a folder, or a path that leads elsewhere
        return False
    return True
