from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.observed import child
from tests.support.stacks import stack
from tests.unit.status.findings import DESIRED, RUNNING, healthy, rejected, without
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status.backups import backups_healthy

CLOCK = ObjectRef("CronJob", "alpha-backup")
NOW = datetime(2026, 8, 10, 12, 0, tzinfo=UTC)


def judged(*more, now=NOW, **status):
    clock = replace(RUNNING[CLOCK], status=status)
    children = RUNNING | {CLOCK: clock} | {item.ref: item for item in more}
    return backups_healthy(healthy(children=children), now)


def a_job(*, failed):
    conditions = [{"type": "Failed" if failed else "Complete", "status": "True"}]
    return child(
        "Job",
        "alpha-backup-1",
        component="backup",
        owner_uid=RUNNING[CLOCK].uid,
        status={"conditions": conditions},
    )


def test_a_backup_of_last_night_is_recent():
    verdict = judged(lastSuccessfulTime="2026-08-10T02:07:00Z")
    assert (verdict.status, verdict.reason) == ("True", "Recent")
    assert "2026-08-10T02:07:00Z" in verdict.message


def test_one_missed_backup_is_not_too_old_yet():
    assert judged(lastSuccessfulTime="2026-08-09T02:07:00Z").reason == "Recent"


def test_a_backup_before_two_that_were_due_is_too_old():
    verdict = judged(lastSuccessfulTime="2026-08-08T02:07:00Z")
    assert (verdict.status, verdict.reason) == ("False", "TooOld")
    assert str(CLOCK) in verdict.message


def test_a_stack_before_its_first_night_has_no_backup():
    verdict = judged()
    assert (verdict.status, verdict.reason) == ("False", "NoBackupYet")


def test_a_failed_backup_is_told_even_when_the_one_before_is_recent():
    verdict = judged(a_job(failed=True), lastSuccessfulTime="2026-08-10T02:07:00Z")
    assert (verdict.status, verdict.reason) == ("False", "LastBackupFailed")
    assert "alpha-backup-1" in verdict.message


def test_a_backup_that_went_well_is_no_failure():
    verdict = judged(a_job(failed=False), lastSuccessfulTime="2026-08-10T02:07:00Z")
    assert verdict.reason == "Recent"


def test_a_clock_that_does_not_exist_yet_has_made_no_backup():
    verdict = backups_healthy(healthy(children=without(CLOCK)), NOW)
    assert verdict.reason == "NoBackupYet"


@pytest.mark.parametrize(
    "found",
    [
        rejected(),
        healthy(stack=stack(spec={"database": {"backup": None}})),
        healthy(desired={ref: DESIRED[ref] for ref in DESIRED if ref != CLOCK}),
    ],
)
def test_nothing_is_said_where_the_operator_makes_no_backups(found):
    assert backups_healthy(found, NOW) is None


def test_the_backups_of_cloudnativepg_are_judged_by_its_own_status():
    cluster = ObjectRef("Cluster", "alpha-database")
    verdict = backups_healthy(healthy(desired={cluster: "database"}), NOW)
    assert verdict.reason == "NoBackupYet"
