import pytest

from tests.unit.rules.judging import broken_fields
from tradingstack_operator.rules.schedules import times_exist

BACKUP = {"bucket": "s3://alpha-backups/tsdb", "retentionDays": 30}
NEVER = "0 0 30 2 *"
SCHEDULES = {
    "spec.database.backup.schedule": {"database": {"backup": BACKUP | {"schedule": NEVER}}},
    "spec.cache.persistence.snapshotSchedule": {
        "cache": {"persistence": {"snapshotSchedule": NEVER}}
    },
    "spec.features.materialization.schedule": {
        "features": {"materialization": {"schedule": NEVER}}
    },
    "spec.drills.schedule": {"drills": {"schedule": NEVER}},
}


def windows(zone):
    window = {"days": ["Sat"], "start": "02:00", "minutes": 60, "timeZone": zone}
    return {"maintenance": {"windows": [window]}}


def test_a_stack_without_schedules_keeps_the_rule():
    assert broken_fields(times_exist, spec={"database": {"backup": None}}) == []


@pytest.mark.parametrize("field", SCHEDULES)
def test_a_day_that_no_year_has_is_refused_wherever_it_stands(field):
    assert [field] == broken_fields(times_exist, spec=SCHEDULES[field])


@pytest.mark.parametrize("schedule", ["61 * * * *", "0 24 * * *", "*/0 * * * *", "5-1 * * * *"])
def test_a_schedule_that_names_no_moment_is_refused(schedule):
    assert broken_fields(times_exist, spec={"drills": {"schedule": schedule}})


@pytest.mark.parametrize("schedule", ["0 4 1 */3 *", "*/5 * * * *", "0 0 29 2 *", "0 2 * * 7"])
def test_a_schedule_that_names_moments_is_kept(schedule):
    assert broken_fields(times_exist, spec={"drills": {"schedule": schedule}}) == []


@pytest.mark.parametrize("zone", ["UTC", "Europe/Zurich", "Etc/GMT+1", None])
def test_a_known_time_zone_is_kept(zone):
    assert broken_fields(times_exist, spec=windows(zone)) == []


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "Europe", "/etc/passwd", "X" * 64])
def test_an_unknown_time_zone_is_refused(zone):
    field = "spec.maintenance.windows[0].timeZone"
    assert [field] == broken_fields(times_exist, spec=windows(zone))
