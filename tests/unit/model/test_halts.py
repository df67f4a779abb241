"""A halt as the rest of the operator knows it."""

from tests.support.halts import a_halt, confirmed
from tradingstack_operator.model.halts import halt_of

MANIFEST = {
    "metadata": {"name": "stop", "uid": "uid-of-stop", "creationTimestamp": "2026-08-01T10:00:00Z"},
    "spec": {"stack": "alpha", "reason": "runaway orders", "requestedBy": "alice"},
}


def test_a_halt_says_who_stopped_what_and_why():
    assert halt_of(MANIFEST) == a_halt()


def test_before_the_first_report_nobody_is_known_to_obey():
    halt = halt_of(MANIFEST)
    assert (halt.acknowledged, halt.report, halt.confirmed) == ((), "", False)


def test_a_report_does_not_make_it_another_halt():
    assert confirmed("risk-1") == a_halt()
