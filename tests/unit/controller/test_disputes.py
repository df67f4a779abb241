import pytest

from tests.support.observed import child
from tests.support.ports import HandClock
from tradingstack_operator.controller.disputes import (
    FIRST_PAUSE,
    FREE_REPAIRS,
    LONGEST_PAUSE,
    Disputes,
    last_writer,
)
from tradingstack_operator.model.findings import Contest
from tradingstack_operator.model.objects import StackKey, Writer

ALPHA, BETA = StackKey("trading", "alpha"), StackKey("trading", "beta")
RIVAL = Writer("rival", "2026-01-01T00:00:00Z")
OBJECT = child(writers=(RIVAL,))
CONTEST = Contest(OBJECT.ref, "data.a", "rival")


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def disputes(clock):
    return Disputes(clock)


def admit(disputes, times=1, key=ALPHA, of=OBJECT):
    return [disputes.admit(key, "data.a", of) for _ in range(times)]


def fight(disputes, clock, rounds):
    """Repair as soon as it is allowed, so many times."""
    for _ in range(rounds):
        clock.forward(LONGEST_PAUSE)
        assert admit(disputes) == [True]


def test_the_first_repairs_are_made_at_once(disputes):
    assert admit(disputes, FREE_REPAIRS) == [True] * FREE_REPAIRS


def test_the_first_repairs_are_no_contest(disputes):
    admit(disputes, FREE_REPAIRS - 1)
    assert disputes.contested(ALPHA) == ()


def test_an_object_that_was_repaired_too_often_is_contested(disputes):
    admit(disputes, FREE_REPAIRS)
    assert disputes.contested(ALPHA) == (CONTEST,)


def test_a_contested_object_is_not_repaired_at_once(disputes):
    admit(disputes, FREE_REPAIRS)
    assert admit(disputes) == [False]


def test_a_contested_object_is_repaired_after_a_pause(disputes, clock):
    admit(disputes, FREE_REPAIRS)
    clock.forward(FIRST_PAUSE)
    assert admit(disputes, 2) == [True, False]


def test_the_pause_grows_with_every_repair(disputes, clock):
    admit(disputes, FREE_REPAIRS)
    clock.forward(FIRST_PAUSE)
    admit(disputes)
    clock.forward(FIRST_PAUSE)
    assert admit(disputes) == [False]


def test_a_repair_that_was_not_made_does_not_lengthen_the_pause(disputes, clock):
    admit(disputes, FREE_REPAIRS + 9)
    clock.forward(FIRST_PAUSE)
    assert admit(disputes) == [True]


def test_a_quarrel_of_weeks_is_settled_at_the_longest_pause(disputes, clock):
    fight(disputes, clock, 3000)
    clock.forward(LONGEST_PAUSE - 1)
    assert admit(disputes) == [False]


def test_an_object_that_is_left_alone_is_peaceful_again(disputes, clock):
    admit(disputes, FREE_REPAIRS)
    clock.forward(LONGEST_PAUSE + FIRST_PAUSE + 1)
    assert (disputes.contested(ALPHA), admit(disputes, 2)) == ((), [True, True])


def test_an_object_stays_contested_through_its_pause(disputes, clock):
    fight(disputes, clock, 12)
    clock.forward(LONGEST_PAUSE * 2)
    assert disputes.contested(ALPHA) == (CONTEST,)


def test_a_quarrel_over_one_object_does_not_hold_up_another(disputes):
    admit(disputes, FREE_REPAIRS)
    assert admit(disputes, of=child("Service", "alpha-cache")) == [True]


def test_a_quarrel_in_one_stack_does_not_hold_up_another(disputes):
    admit(disputes, FREE_REPAIRS)
    assert admit(disputes, key=BETA) == [True]


def test_contests_come_in_a_stable_order(disputes):
    first, second = child("ConfigMap", "a"), child("Service", "a")
    admit(disputes, FREE_REPAIRS, of=second)
    admit(disputes, FREE_REPAIRS, of=first)
    assert [item.ref for item in disputes.contested(ALPHA)] == [first.ref, second.ref]


def test_a_forgotten_stack_has_no_quarrels(disputes):
    admit(disputes, FREE_REPAIRS)
    disputes.forget(ALPHA)
    assert disputes.contested(ALPHA) == ()


def test_forgetting_what_was_never_known_is_fine(disputes):
    disputes.forget(ALPHA)
    assert disputes.contested(ALPHA) == ()


def test_the_last_writer_is_named():
    assert last_writer(OBJECT) == "rival"


def test_a_writer_that_left_no_trace_is_called_that():
    assert last_writer(child()) == "a writer without managedFields"
