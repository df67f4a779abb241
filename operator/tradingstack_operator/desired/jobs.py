"""Work that is done once or by the clock: Jobs and CronJobs around a pod template."""

from typing import Any, Final

from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import parts
from tradingstack_operator.model.kinds import CRON_JOB, JOB
from tradingstack_operator.model.objects import Manifest, desired_hash

RETRIES: Final = 6
"""Kubernetes waits 10 s before the first and twice as long before each further one: 10 min."""
NAME_DIGITS: Final = 10
"""Of the hash that a Job's name ends in."""


def job(
    stack: TradingStack,
    component: str,
    template: dict[str, Any],
    *more: str,
    retries: int = RETRIES,
) -> Manifest:
    """Render a Job that runs once for this very content.

    A Job cannot be changed, so its name carries the hash of what it does: other work is another
    Job, and the old one is pruned. ``more`` is added to the name before the hash.
    """
    spec = {"backoffLimit": retries, "template": template}
    name = parts.object_name(stack, component, *more, desired_hash(spec)[:NAME_DIGITS])
    return {**parts.head(JOB, stack, name, component), "spec": spec}


def cron_job(
    stack: TradingStack,
    component: str,
    template: dict[str, Any],
    *,
    schedule: str,
    starting_deadline: int,
    active_deadline: int,
) -> Manifest:
    """Render work by the clock, in UTC and never twice at a time; deadlines in seconds."""
    return {
        **parts.head(CRON_JOB, stack, parts.object_name(stack, component), component),
        "spec": {
            "schedule": schedule,
            "timeZone": "Etc/UTC",
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": starting_deadline,
            "successfulJobsHistoryLimit": 1,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {
                "metadata": {"labels": parts.labels(stack, component)},
                "spec": {
                    "activeDeadlineSeconds": active_deadline,
                    "backoffLimit": 1,
                    "template": template,
                },
            },
        },
    }
