"""Restarts that wait for a maintenance window, and what must not wait with them."""

from dataclasses import replace

import pytest

from tests.support.observed import UID, applied, by_ref, child, desired, ready, running
from tests.support.stacks import DIGEST
from tradingstack_operator.model.components import OPERATION
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.planning.plan import make_plan

RISK_API = ObjectRef("Deployment", "alpha-risk-api")
NEW_IMAGE = {"spec": {"riskApi": {"image": f"registry.example/risk-api:2{DIGEST}"}}}
MORE_REPLICAS = {"spec": {"riskApi": {"replicas": 4}}}


def plan(children, wish=NEW_IMAGE, *, hold=True):
    return make_plan(desired(**wish), children, UID, {}, hold=hold)


def written(made):
    return [item.wanted.ref for item in (*made.foundations, *made.workloads)]


def test_a_new_wish_for_the_pods_of_a_ready_workload_is_held():
    made = plan(running())
    assert (made.held, written(made)) == ((RISK_API,), [])


def test_in_a_window_nothing_is_held():
    made = plan(running(), hold=False)
    assert (made.held, written(made)) == ((), [RISK_API])


def test_a_scale_restarts_nothing_and_is_not_held():
    made = plan(running(), MORE_REPLICAS)
    assert (made.held, written(made)) == ((), [RISK_API])


def test_a_workload_that_does_not_do_its_work_is_mended_at_once():
    children = running()
    broken = replace(children[RISK_API], status={})
    made = plan({**children, RISK_API: broken})
    assert (made.held, written(made)) == ((), [RISK_API])


def test_a_workload_that_does_not_exist_is_not_held():
    children = running()
    del children[RISK_API]
    assert plan(children).held == ()


def test_what_somebody_changed_is_repaired_at_once():
    children = running()
    wanted = {item.ref: item for item in desired()}
    edited = ready(applied(wanted[RISK_API], body=children[RISK_API].body.replace(b":1@", b":9@")))
    made = plan({**children, RISK_API: edited}, {})
    assert (made.held, written(made)) == ((), [RISK_API])


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("ConfigMap", False),
        ("ExternalSecret", False),
        ("ServiceAccount", False),
        ("NetworkPolicy", True),
        ("Deployment", True),
    ],
)
def test_what_held_pods_may_need_to_start_elsewhere_is_not_pruned(kind, expected):
    orphan = child(kind, "alpha-former")
    children = running() | by_ref(orphan)
    assert expected == (orphan in plan(children).prune)
    assert orphan in plan(children, {}).prune


def test_the_job_of_an_operation_is_never_pruned():
    job = child("Job", "alpha-operation-1", component=OPERATION)
    assert plan(running() | by_ref(job), {}).prune == ()
