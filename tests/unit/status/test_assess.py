from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.observed import counts
from tests.unit.status.findings import RUNNING, healthy
from tradingstack_operator.api.status import LONGEST_MESSAGE
from tradingstack_operator.model.changes import Action, Change, Refusal
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status.assess import assess

NOW = datetime(2026, 8, 1, 10, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
CACHE = ObjectRef("StatefulSet", "alpha-cache")
LOADING = healthy(children=RUNNING | {CACHE: replace(RUNNING[CACHE], status=counts(0))})


def times(status):
    return {item["type"]: item["lastTransitionTime"] for item in status["conditions"]}


def test_a_first_status_is_stamped_with_the_present_in_whole_seconds():
    assert set(times(assess(healthy(), {}, 1, NOW)).values()) == {"2026-08-01T10:00:00Z"}


def test_a_condition_keeps_its_time_while_its_truth_stays():
    first = assess(healthy(), {}, 1, NOW)
    assert assess(healthy(), first, 1, LATER) == first


@pytest.mark.parametrize("kind", ["Ready", "CacheReady", "TradingEnabled"])
def test_a_condition_that_turns_gets_a_new_time(kind):
    first = assess(healthy(), {}, 1, NOW)
    assert times(assess(LOADING, first, 1, LATER))[kind] == "2026-08-01T10:01:00Z"


def test_a_condition_that_turns_takes_no_other_along():
    first = assess(healthy(), {}, 1, NOW)
    assert times(assess(LOADING, first, 1, LATER))["IngestorsReady"] == "2026-08-01T10:00:00Z"


def test_a_new_reason_alone_gives_no_new_time():
    first = assess(LOADING, {}, 1, NOW)
    waiting = replace(LOADING, refused=(Change(CACHE, Action.UPDATE, Refusal.CONFLICT, "no"),))
    assert times(assess(waiting, first, 1, LATER))["Ready"] == "2026-08-01T10:00:00Z"


def test_a_condition_that_comes_back_gets_a_new_time():
    first = assess(LOADING, {}, 1, NOW)
    again = assess(LOADING, assess(healthy(), first, 1, NOW), 1, LATER)
    assert times(again)["Reconciling"] == "2026-08-01T10:01:00Z"


def test_everything_is_about_the_generation_that_was_looked_at():
    status = assess(healthy(), {}, 7, NOW)
    assert {status["observedGeneration"]} == {
        item["observedGeneration"] for item in status["conditions"]
    }


def test_ready_comes_first():
    assert assess(healthy(), {}, 1, NOW)["conditions"][0]["type"] == "Ready"


def test_the_spec_in_force_is_shown():
    assert assess(healthy(effective={"sizing": "medium"}), {}, 1, NOW)["effective"] == {
        "sizing": "medium"
    }


def test_what_is_not_known_is_left_out():
    status = assess(healthy(children={}, desired={}), {}, 1, NOW)
    assert set(status) == {"observedGeneration", "conditions"}


def test_no_message_is_longer_than_the_api_allows():
    flood = (Change(CACHE, Action.UPDATE, Refusal.CONFLICT, "x" * 2 * LONGEST_MESSAGE),)
    status = assess(healthy(refused=flood), {}, 1, NOW)
    assert max(len(item["message"]) for item in status["conditions"]) == LONGEST_MESSAGE
