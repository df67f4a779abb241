"""The leaves of the tree, and what stands beside it."""

from dataclasses import replace

import pytest

from tests.support.observed import by_ref, child, counts
from tests.support.stacks import facts, stack
from tests.unit.status.findings import DESIRED, RUNNING, healthy, rejected, without
from tradingstack_operator.model.findings import Contest, Violation, Waiting
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status import verdicts
from tradingstack_operator.status.verdicts import Verdict

CACHE = ObjectRef("StatefulSet", "alpha-cache")
KRAKEN = ObjectRef("Deployment", "alpha-ingestor-kraken")
RISK_API = ObjectRef("Deployment", "alpha-risk-api")
SECRET = ObjectRef("ExternalSecret", "alpha-cache")
DENY = ObjectRef("NetworkPolicy", "alpha-default-deny")
LABEL = Violation("INV-02", "metadata.labels", "label the namespace")
FLAG = Violation("INV-15", "spec.insecureFlags", "empty it")
BROKEN = ("Crd/a is missing",)
CONTEST = Contest(CACHE, "spec.replicas", "kubectl")


def told(verdict):
    return verdict.status, verdict.reason


def changed(ref, **fields):
    return RUNNING | {ref: replace(RUNNING[ref], **fields)}


def test_a_spec_that_breaks_no_rule_is_accepted():
    assert told(verdicts.spec_accepted(healthy())) == ("True", "Accepted")


def test_a_rejected_spec_lists_every_violation():
    verdict = verdicts.spec_accepted(rejected(LABEL, FLAG))
    assert (told(verdict), verdict.message) == (
        ("False", "Rejected"),
        "INV-02 metadata.labels: label the namespace; INV-15 spec.insecureFlags: empty it",
    )


def test_invariants_hold_while_nothing_contradicts_the_stack():
    assert told(verdicts.invariants_held(healthy())) == ("True", "Held")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("INV-02", "EnvironmentLabelMismatch"),
        ("INV-03", "EnvironmentLabelMismatch"),
        ("INV-10a", "PodSecurityLabelMissing"),
    ],
)
def test_a_namespace_that_breaks_a_rule_contradicts_the_stack(rule, reason):
    found = rejected(FLAG, Violation(rule, "metadata", "mend it"))
    assert verdicts.invariants_held(found) == Verdict("InvariantsHeld", "False", reason, "mend it")


def test_a_spec_that_breaks_a_rule_contradicts_nothing_around_it():
    assert told(verdicts.invariants_held(rejected(FLAG))) == ("True", "Held")


def test_a_contested_field_names_who_keeps_changing_it():
    verdict = verdicts.invariants_held(healthy(contested=(CONTEST,)))
    assert (told(verdict), verdict.message) == (
        ("False", "DriftRepaired"),
        (
            "kubectl keeps changing spec.replicas of StatefulSet/alpha-cache: "
            "stop it, or it is only repaired now and then"
        ),
    )


def test_a_broken_guard_is_named_with_who_mends_it_and_what_happens_until_then():
    verdict = verdicts.invariants_held(healthy(facts=facts(broken_guards=("Crd/a is missing",))))
    assert (told(verdict), verdict.message) == (
        ("False", "PolicyBindingMissing"),
        (
            "Crd/a is missing: have the platform team install chart tradingstack-crds again, in "
            "the operator's version; nothing is applied until then"
        ),
    )


@pytest.mark.parametrize(
    "found",
    [
        healthy(facts=facts(broken_guards=BROKEN), stack=stack(spec={"environment": "staging"})),
        rejected(LABEL, facts=facts(broken_guards=BROKEN)),
    ],
    ids=["staging", "rejected"],
)
def test_a_broken_guard_is_told_of_stacks_that_it_does_not_hold_up(found):
    verdict = verdicts.invariants_held(found)
    assert told(verdict) == ("False", "PolicyBindingMissing")
    assert "nothing is applied" not in verdict.message


def test_of_many_broken_guards_some_are_named_and_the_others_counted():
    guards = tuple(f"Crd/{number} is missing" for number in range(9))
    message = verdicts.invariants_held(healthy(facts=facts(broken_guards=guards))).message
    assert "Crd/3 is missing; and 5 more: have" in message


def test_credentials_are_synced_when_every_external_secret_is():
    assert told(verdicts.credentials_synced(healthy())) == ("True", "AllSynced")


def test_an_external_secret_that_is_not_synced_is_named():
    verdict = verdicts.credentials_synced(healthy(children=changed(SECRET, status={})))
    assert (told(verdict), verdict.message) == (
        ("False", "SyncError"),
        "ExternalSecret/alpha-cache is not synced: not synced yet.",
    )


def test_without_its_kind_no_external_secret_can_be_synced():
    found = healthy(facts=facts(missing_kinds=frozenset({"ExternalSecret"})))
    assert told(verdicts.credentials_synced(found)) == ("False", "StoreNotReady")


def test_whether_policies_are_enforced_stays_unknown_until_it_is_probed():
    assert told(verdicts.network_locked_down(healthy())) == ("Unknown", "CNIUnverified")


def test_a_missing_policy_opens_the_network():
    verdict = verdicts.network_locked_down(healthy(children=without(DENY)))
    assert (told(verdict), verdict.message) == (
        ("False", "PolicyMissing"),
        "NetworkPolicy/alpha-default-deny does not exist yet.",
    )


def test_a_rejected_spec_without_any_policy_has_no_closed_network():
    verdict = verdicts.network_locked_down(rejected(FLAG, children={}))
    assert (told(verdict), verdict.message) == (
        ("False", "PolicyMissing"),
        "No policy exists yet.",
    )


COMPONENTS = [
    (verdicts.cache_ready, CACHE, "cache", "Loading", "Loading"),
    (verdicts.ingestors_ready, KRAKEN, "ingestor", "FeedStale", "FeedStale"),
    (verdicts.risk_api_ready, RISK_API, "risk-api", "NoReadyReplicas", "DependencyUnhealthy"),
]


@pytest.mark.parametrize("judge", [row[0] for row in COMPONENTS])
def test_a_component_is_ready_when_its_workloads_are(judge):
    verdict = judge(healthy())
    assert (told(verdict), verdict.message) == (("True", "Ready"), "1 workload is ready.")


def test_several_workloads_of_a_component_are_counted():
    second = ObjectRef("Deployment", "alpha-ingestor-risk")
    found = healthy(
        children=RUNNING | {second: replace(RUNNING[KRAKEN], ref=second)},
        desired=DESIRED | {second: "ingestor"},
    )
    assert verdicts.ingestors_ready(found).message == "2 workloads are ready."


@pytest.mark.parametrize(("judge", "ref", "component", "unready", "_"), COMPONENTS)
def test_a_component_without_its_pods_says_so(judge, ref, component, unready, _):
    del component
    verdict = judge(healthy(children=changed(ref, status=counts(0))))
    assert told(verdict) == ("False", unready)
    assert verdict.message.startswith(f"{ref} has rolled out 0 of ")


@pytest.mark.parametrize(("judge", "ref", "component", "_", "waiting"), COMPONENTS)
def test_a_component_that_is_held_back_says_what_it_waits_for(judge, ref, component, _, waiting):
    held = Waiting(component, "it waits for something")
    verdict = judge(healthy(children=without(ref), waiting=(held,)))
    assert (told(verdict), verdict.message) == (("False", waiting), "it waits for something.")


def test_a_component_does_not_answer_for_another_that_is_held_back():
    found = healthy(waiting=(Waiting("ingestor", "it waits"),))
    assert told(verdicts.cache_ready(found)) == ("True", "Ready")


@pytest.mark.parametrize(("judge", "ref", "component", "unready", "_"), COMPONENTS)
def test_a_workload_that_does_not_exist_is_not_ready(judge, ref, component, unready, _):
    del component
    verdict = judge(healthy(children=without(ref)))
    assert (told(verdict), verdict.message) == (
        ("False", unready),
        f"{ref} does not exist yet.",
    )


def test_pods_that_the_server_refuses_are_told_apart_from_pods_that_are_late():
    status = {"conditions": [{"type": "ReplicaFailure", "status": "True"}]}
    verdict = verdicts.risk_api_ready(healthy(children=changed(RISK_API, status=status)))
    assert told(verdict) == ("False", "PodsRejected")


def test_a_component_without_workloads_is_somebody_elses():
    found = healthy(desired={ref: name for ref, name in DESIRED.items() if name != "cache"})
    assert verdicts.cache_ready(found) is None


def test_of_a_rejected_spec_the_workloads_that_exist_are_judged():
    cache = child("StatefulSet", "alpha-cache", component="cache")
    assert told(verdicts.cache_ready(rejected(FLAG, children=by_ref(cache)))) == (
        "False",
        "Loading",
    )


def test_the_fewest_replicas_of_an_autoscaler_are_enough():
    found = healthy(children=changed(RISK_API, status=counts(2)), least={RISK_API: 2})
    assert told(verdicts.risk_api_ready(found)) == ("True", "Ready")


def test_no_control_is_active_before_a_component_confirms_it():
    assert told(verdicts.safety_controls_active(healthy())) == ("False", "KillSwitchUnconfirmed")


def test_a_switched_off_protection_is_named():
    unsafe = stack(spec={"insecureFlags": ["SkipSignatureCheck", "DisableAuth"]})
    verdict = verdicts.safety_controls_active(healthy(stack=unsafe))
    assert (told(verdict), verdict.message) == (
        ("False", "InsecureFlagEnabled"),
        "Switched off by the spec: DisableAuth, SkipSignatureCheck.",
    )


YES = Verdict("Ready", "True", "AllComponentsReady", "All is well.")
NO = Verdict("Ready", "False", "ComponentNotReady", "The cache is loading.")


def test_whether_orders_flow_is_unknown_until_a_component_says_so():
    assert told(verdicts.trading_enabled(healthy(), YES)) == ("Unknown", "StateUnknown")


def test_a_halt_stops_trading_and_is_named():
    verdict = verdicts.trading_enabled(healthy(facts=facts(halts=("a", "b"))), YES)
    assert (told(verdict), verdict.message) == (("False", "Halted"), "Halted by TradingHalt a, b.")


def test_a_halt_is_told_although_the_stack_is_not_ready():
    verdict = verdicts.trading_enabled(healthy(facts=facts(halts=("a",))), NO)
    assert told(verdict) == ("False", "Halted")


def test_a_halt_is_told_although_the_spec_is_rejected():
    verdict = verdicts.trading_enabled(rejected(FLAG, facts=facts(halts=("a",))), NO)
    assert told(verdict) == ("False", "Halted")


@pytest.mark.parametrize(
    ("simulation", "reason"),
    [({"enabled": True}, "SimulationOnly"), ({"enabled": False}, "StateUnknown")],
)
def test_a_simulation_sends_no_orders(simulation, reason):
    found = healthy(stack=stack(spec={"environment": "staging", "simulation": simulation}))
    assert verdicts.trading_enabled(found, YES).reason == reason


def test_a_stack_that_is_not_ready_does_not_trade():
    verdict = verdicts.trading_enabled(healthy(), NO)
    assert (told(verdict), verdict.message) == (("False", "NotReady"), "The cache is loading.")


def test_credentials_of_a_rejected_stack_without_objects_are_not_synced():
    found = rejected(FLAG, children={})
    assert told(verdicts.credentials_synced(found)) == ("Unknown", "SyncError")
