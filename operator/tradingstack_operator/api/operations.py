"""When a stack is exercised and when it may be changed."""

from typing import Annotated, Literal

from pydantic import Field

from tradingstack_operator.api.base import ATOMIC, SET, ApiModel
from tradingstack_operator.api.scalars import Cron

DrillKind = Literal["DatabaseRestore", "DatabaseFailover", "CacheRestore", "RegistryRestore"]
DrillKinds = Annotated[tuple[DrillKind, ...], Field(max_length=4), SET]
Weekday = Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


class Drills(ApiModel):
    """Recovery drills, so that a restore is proven before it is needed."""

    schedule: Cron | None = None
    """When drills start, as five cron fields in UTC. Default: 0 4 1 */3 *."""
    include: DrillKinds | None = None
    """Which drills to run. Default: all of them."""
    max_age_days: Annotated[int, Field(ge=1, le=366)] | None = None
    """Days after which a passed drill no longer counts. Default: 92."""


class MaintenanceWindow(ApiModel):
    """A weekly span of time."""

    days: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7), SET]
    """Days on which the window opens."""
    start: Annotated[
        str, Field(min_length=1, max_length=5, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    ]
    """Time at which it opens, as HH:MM."""
    minutes: Annotated[int, Field(ge=5, le=1440)]
    """Minutes for which it stays open."""
    time_zone: (
        Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$")] | None
    ) = None
    """Time zone of days and start, as an IANA name. Default: UTC."""


class Maintenance(ApiModel):
    """When disruptive changes may happen."""

    windows: Annotated[tuple[MaintenanceWindow, ...], Field(max_length=14), ATOMIC] = ()
    """Spans of time for restarts that are not urgent. A change that restarts a workload waits for
    the next one, unless the stack is halted or the workload is not ready. Omitted: at any time."""
