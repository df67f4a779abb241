from datetime import UTC, datetime, timedelta

from tests.support.observed import by_ref, child
from tests.support.operations import an_operation
from tests.support.stacks import facts, stack
from tradingstack_operator.model.components import BACKUP
from tradingstack_operator.status.findings import Findings
from tradingstack_operator.status.operations import (
    last_backup_time,
    last_drill_time,
    restore_verified,
)

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
QUARTER = timedelta(days=92)


def findings(*operations, children=(), drillable=True, subject=None):
    return Findings(
        facts=facts(operations=operations),
        children=by_ref(*children),
        stack=subject or stack(),
        drillable=drillable,
    )


def a_drill(phase, days_ago=0, **fields):
    return an_operation("Drill", phase, completed=NOW - timedelta(days=days_ago), **fields)


def verdict(*operations, **circumstances):
    found = restore_verified(findings(*operations, **circumstances), NOW)
    return found and (found.status, found.reason)


def test_a_stack_that_was_never_exercised_is_not_verified():
    assert verdict() == ("False", "NeverRun")


def test_a_stack_with_nothing_to_restore_is_not_judged():
    assert verdict(drillable=False) is None


def test_a_rejected_spec_is_not_judged():
    assert restore_verified(Findings(facts=facts(), children={}), NOW) is None


def test_a_passed_drill_verifies_for_a_quarter():
    assert verdict(a_drill("Succeeded", 92)) == ("True", "Verified")
    assert verdict(a_drill("Succeeded", 93)) == ("False", "Overdue")


def test_a_passed_drill_verifies_for_as_long_as_the_spec_says():
    weekly = stack(spec={"drills": {"maxAgeDays": 7}})
    assert verdict(a_drill("Succeeded", 8), subject=weekly) == ("False", "Overdue")


def test_a_failed_drill_takes_an_earlier_pass_back():
    failed = a_drill("Failed", 1, name="second", message="Job x has failed")
    assert verdict(a_drill("Succeeded", 2), failed) == ("False", "LastDrillFailed")
    told = restore_verified(findings(failed), NOW).message
    assert "second" in told
    assert "Job x has failed" in told


def test_a_later_pass_makes_up_for_a_failed_drill():
    passed = a_drill("Succeeded", 1, name="second")
    assert verdict(a_drill("Failed", 2), passed) == ("True", "Verified")


def test_a_rejected_drill_says_nothing_about_the_backups():
    rejected = a_drill("Rejected", 1, name="second")
    assert verdict(a_drill("Succeeded", 2), rejected) == ("True", "Verified")


def test_while_the_first_drill_runs_nothing_is_known():
    assert verdict(a_drill("Running")) == ("Unknown", "DrillRunning")


def test_while_a_drill_runs_an_earlier_pass_still_counts():
    running = a_drill("Running", name="second")
    assert verdict(a_drill("Succeeded", 2), running) == ("True", "Verified")


def test_the_last_drill_is_the_last_that_passed():
    failed = a_drill("Failed", 0, name="third")
    found = findings(a_drill("Succeeded", 2), a_drill("Succeeded", 1, name="second"), failed)
    assert last_drill_time(found) == "2026-09-30T12:00:00Z"


def test_a_stack_without_a_passed_drill_has_no_last_one():
    assert last_drill_time(findings(a_drill("Failed"))) is None


def a_schedule(last=None, component=BACKUP, kind="CronJob"):
    status = {"lastSuccessfulTime": last} if last else {}
    return child(kind, f"alpha-{component}", component=component, status=status)


def test_the_last_backup_is_the_later_of_a_scheduled_and_a_wanted_one():
    backup = an_operation("Backup", "Succeeded", completed=NOW)
    assert last_backup_time(findings(backup)) == "2026-10-01T12:00:00Z"
    earlier, later = a_schedule("2026-10-01T02:00:00Z"), a_schedule("2026-10-01T22:00:00Z")
    assert last_backup_time(findings(backup, children=[earlier])) == "2026-10-01T12:00:00Z"
    assert last_backup_time(findings(backup, children=[later])) == "2026-10-01T22:00:00Z"


def test_what_is_no_backup_does_not_count():
    others = [
        a_schedule(),
        a_schedule("2026-10-01T02:00:00Z", component="materialization"),
        a_schedule("2026-10-01T02:00:00Z", kind="Job"),
    ]
    assert last_backup_time(findings(children=others)) is None
