from datetime import UTC, datetime

import pytest

from tests.support.observed import child
from tests.support.stacks import facts, policy
from tests.unit.status.findings import RUNNING, healthy, rejected, without
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status.network import network_locked_down

NOW = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
DENY = ObjectRef("NetworkPolicy", "alpha-default-deny")
PROBED = facts(policy=policy(spec={"egress": {"probeTarget": {"host": "10.6.0.10", "port": 443}}}))
DONE = {
    "conditions": [{"type": "Complete", "status": "True"}],
    "completionTime": "2026-08-01T11:55:00Z",
}


def failed(reason):
    return {"conditions": [{"type": "Failed", "status": "True", "reason": reason}]}


def run(status, name="alpha-network-probe-1", **fields):
    return child("Job", name, **({"component": "network-probe", "status": status} | fields))


def judged(*jobs, surroundings=PROBED):
    children = RUNNING | {job.ref: job for job in jobs}
    verdict = network_locked_down(healthy(facts=surroundings, children=children), NOW)
    return verdict.status, verdict.reason


def test_a_probe_that_found_no_way_out_proves_that_the_policies_are_enforced():
    assert judged(run(DONE)) == ("True", "Enforced")


def test_a_probe_that_reached_its_target_denies_it():
    assert judged(run(failed("PodFailurePolicy"))) == ("False", "ProbeFailed")


def test_a_probe_that_reached_its_target_names_it():
    found = healthy(
        facts=PROBED, children=RUNNING | {(j := run(failed("PodFailurePolicy"))).ref: j}
    )
    assert "10.6.0.10 port 443" in network_locked_down(found, NOW).message


@pytest.mark.parametrize("reason", ["BackoffLimitExceeded", "DeadlineExceeded"])
def test_a_probe_that_could_not_tell_proves_nothing(reason):
    assert judged(run(failed(reason))) == ("Unknown", "CNIUnverified")


@pytest.mark.parametrize("jobs", [(), (run({"conditions": []}),)])
def test_nothing_is_known_before_the_first_probe_has_ended(jobs):
    assert judged(*jobs) == ("Unknown", "CNIUnverified")


@pytest.mark.parametrize("ended", [{}, {"completionTime": "2026-08-01T11:29:59Z"}])
def test_a_proof_does_not_last(ended):
    assert judged(run({"conditions": DONE["conditions"]} | ended)) == ("Unknown", "CNIUnverified")


def test_without_a_target_nothing_is_known():
    assert judged(run(DONE), surroundings=facts()) == ("Unknown", "CNIUnverified")


def test_without_a_platform_policy_nothing_is_known():
    assert judged(run(DONE), surroundings=facts(policy=None)) == ("Unknown", "CNIUnverified")


def test_the_last_probe_counts():
    old = run(DONE, name="alpha-network-probe-1")
    new = run(failed("PodFailurePolicy"), name="alpha-network-probe-2")
    assert judged(new, old) == ("False", "ProbeFailed")


def test_the_jobs_of_other_components_prove_nothing():
    assert judged(run(DONE, component="streams")) == ("Unknown", "CNIUnverified")


def test_a_missing_policy_is_named_before_any_probe():
    verdict = network_locked_down(healthy(children=without(DENY), facts=PROBED), NOW)
    assert (verdict.status, verdict.reason) == ("False", "PolicyMissing")
    assert "alpha-default-deny" in verdict.message


def test_without_any_policy_the_network_is_open():
    verdict = network_locked_down(rejected(children={}), NOW)
    assert (verdict.status, verdict.message) == ("False", "No policy exists yet.")
