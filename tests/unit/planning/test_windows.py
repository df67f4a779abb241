from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.operations import A_HALT, an_operation
from tests.support.stacks import facts, stack
from tradingstack_operator.api.operations import MaintenanceWindow
from tradingstack_operator.planning.windows import is_open, next_opening, restarts_wait

SATURDAY = datetime(2026, 8, 1, tzinfo=UTC)
CLOSED = {"maintenance": {"windows": [{"days": ["Sat"], "start": "02:00", "minutes": 180}]}}


def at(hour, minute=0, day=SATURDAY):
    return day + timedelta(hours=hour, minutes=minute)


def a_window(**fields):
    return MaintenanceWindow.model_validate(
        {"days": ["Sat"], "start": "02:00", "minutes": 180} | fields
    )


@pytest.mark.parametrize(
    ("moment", "expected"),
    [(at(1, 59), False), (at(2), True), (at(4, 59), True), (at(5), False), (at(26), False)],
)
def test_a_window_is_open_from_its_start_for_its_minutes(moment, expected):
    assert expected == is_open([a_window()], moment)


def test_without_windows_it_is_always_open():
    assert is_open([], SATURDAY)


def test_a_window_may_last_into_the_next_day():
    assert is_open([a_window(start="23:30", minutes=60)], at(24, 15))


def test_a_window_that_is_open_all_day_every_day_never_closes():
    days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    window = a_window(days=days, start="00:00", minutes=1440)
    assert all(is_open([window], at(hour)) for hour in range(170))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [(at(1), at(2)), (at(2), at(2, day=SATURDAY + timedelta(days=7))), (at(-100), at(2))],
)
def test_the_next_opening_is_the_first_start_to_come(moment, expected):
    assert expected == next_opening([a_window()], moment)


def test_of_several_windows_the_earliest_opens_next():
    windows = [a_window(), a_window(days=["Mon"]), a_window(start="01:00")]
    assert at(1) == next_opening(windows, at(0))


def test_without_windows_none_opens():
    assert next_opening([], SATURDAY) is None


def test_days_and_start_are_those_of_the_windows_zone():
    tokyo = a_window(days=["Sun"], start="01:00", timeZone="Asia/Tokyo")
    assert at(16) == next_opening([tokyo], at(0))


def test_a_window_follows_summer_time():
    london = a_window(days=["Sun"], start="03:00", timeZone="Europe/London")
    before = datetime(2026, 10, 24, tzinfo=UTC)  # the clock goes back on the 25th
    assert datetime(2026, 10, 25, 3, tzinfo=UTC) == next_opening([london], before)
    assert datetime(2026, 10, 18, 2, tzinfo=UTC) == next_opening([london], before - timedelta(7))


def test_a_window_whose_start_the_clock_skips_opens_all_the_same():
    london = a_window(days=["Sun"], start="01:30", timeZone="Europe/London")
    spring = datetime(2026, 3, 28, 12, tzinfo=UTC)  # 01:00 becomes 02:00 on the 29th
    assert datetime(2026, 3, 29, 1, 30, tzinfo=UTC) == next_opening([london], spring)


def test_a_window_lasts_its_minutes_across_a_change_of_the_clock():
    london = a_window(days=["Sun"], start="00:30", minutes=60, timeZone="Europe/London")
    assert is_open([london], datetime(2026, 3, 29, 1, 29, tzinfo=UTC))
    assert not is_open([london], datetime(2026, 3, 29, 1, 30, tzinfo=UTC))


def test_an_opening_is_told_in_the_zone_of_the_question():
    moment = SATURDAY.astimezone(ZoneInfo("America/New_York"))
    assert next_opening([a_window()], moment).tzinfo == moment.tzinfo


def test_restarts_wait_outside_of_the_windows():
    assert restarts_wait(stack(spec=CLOSED), facts(), at(0))
    assert not restarts_wait(stack(spec=CLOSED), facts(), at(3))


def test_restarts_of_a_stack_without_windows_never_wait():
    assert not restarts_wait(stack(), facts(), at(0))


def test_nothing_waits_while_the_stack_is_halted():
    assert not restarts_wait(stack(spec=CLOSED), facts(halts=(A_HALT,)), at(0))


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (an_operation("Restore", "Running"), False),
        (an_operation("RotateCredentials", "Running"), False),
        (an_operation("RotateCredentials", "Succeeded", completed=at(-0.9)), False),
        (an_operation("RotateCredentials", "Succeeded", completed=at(-1)), True),
        (an_operation("RotateCredentials", "Failed", completed=at(0)), True),
        (an_operation("Backup", "Running"), True),
    ],
    ids=lambda value: f"{value.spec.type} {value.phase}" if hasattr(value, "spec") else "",
)
def test_what_an_operation_restarts_does_not_wait(operation, expected):
    assert expected == restarts_wait(stack(spec=CLOSED), facts(operations=(operation,)), at(0))
