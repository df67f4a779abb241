"""The root of the tree, and the two conditions that say why it is not True."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.halts import a_halt
from tests.support.observed import counts
from tests.support.stacks import facts, stack
from tests.unit.status.findings import RUNNING, healthy, rejected, without
from tradingstack_operator.model.changes import Action, Change, Refusal
from tradingstack_operator.model.findings import Contest, Violation, Waiting
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status.assess import judge

NOW = datetime(2026, 8, 1, 10, tzinfo=UTC)
CACHE = ObjectRef("StatefulSet", "alpha-cache")
SYSTEM = ObjectRef("ConfigMap", "alpha-system")
FLAG = Violation("INV-15", "spec.insecureFlags", "empty it")
LABEL = Violation("INV-02", "metadata.labels", "label the namespace")
LOADING = RUNNING | {CACHE: replace(RUNNING[CACHE], status=counts(0))}
UNGUARDED = facts(broken_guards=("Crd/a is missing",))
MISSING = facts(missing_kinds=frozenset({"ExternalSecret"}))


def verdict(found, kind):
    return next((item for item in judge(found, NOW) if item.type == kind), None)


def told(found, kind):
    item = verdict(found, kind)
    return item and (item.status, item.reason)


def refused(refusal, message="no"):
    return (Change(SYSTEM, Action.CREATE, refusal, message),)


def test_a_stack_with_everything_in_place_is_ready():
    assert told(healthy(), "Ready") == ("True", "AllComponentsReady")


def test_a_ready_stack_is_neither_reconciling_nor_stalled():
    assert {"Reconciling", "Stalled"} & {item.type for item in judge(healthy(), NOW)} == set()


def test_a_halt_does_not_clear_ready():
    assert told(healthy(facts=facts(halts=(a_halt(),))), "Ready") == ("True", "AllComponentsReady")


def test_ready_names_the_first_leaf_that_is_false():
    item = verdict(healthy(children=LOADING), "Ready")
    assert (item.reason, item.message) == (
        "ComponentNotReady",
        "CacheReady: StatefulSet/alpha-cache has rolled out 0 of 1 replicas.",
    )


@pytest.mark.parametrize("violation", [FLAG, LABEL])
def test_a_broken_rule_is_an_invariant_violated(violation):
    assert told(rejected(violation), "Ready") == ("False", "InvariantViolated")


def test_a_contested_object_is_an_invariant_violated():
    found = healthy(contested=(Contest(CACHE, "spec", "kubectl"),))
    assert told(found, "Ready") == ("False", "InvariantViolated")


def test_a_broken_guard_is_an_invariant_violated():
    assert told(healthy(facts=UNGUARDED), "Ready") == ("False", "InvariantViolated")


def test_a_broken_guard_does_not_stall_a_deletion():
    found = healthy(facts=UNGUARDED, stack=None, desired={}, deleting=True)
    assert verdict(found, "Stalled") is None


def test_a_deleted_stack_is_not_ready_whatever_else_is_found():
    found = healthy(stack=None, desired={}, deleting=True)
    assert told(found, "Ready") == ("False", "Deleting")


def test_a_refused_write_is_named_when_nothing_else_is_wrong():
    item = verdict(healthy(refused=refused(Refusal.CONFLICT, "try again")), "Ready")
    assert (item.reason, item.message) == (
        "ComponentNotReady",
        "The API server refused to create ConfigMap/alpha-system: try again",
    )


def test_a_stack_that_stalls_is_not_ready_however_well_its_objects_do():
    terminating = facts(namespace_terminating=True)
    assert told(healthy(facts=terminating), "Ready") == ("False", "ComponentNotReady")


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (healthy(facts=facts(namespace_terminating=True)), "NamespaceTerminating"),
        (rejected(FLAG), "InvalidSpec"),
        (healthy(facts=MISSING), "ProviderMissing"),
        (healthy(refused=refused(Refusal.FORBIDDEN)), "PermissionDenied"),
        (healthy(refused=refused(Refusal.KIND_MISSING)), "ProviderMissing"),
        (healthy(refused=refused(Refusal.INVALID)), "InvalidSpec"),
        (healthy(contested=(Contest(CACHE, "spec", "kubectl"),)), "InvariantViolated"),
        (healthy(facts=UNGUARDED), "InvariantViolated"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_waiting_does_not_mend_stalls(found, reason):
    assert told(found, "Stalled") == ("True", reason)


@pytest.mark.parametrize(
    "found",
    [healthy(children=LOADING), healthy(refused=refused(Refusal.CONFLICT)), healthy()],
    ids=["a component not ready", "a conflict", "all well"],
)
def test_what_waiting_mends_does_not_stall(found):
    assert verdict(found, "Stalled") is None


def test_a_conflict_does_not_hide_a_refusal_that_stalls():
    both = refused(Refusal.CONFLICT) + refused(Refusal.FORBIDDEN)
    assert told(healthy(refused=both), "Stalled") == ("True", "PermissionDenied")


@pytest.mark.parametrize(
    ("violations", "message"),
    [
        ((FLAG,), "The spec breaks a rule; see SpecAccepted."),
        ((FLAG, LABEL), "The spec breaks 2 rules; see SpecAccepted."),
    ],
)
def test_a_stalled_stack_counts_the_broken_rules(violations, message):
    assert verdict(rejected(*violations), "Stalled").message == message


def test_a_refusal_that_stalls_is_named():
    found = healthy(refused=refused(Refusal.FORBIDDEN, "not yours"))
    assert verdict(found, "Stalled").message == (
        "create of ConfigMap/alpha-system was refused: not yours"
    )


def test_a_missing_provider_is_named():
    assert (
        "install the External Secrets Operator"
        in verdict(healthy(facts=MISSING), "Stalled").message
    )


def test_a_stalled_stack_is_not_reconciling():
    found = healthy(children=LOADING, refused=refused(Refusal.FORBIDDEN))
    assert verdict(found, "Reconciling") is None


def test_a_stack_that_is_coming_up_progresses():
    assert told(healthy(children=without(CACHE)), "Reconciling") == ("True", "Progressing")


def test_a_stack_whose_workloads_all_exist_rolls_out():
    assert told(healthy(children=LOADING), "Reconciling") == ("True", "RollingOut")


def test_a_stack_without_workloads_progresses():
    found = healthy(children={}, desired={SYSTEM: "config"})
    assert told(found, "Reconciling") == ("True", "Progressing")


def test_a_stack_that_holds_components_back_names_what_it_waits_for():
    waiting = (Waiting("cache", "one waits"), Waiting("risk-api", "another waits"))
    item = verdict(healthy(children=without(CACHE), waiting=waiting), "Reconciling")
    assert (item.reason, item.message) == ("WaitingForDependency", "one waits; another waits.")


def test_a_deleted_stack_is_reconciling():
    found = healthy(stack=None, desired={}, deleting=True)
    assert verdict(found, "Reconciling").message == "The stack is being deleted."


def test_a_condition_without_a_workload_is_left_out():
    found = healthy(children={}, desired={SYSTEM: "config"})
    components = {
        "DatabaseReady",
        "CacheReady",
        "BusReady",
        "FeatureStoreReady",
        "IngestorsReady",
        "RiskAPIReady",
    }
    assert components & {item.type for item in judge(found, NOW)} == set()


def test_a_deleted_stack_is_not_judged_by_its_spec_any_more():
    found = healthy(stack=None, desired={}, deleting=True)
    assert [item.type for item in judge(found, NOW)] == ["Ready", "Reconciling", "TradingEnabled"]


def test_a_paused_stack_that_is_not_ready_says_that_it_is_paused():
    paused = healthy(children=without(CACHE), stack=stack(spec={"paused": True}))
    assert verdict(paused, "Reconciling").message.startswith("Paused by the spec: ")
