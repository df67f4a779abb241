from dataclasses import replace

import pytest

from tests.support.observed import child, counts
from tests.unit.status.findings import RUNNING, healthy, without
from tradingstack_operator.model.findings import Waiting
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status.bus import bus_ready

SERVERS = ObjectRef("StatefulSet", "alpha-bus")
(JOB,) = (ref for ref in RUNNING if ref.kind == "Job" and ref.name.startswith("alpha-streams-"))
CLOCK = ObjectRef("CronJob", "alpha-streams")
DONE = {"conditions": [{"type": "Complete", "status": "True"}]}
FAILED = {"conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}]}


def found(*, ready=3, job=DONE, **fields):
    changed = {
        SERVERS: replace(RUNNING[SERVERS], status=counts(3, readyReplicas=ready)),
        JOB: replace(RUNNING[JOB], status=job),
    }
    return healthy(**({"children": RUNNING | changed} | fields))


def judged(**fields):
    verdict = bus_ready(found(**fields))
    return verdict.status, verdict.reason


def test_a_bus_is_ready_when_its_servers_and_its_streams_are():
    assert judged() == ("True", "Ready")


@pytest.mark.parametrize(("ready", "reason"), [(2, "Degraded"), (1, "NoQuorum"), (0, "NoQuorum")])
def test_a_bus_says_whether_it_still_has_its_majority(ready, reason):
    assert judged(ready=ready) == ("False", reason)


def test_a_bus_whose_servers_do_not_exist_has_no_majority():
    assert judged(children=without(SERVERS)) == ("False", "NoQuorum")


def test_streams_that_could_not_be_declared_are_told_apart():
    assert judged(job=FAILED) == ("False", "StreamMismatch")


def test_streams_wait_for_the_servers():
    waiting = (Waiting("streams", "streams waits for StatefulSet/alpha-bus"),)
    assert judged(waiting=waiting, ready=0) == ("False", "NoQuorum")


def test_streams_that_are_not_as_declared_any_more_are_noticed():
    late = child(
        "Job",
        "alpha-streams-29000000",
        component="streams",
        owner_uid=RUNNING[CLOCK].uid,
        status=FAILED,
    )
    changed = {JOB: replace(RUNNING[JOB], status=DONE), late.ref: late}
    verdict = bus_ready(healthy(children=RUNNING | changed))
    assert (verdict.status, verdict.reason) == ("False", "StreamMismatch")
    assert "Job/alpha-streams-29000000" in verdict.message


def test_a_bus_of_somebody_else_is_not_judged():
    assert bus_ready(healthy(desired={})) is None
