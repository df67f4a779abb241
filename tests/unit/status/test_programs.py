"""Whether the stack's own programs are ready."""

from dataclasses import replace

import pytest

from tests.support.observed import counts
from tests.unit.status.findings import DESIRED, RUNNING, healthy, without
from tradingstack_operator.model.findings import Waiting
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status.programs import ingestors_ready, risk_api_ready

KRAKEN = ObjectRef("Deployment", "alpha-ingestor-kraken")
RISK_API = ObjectRef("Deployment", "alpha-risk-api")

programs = pytest.mark.parametrize(
    ("judge", "ref", "component", "unready", "waiting"),
    [
        (ingestors_ready, KRAKEN, "ingestor", "FeedStale", "FeedStale"),
        (risk_api_ready, RISK_API, "risk-api", "NoReadyReplicas", "DependencyUnhealthy"),
    ],
    ids=["ingestors", "risk-api"],
)


def told(verdict):
    return verdict.status, verdict.reason


def with_status(ref, status):
    return RUNNING | {ref: replace(RUNNING[ref], status=status)}


@pytest.mark.parametrize("judge", [ingestors_ready, risk_api_ready])
def test_a_program_is_ready_when_its_workload_is(judge):
    verdict = judge(healthy())
    assert (told(verdict), verdict.message) == (("True", "Ready"), "1 workload is ready.")


def test_several_workloads_of_a_program_are_counted():
    second = ObjectRef("Deployment", "alpha-ingestor-risk")
    found = healthy(
        children=RUNNING | {second: replace(RUNNING[KRAKEN], ref=second)},
        desired=DESIRED | {second: "ingestor"},
    )
    assert ingestors_ready(found).message == "2 workloads are ready."


@programs
def test_a_program_without_its_pods_says_so(judge, ref, component, unready, waiting):
    del component, waiting
    verdict = judge(healthy(children=with_status(ref, counts(0))))
    assert told(verdict) == ("False", unready)
    assert verdict.message.startswith(f"{ref} has rolled out 0 of ")


@programs
def test_a_program_that_is_held_back_says_what_it_waits_for(
    judge, ref, component, unready, waiting
):
    del unready
    held = Waiting(component, "it waits for something")
    verdict = judge(healthy(children=without(ref), waiting=(held,)))
    assert (told(verdict), verdict.message) == (("False", waiting), "it waits for something.")


@programs
def test_a_program_that_does_not_exist_is_not_ready(judge, ref, component, unready, waiting):
    del component, waiting
    verdict = judge(healthy(children=without(ref)))
    assert (told(verdict), verdict.message) == (("False", unready), f"{ref} does not exist yet.")


def test_pods_that_the_server_refuses_are_told_apart_from_pods_that_are_late():
    status = {"conditions": [{"type": "ReplicaFailure", "status": "True"}]}
    verdict = risk_api_ready(healthy(children=with_status(RISK_API, status)))
    assert told(verdict) == ("False", "PodsRejected")


def test_the_fewest_replicas_of_an_autoscaler_are_enough():
    found = healthy(children=with_status(RISK_API, counts(2)), least={RISK_API: 2})
    assert told(risk_api_ready(found)) == ("True", "Ready")
