"""What the operations on a stack have proved: that its backups restore, and how old they are."""

from datetime import datetime, timedelta

from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.api.stack_operation import StackOperation
from tradingstack_operator.model.components import BACKUP
from tradingstack_operator.model.kinds import CRON_JOB
from tradingstack_operator.model.operations import DEFAULT_DRILL_MAX_AGE_DAYS, completed_at, newest
from tradingstack_operator.status import cnpg
from tradingstack_operator.status.findings import Findings
from tradingstack_operator.status.verdict import Verdict


def restore_verified(found: Findings, now: datetime) -> Verdict | None:
    """Judge the last drill; None for a stack whose data are all somebody else's."""
    if found.stack is None or not found.drillable:
        return None
    kind, operations = ConditionType.RESTORE_VERIFIED, found.facts.operations
    passed = newest(operations, "Drill", "Succeeded")
    last = newest(operations, "Drill", "Succeeded", "Failed")
    if last is not None and last.phase == "Failed":
        text = f"{last.metadata.name} failed: {message_of(last)}"
        return Verdict(kind, "False", "LastDrillFailed", text)
    oldest = now - timedelta(days=max_age_days(found))
    if passed is not None and completed_at(passed) >= oldest:
        when = f"{completed_at(passed):%Y-%m-%d}"
        return Verdict(kind, "True", "Verified", f"{passed.metadata.name} passed on {when}.")
    running = [one.metadata.name for one in operations if is_running_drill(one)]
    if running:
        return Verdict(kind, "Unknown", "DrillRunning", f"{running[0]} is at work.")
    if passed is None:
        text = "No drill has passed yet: create a StackOperation of type Drill"
        return Verdict(kind, "False", "NeverRun", text)
    text = (
        f"{passed.metadata.name}, which passed on {completed_at(passed):%Y-%m-%d}, is older than "
        f"{max_age_days(found)} days: create a StackOperation of type Drill"
    )
    return Verdict(kind, "False", "Overdue", text)


def max_age_days(found: Findings) -> int:
    drills = found.stack.spec.drills if found.stack else None
    return (drills and drills.max_age_days) or DEFAULT_DRILL_MAX_AGE_DAYS


def is_running_drill(operation: StackOperation) -> bool:
    return operation.spec.type == "Drill" and operation.phase == "Running"


def message_of(operation: StackOperation) -> str:
    return operation.status.message if operation.status else ""


def last_drill_time(found: Findings) -> str | None:
    passed = newest(found.facts.operations, "Drill", "Succeeded")
    return f"{completed_at(passed):%Y-%m-%dT%H:%M:%SZ}" if passed else None


def last_backup_time(found: Findings) -> str | None:
    """Tell when a base backup was complete last, by schedule or by an operation."""
    asked = newest(found.facts.operations, "Backup", "Succeeded")
    times = [f"{completed_at(asked):%Y-%m-%dT%H:%M:%SZ}"] if asked else []
    by_plugin = cnpg.last_backup_time(found)
    times += [by_plugin] if by_plugin else []
    times += [
        str(child.status["lastSuccessfulTime"])
        for ref, child in found.children.items()
        if ref.kind == CRON_JOB.kind
        and child.component == BACKUP
        and "lastSuccessfulTime" in child.status
    ]
    return max(times, default=None)
