from datetime import UTC, datetime

from tests.support.kstatus import broken_laws
from tests.support.stacks import facts
from tests.unit.status.findings import DESIRED, healthy
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status import tree
from tradingstack_operator.status.assess import assess
from tradingstack_operator.status.findings import Findings
from tradingstack_operator.status.pending import pending_restarts

NOW = datetime(2026, 8, 1, 10, tzinfo=UTC)
OPENS = datetime(2026, 8, 2, 2, tzinfo=UTC)
RISK_API = ObjectRef("Deployment", "alpha-risk-api")
CACHE = ObjectRef("StatefulSet", "alpha-cache")
STAMP = "2026-08-01T10:00:00Z"


def findings(*held, opens=OPENS):
    return Findings(facts=facts(), children={}, held=held, next_window=opens)


def test_a_restart_that_is_held_is_listed_with_its_window():
    assert pending_restarts(findings(RISK_API), {}, STAMP) == [
        {
            "name": "Deployment/alpha-risk-api",
            "since": STAMP,
            "notBefore": "2026-08-02T02:00:00Z",
        }
    ]


def test_restarts_are_listed_by_name():
    listed = pending_restarts(findings(CACHE, RISK_API), {}, STAMP)
    assert [str(RISK_API), str(CACHE)] == [item["name"] for item in listed]


def test_a_restart_that_waits_already_keeps_its_time():
    earlier = {"pendingRestarts": [{"name": str(RISK_API), "since": "2026-07-31T10:00:00Z"}]}
    listed = pending_restarts(findings(RISK_API, CACHE), earlier, STAMP)
    assert [item["since"] for item in listed] == ["2026-07-31T10:00:00Z", STAMP]


def test_without_a_known_window_none_is_named():
    (listed,) = pending_restarts(findings(RISK_API, opens=None), {}, STAMP)
    assert "notBefore" not in listed


def test_a_window_that_is_not_known_is_not_named():
    assert tree.held(findings(RISK_API, opens=None)).message == (
        "The restart of Deployment/alpha-risk-api waits for the next maintenance window."
    )


def waiting():
    quiet = {ref: part for ref, part in DESIRED.items() if ref.kind == "NetworkPolicy"}
    return assess(healthy(desired=quiet, held=(RISK_API,), next_window=OPENS), {}, 1, NOW)


def test_a_stack_whose_restart_waits_is_ready_and_says_that_it_is_not_done():
    told = {item["type"]: item for item in waiting()["conditions"]}
    assert told["Ready"]["status"] == "True"
    assert told["Reconciling"]["reason"] == "WaitingForWindow"
    for word in ("alpha-risk-api", "2026-08-02T02:00:00Z"):
        assert word in told["Reconciling"]["message"]


def test_a_stack_whose_restart_waits_obeys_the_laws():
    assert broken_laws(waiting(), 1) == []
