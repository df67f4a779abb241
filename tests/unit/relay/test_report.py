"""What the status of a halt says of the replicas."""

from datetime import UTC, datetime, timedelta

from tradingstack_operator.api.trading_halt import HaltStatus
from tradingstack_operator.model.halts import halt_of
from tradingstack_operator.relay.report import halt_status

NOW = datetime(2026, 8, 1, 10, 0, 0, 250_000, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
STAMP = "2026-08-01T10:00:00.250Z"
YES, NO, UNHEARD = {"the-uid": True}, {"the-uid": False}, {}


def a_halt(**fields):
    metadata = {
        "name": "stop",
        "namespace": "trading-prod",
        "uid": "the-uid",
        "generation": 1,
        "creationTimestamp": "2026-08-01T10:00:00Z",
    }
    spec = {"stack": "alpha", "reason": "runaway orders", "requestedBy": "alice"}
    return {"metadata": metadata, "spec": spec} | fields


def told(status):
    (condition,) = status["conditions"]
    return condition["status"], condition["reason"]


def obeying(status):
    return [item["name"] for item in status["replicas"]]


def test_a_replica_that_obeys_is_listed_with_the_moment():
    status = halt_status(a_halt(), {"risk-1": YES}, NOW)
    assert told(status) == ("True", "EveryReplica")
    assert status["replicas"] == [{"name": "risk-1", "acknowledgedAt": STAMP}]


def test_the_first_moment_stays():
    first = halt_status(a_halt(), {"risk-1": YES}, NOW)
    assert halt_status(a_halt(status=first), {"risk-1": YES}, LATER) == first


def test_who_does_not_obey_or_has_not_been_heard_is_named():
    status = halt_status(a_halt(), {"risk-1": YES, "risk-2": NO, "risk-3": UNHEARD}, NOW)
    assert told(status) == ("False", "ReplicasMissing")
    assert obeying(status) == ["risk-1"]
    assert (
        "1 of 3 replicas of the risk API obey; unconfirmed: risk-2, risk-3."
        in (status["conditions"][0]["message"])
    )


def test_what_another_relay_heard_counts():
    others = halt_status(a_halt(), {"risk-1": UNHEARD, "risk-2": YES}, NOW)
    mine = halt_status(a_halt(status=others), {"risk-1": YES, "risk-2": UNHEARD}, LATER)
    assert obeying(mine) == ["risk-1", "risk-2"]


def test_a_replica_s_own_word_goes_before_what_another_relay_heard():
    others = halt_status(a_halt(), {"risk-1": YES}, NOW)
    assert obeying(halt_status(a_halt(status=others), {"risk-1": NO}, LATER)) == []


def test_a_replica_that_has_gone_is_not_listed():
    before = halt_status(a_halt(), {"risk-1": YES, "risk-2": YES}, NOW)
    assert obeying(halt_status(a_halt(status=before), {"risk-2": YES}, LATER)) == ["risk-2"]


def test_without_replicas_nothing_is_known():
    assert told(halt_status(a_halt(), {}, NOW)) == ("Unknown", "NoReplicas")


def test_many_missing_replicas_are_counted():
    status = halt_status(a_halt(), {f"risk-{number}": UNHEARD for number in range(9)}, NOW)
    assert "risk-4 and 4 more." in status["conditions"][0]["message"]


def test_the_condition_keeps_its_time_until_its_truth_changes():
    first = halt_status(a_halt(), {"risk-1": UNHEARD}, NOW)
    same = halt_status(a_halt(status=first), {"risk-1": UNHEARD, "risk-2": UNHEARD}, LATER)
    assert same["conditions"][0]["lastTransitionTime"] == STAMP
    turned = halt_status(a_halt(status=first), {"risk-1": YES}, LATER)
    assert turned["conditions"][0]["lastTransitionTime"] == "2026-08-01T10:01:00.250Z"


def test_the_api_can_store_it():
    status = halt_status(a_halt(), {"risk-1": YES, "risk-2": NO}, NOW)
    HaltStatus.model_validate(status)


def test_the_operator_reads_what_the_relay_wrote():
    status = halt_status(a_halt(), {"risk-1": YES}, NOW)
    halt = halt_of(a_halt(status=status))
    assert (halt.acknowledged, halt.confirmed) == (("risk-1",), True)
    assert halt.report == "1 of 1 replicas of the risk API obey."
