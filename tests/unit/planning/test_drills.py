from datetime import UTC, datetime, timedelta

import pytest

from tests.support.operations import an_operation
from tests.support.stacks import facts, stack
from tradingstack_operator.planning.drills import due_drill
from tradingstack_operator.planning.schedule import last_due

OCTOBER = datetime(2026, 10, 1, 4, tzinfo=UTC)
NAME = "alpha-drill-202610010400"


def a_stack(born=datetime(2026, 8, 1, tzinfo=UTC), **spec):
    return stack(metadata={"creationTimestamp": born.isoformat()}, spec=spec)


def due(now=OCTOBER, *operations, subject=None):
    return due_drill(subject or a_stack(), facts(operations=operations), now)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (OCTOBER, OCTOBER),
        (OCTOBER + timedelta(seconds=59), OCTOBER),
        (OCTOBER - timedelta(seconds=1), datetime(2026, 7, 1, 4, tzinfo=UTC)),
        (OCTOBER + timedelta(days=80), OCTOBER),
    ],
)
def test_the_last_due_moment_is_the_latest_that_has_come(now, expected):
    assert expected == last_due("0 4 1 */3 *", now)


def test_a_drill_is_due_once_a_quarter_unless_the_spec_says_otherwise():
    assert due() == NAME


def test_a_drill_is_due_when_the_spec_says_so():
    subject = a_stack(drills={"schedule": "30 5 * * *"})
    assert due(OCTOBER, subject=subject) == "alpha-drill-202609300530"


def test_nothing_is_due_that_lies_before_the_stack_itself():
    assert due(OCTOBER, subject=a_stack(OCTOBER + timedelta(seconds=1))) is None


def test_nothing_is_due_for_a_stack_that_no_server_has_stored():
    assert due_drill(stack(), facts(), OCTOBER) is None


def test_of_several_missed_drills_only_the_last_is_made_up_for():
    assert due(OCTOBER + timedelta(days=400)) == "alpha-drill-202710010400"


def test_a_drill_of_that_name_is_not_asked_for_again():
    early = an_operation("Drill", name=NAME, asked=OCTOBER - timedelta(seconds=5))
    assert due(OCTOBER, early) is None


def test_a_drill_that_somebody_asked_for_since_counts():
    assert due(OCTOBER + timedelta(days=1), an_operation("Drill", asked=OCTOBER)) is None


def test_an_earlier_drill_does_not_count():
    earlier = an_operation("Drill", asked=OCTOBER - timedelta(seconds=1))
    assert due(OCTOBER, earlier) == NAME


def test_another_operation_does_not_count():
    assert due(OCTOBER, an_operation("Backup", asked=OCTOBER)) == NAME
