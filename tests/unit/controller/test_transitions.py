from datetime import UTC, datetime

import pytest

from tests.support.observed import UID, observed
from tests.support.stacks import NAME, NAMESPACE
from tradingstack_operator.controller.transitions import (
    LONGEST_NOTE,
    Transition,
    event_about,
    transitions,
)

NOW = datetime(2026, 8, 1, 10, tzinfo=UTC)
FELL = Transition("Ready", "False", "ComponentNotReady", "The cache is loading.")


def status(**conditions):
    """Write a status, as ``status(Ready=("True", "AllComponentsReady"))``."""
    return {
        "conditions": [
            {"type": kind, "status": truth, "reason": reason, "message": "m"}
            for kind, (truth, reason) in conditions.items()
        ]
    }


def news(before, after):
    return [(item.condition, item.status, item.reason) for item in transitions(before, after)]


@pytest.mark.parametrize("truth", [("True", "AllComponentsReady"), ("False", "ComponentNotReady")])
def test_a_stack_that_is_still_coming_up_is_no_news(truth):
    assert news({}, status(Ready=truth, CacheReady=("False", "Loading"))) == []


@pytest.mark.parametrize(
    ("kind", "truth"),
    [("Stalled", ("True", "InvalidSpec")), ("SpecAccepted", ("False", "Rejected"))],
)
def test_a_stack_that_cannot_come_up_is_news_at_once(kind, truth):
    assert news({}, status(**{kind: truth})) == [(kind, *truth)]


def test_a_spec_that_is_accepted_at_once_is_no_news():
    assert news({}, status(SpecAccepted=("True", "Accepted"))) == []


@pytest.mark.parametrize("turn", [("True", "False"), ("False", "True")])
def test_ready_is_news_both_ways(turn):
    before, after = turn
    assert news(status(Ready=(before, "A")), status(Ready=(after, "B"))) == [("Ready", after, "B")]


def test_another_reason_for_the_same_truth_is_no_news():
    before, after = status(Ready=("False", "A")), status(Ready=("False", "B"))
    assert news(before, after) == []


@pytest.mark.parametrize("before", [("True", "Held"), ("False", "DriftRepaired")])
def test_a_broken_guard_is_news_whatever_else_contradicts_the_stack(before):
    now = ("False", "PolicyBindingMissing")
    found = news(status(InvariantsHeld=before), status(InvariantsHeld=now))
    assert found == [("InvariantsHeld", *now)]


def test_a_second_broken_guard_is_no_news():
    now = status(InvariantsHeld=("False", "PolicyBindingMissing"))
    assert news(now, now) == []


def test_a_leaf_that_falls_is_news():
    before, after = status(CacheReady=("True", "Ready")), status(CacheReady=("False", "Loading"))
    assert news(before, after) == [("CacheReady", "False", "Loading")]


def test_a_leaf_that_recovers_is_no_news():
    before, after = status(CacheReady=("False", "Loading")), status(CacheReady=("True", "Ready"))
    assert news(before, after) == []


def test_a_condition_that_is_gone_is_no_news():
    assert news(status(CacheReady=("True", "Ready")), status()) == []


def test_a_stack_that_stalls_is_news():
    before, after = status(Stalled=("False", "A")), status(Stalled=("True", "B"))
    assert news(before, after) == [("Stalled", "True", "B")]


@pytest.mark.parametrize("before", [{}, status(Reconciling=("False", "Progressing"))])
def test_progress_is_no_news(before):
    assert news(before, status(Reconciling=("True", "RollingOut"))) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("Unknown", "StateUnknown"), ("False", "Halted")),
        (("False", "NotReady"), ("False", "Halted")),
        (("False", "Halted"), ("False", "NotReady")),
        (("False", "Halted"), ("Unknown", "StateUnknown")),
        (("Unknown", "StateUnknown"), ("True", "Enabled")),
        (("True", "Enabled"), ("False", "CircuitBreakerOpen")),
    ],
)
def test_what_decides_about_trading_is_news_when_it_begins_and_ends(before, after):
    assert news(status(TradingEnabled=before), status(TradingEnabled=after)) == [
        ("TradingEnabled", *after)
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("Unknown", "StateUnknown"), ("False", "NotReady")),
        (("False", "Halted"), ("False", "Halted")),
        (("False", "SimulationOnly"), ("False", "NotReady")),
    ],
)
def test_what_follows_from_other_conditions_is_no_news_about_trading(before, after):
    assert news(status(TradingEnabled=before), status(TradingEnabled=after)) == []


def about(transition=FELL, instance="operator-0", now=NOW):
    return event_about(observed(), transition, instance, now)


def test_an_event_regards_its_stack():
    regarding = about()["regarding"]
    assert (regarding["kind"], regarding["namespace"], regarding["name"], regarding["uid"]) == (
        "TradingStack",
        NAMESPACE,
        NAME,
        UID,
    )


def test_an_event_says_what_happened_and_who_says_so():
    event = about()
    assert (event["action"], event["reason"], event["note"], event["reportingInstance"]) == (
        "Ready",
        "ComponentNotReady",
        "Ready is False: The cache is loading.",
        "operator-0",
    )


def test_an_event_lies_beside_its_stack():
    metadata = about()["metadata"]
    assert metadata["namespace"] == NAMESPACE
    assert metadata["name"].startswith(f"{NAME}.")


def test_an_event_has_the_time_in_microseconds():
    assert about()["eventTime"] == "2026-08-01T10:00:00.000000Z"


@pytest.mark.parametrize(
    ("condition", "truth", "kind"),
    [
        ("Ready", "True", "Normal"),
        ("Ready", "False", "Warning"),
        ("TradingEnabled", "Unknown", "Warning"),
        ("Stalled", "True", "Warning"),
    ],
)
def test_bad_news_is_a_warning(condition, truth, kind):
    assert about(Transition(condition, truth, "R", "m"))["type"] == kind


def test_the_same_transition_at_the_same_time_is_the_same_event():
    assert about() == about()


@pytest.mark.parametrize(
    "other",
    [
        about(now=NOW.replace(second=1)),
        about(FELL._replace(status="True")),
        about(FELL._replace(condition="CacheReady")),
    ],
)
def test_another_transition_is_another_event(other):
    assert other["metadata"]["name"] != about()["metadata"]["name"]


@pytest.mark.parametrize("letter", ["x", "é"])
def test_no_note_is_longer_than_the_api_server_takes(letter):
    note = about(FELL._replace(message=letter * 5000))["note"]
    assert LONGEST_NOTE - 1 <= len(note.encode()) <= LONGEST_NOTE


def test_no_reporter_is_named_longer_than_the_api_server_takes():
    assert about(instance="x" * 253)["reportingInstance"] == "x" * 128


def test_a_condition_that_leaves_false_for_unknown_is_no_news():
    before = status(NetworkLockedDown=("False", "A"))
    assert news(before, status(NetworkLockedDown=("Unknown", "B"))) == []
