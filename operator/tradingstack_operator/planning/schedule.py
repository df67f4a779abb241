"""When something that is scheduled by cron fields was due last, and is due next."""

from datetime import datetime, timedelta

from cronsim import CronSim


def last_due(schedule: str, now: datetime) -> datetime:
    """Tell the latest moment at or before ``now``, in the zone of ``now``.

    Raises ``CronSimError`` for fields that name no moment.
    """
    following_minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    found: datetime = next(CronSim(schedule, following_minute, reverse=True))
    return found
