from dataclasses import replace

import orjson
import pytest

from tests.support.observed import UID, applied, by_ref, child, desired, ready, running
from tradingstack_operator.model.kinds import KEPT_KINDS, MANAGED_KINDS, WORKLOAD_KINDS
from tradingstack_operator.model.objects import ObjectRef, Version, Writer
from tradingstack_operator.planning.plan import Apply, Plan, make_plan

DESIRED = desired()
SYSTEM = ObjectRef("ConfigMap", "alpha-system")
RISK_API = ObjectRef("Deployment", "alpha-risk-api")
CACHE = ObjectRef("StatefulSet", "alpha-cache")
WANTED = {item.ref: item for item in DESIRED}


def plan(children, wanted=DESIRED, known=None):
    return make_plan(wanted, children, UID, known or {})


def edited(child, change, **fields):
    """Let somebody change the live object."""
    body = orjson.loads(child.body)
    change(body)
    return replace(child, body=orjson.dumps(body), **fields)


def written(made):
    return [item.wanted.ref for item in (*made.foundations, *made.workloads)]


def test_a_satisfied_stack_plans_no_write():
    assert plan(running()).writes == 0


def test_a_satisfied_stack_waits_for_nothing():
    assert plan(running()).waiting == ()


def test_a_plan_remembers_the_versions_that_are_as_they_should_be():
    children = running()
    assert plan(children).satisfied == {ref: item.version for ref, item in children.items()}


def test_an_empty_plan_writes_nothing():
    assert Plan().writes == 0


def test_every_write_of_a_plan_counts():
    one = Apply(WANTED[SYSTEM])
    assert Plan((one,), (one,), (child(),)).writes == 3


def test_of_a_new_stack_everything_without_pods_is_made_at_once():
    made = plan({})
    assert written(made) == [item.ref for item in DESIRED if item.ref.kind not in WORKLOAD_KINDS]


def test_foundations_are_made_in_the_order_of_their_kinds():
    order = [kind.kind for kind in MANAGED_KINDS]
    kinds = [order.index(item.wanted.ref.kind) for item in plan({}).foundations]
    assert kinds == sorted(kinds)


def test_every_component_of_a_new_stack_waits_once():
    waiting = [item.component for item in plan({}).waiting]
    assert sorted(waiting) == sorted(
        {item.component for item in DESIRED if item.ref.kind in WORKLOAD_KINDS}
    )


def test_a_workload_is_made_when_what_it_needs_is_ready():
    children = running()
    del children[RISK_API]
    made = plan(children)
    assert (written(made), made.waiting) == ([RISK_API], ())


def test_a_new_workload_is_held_back_while_a_dependency_is_not_ready():
    children = running()
    del children[RISK_API]
    children[CACHE] = replace(children[CACHE], status={})
    made = plan(children)
    assert (written(made), [item.component for item in made.waiting]) == ([], ["risk-api"])


def test_a_workload_that_exists_is_updated_although_a_dependency_is_not_ready():
    children = running()
    children[CACHE] = replace(children[CACHE], status={})
    children[RISK_API] = replace(children[RISK_API], desired_hash="older")
    assert written(plan(children)) == [RISK_API]


def test_a_new_wish_is_an_update_and_no_drift():
    children = running()
    children[SYSTEM] = replace(children[SYSTEM], desired_hash="older")
    assert plan(children).foundations == (Apply(WANTED[SYSTEM], children[SYSTEM]),)


def test_a_field_that_somebody_changed_is_repaired_and_named():
    children = running()
    children[SYSTEM] = edited(children[SYSTEM], lambda body: body.update(data={}))
    (repair,) = plan(children).foundations
    assert (repair.before, repair.drift) == (children[SYSTEM], f"data.{first_key(SYSTEM)}")


def first_key(ref):
    return next(iter(orjson.loads(WANTED[ref].body)["data"]))


def test_a_drifted_object_is_applied_and_not_stripped():
    children = running()
    children[SYSTEM] = edited(children[SYSTEM], lambda body: body.update(data={}))
    (repair,) = plan(children).foundations
    assert repair.removal is None


def test_what_somebody_added_is_taken_out_before_what_they_changed_is_repaired():
    rival = Writer("rival", "2026-01-01T00:00:00Z", b'{"f:data":{"f:extra":{}}}')
    children = running()
    children[SYSTEM] = edited(
        children[SYSTEM], lambda body: body.update(data={"extra": "1"}), writers=(rival,)
    )
    (repair,) = plan(children).foundations
    assert repair.drift == "data.extra"


def test_a_field_that_somebody_added_is_taken_out_and_named():
    rival = Writer("rival", "2026-01-01T00:00:00Z", b'{"f:data":{"f:extra":{}}}')
    children = running()
    children[SYSTEM] = edited(
        children[SYSTEM], lambda body: body["data"].update(extra="1"), writers=(rival,)
    )
    (repair,) = plan(children).foundations
    assert (repair.drift, repair.removal["data"]) == ("data.extra", {"extra": None})


def test_a_version_that_was_looked_at_before_is_not_compared_again():
    children = running()
    children[SYSTEM] = edited(children[SYSTEM], lambda body: body.update(data={}))
    known = {SYSTEM: children[SYSTEM].version}
    assert plan(children, known=known).writes == 0


@pytest.mark.parametrize(
    "known", [Version("another-uid", 1), Version(f"uid-of-{SYSTEM.kind}-{SYSTEM.name}", 2)]
)
def test_another_version_than_the_one_looked_at_is_compared(known):
    children = running()
    children[SYSTEM] = edited(children[SYSTEM], lambda body: body.update(data={}))
    assert written(plan(children, known={SYSTEM: known})) == [SYSTEM]


def test_a_version_that_was_looked_at_is_no_excuse_for_an_older_wish():
    children = running()
    children[SYSTEM] = replace(children[SYSTEM], desired_hash="older")
    assert written(plan(children, known={SYSTEM: children[SYSTEM].version})) == [SYSTEM]


def test_an_object_that_is_being_deleted_is_waited_for():
    children = running()
    children[SYSTEM] = replace(children[SYSTEM], deleting=True, desired_hash="older")
    made = plan(children)
    assert (made.writes, SYSTEM in made.satisfied) == (0, False)


def test_an_object_that_is_not_wanted_any_more_is_pruned():
    children = running()
    wanted = [item for item in DESIRED if item.ref != SYSTEM]
    assert plan(children, wanted).prune == (children[SYSTEM],)


def test_everything_is_pruned_in_a_stable_order():
    children = running()
    turned = dict(reversed(children.items()))
    assert (
        plan(turned, ()).prune
        == plan(children, ()).prune
        == tuple(children[ref] for ref in sorted(children) if ref.kind not in KEPT_KINDS)
    )


@pytest.mark.parametrize(
    "fields",
    [{"owner_uid": "a-namesake"}, {"owner_uid": ""}, {"deleting": True}],
    ids=["owned by a namesake", "owned by nobody", "being deleted"],
)
def test_pruning_spares(fields):
    stray = child("ConfigMap", "alpha-old", **fields)
    assert plan(running() | by_ref(stray)).prune == ()


def test_pruning_spares_a_volume_that_is_not_wanted_any_more():
    claims = {ref: item for ref, item in running().items() if ref.kind in KEPT_KINDS}
    assert claims
    assert plan(claims, ()).prune == ()


def test_what_the_server_does_not_serve_is_not_written_and_nothing_waits_for_it():
    monitors = frozenset({"ServiceMonitor"})
    children = {ref: item for ref, item in running().items() if ref.kind not in monitors}
    made = make_plan(DESIRED, children, UID, {}, monitors)
    assert (made.writes, made.waiting) == (0, ())


def test_pruning_spares_an_object_that_is_held_back():
    children = by_ref(*(ready(applied(item)) for item in DESIRED if item.ref != RISK_API))
    children[CACHE] = replace(children[CACHE], status={})
    assert plan(children).prune == ()
