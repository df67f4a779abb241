from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest

from tests.support.observed import by_ref, desired, observed, ready, running
from tests.support.ports import FakeCluster, HandClock
from tests.support.stacks import facts
from tradingstack_operator.api import names
from tradingstack_operator.controller.decision import Decisions
from tradingstack_operator.controller.disputes import FREE_REPAIRS, Disputes
from tradingstack_operator.controller.reconcile import SOON, Pass, Reconciler
from tradingstack_operator.controller.report import QUIET, Reporter
from tradingstack_operator.model.changes import Action, Change, Refusal
from tradingstack_operator.model.kinds import WORKLOAD_KINDS
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.model.ports import PortError

NOW = datetime(2026, 8, 1, 10, tzinfo=UTC)
KEY = observed().key
SECRET = ObjectRef("ExternalSecret", "alpha-cache")
SYSTEM = ObjectRef("ConfigMap", "alpha-system")
HELD = {"finalizers": [names.FINALIZER]}
GOING = HELD | {"deletionTimestamp": "2026-08-01T10:00:00Z"}


@pytest.fixture
def cluster():
    return FakeCluster()


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def reconciler(cluster, clock):
    reporter = Reporter(cluster, clock, lambda: NOW, "operator-0", lambda: False)
    return Reconciler(cluster, Decisions(), Disputes(clock), reporter, lambda: NOW)


@pytest.fixture
def look(cluster, reconciler):
    """Look at a stack that is as the test says, or once more at the one of the last look."""

    async def look(stack=None):
        if stack is not None:
            cluster.stacks[stack.key] = stack
        return await reconciler.reconcile(KEY)

    return look


def truths(status):
    return {item["type"]: (item["status"], item["reason"]) for item in status["conditions"]}


async def test_a_stack_that_does_not_exist_is_no_work(cluster, look):
    assert (await look(), cluster.writes) == (None, [])


async def test_the_finalizer_is_the_first_write_of_all(cluster, look):
    await look(observed())
    assert cluster.writes[0] == "hold"


async def test_a_stack_that_has_the_finalizer_gets_no_second_one(cluster, look):
    await look(observed(metadata=HELD))
    assert "hold" not in cluster.writes


async def test_a_new_stack_gets_everything_without_pods(cluster, look):
    await look(observed())
    made = {f"apply {item.ref}" for item in desired() if item.ref.kind not in WORKLOAD_KINDS}
    assert {write for write in cluster.writes if write.startswith("apply")} == made


async def test_a_running_stack_costs_its_first_report_and_nothing_more(cluster, look):
    await look(observed(running().values(), metadata=HELD))
    await look()
    assert cluster.writes == ["status"]


async def test_a_running_stack_is_ready(cluster, look):
    await look(observed(running().values(), metadata=HELD))
    assert truths(cluster.statuses[-1])["Ready"] == ("True", "AllComponentsReady")


@pytest.mark.parametrize(
    "stack",
    [
        observed(spec={"insecureFlags": ["DisableAuth"]}),
        observed(spec={"riskApi": None}),
        observed(spec={"paused": True}),
        observed(surroundings=facts(namespace_terminating=True)),
        observed(surroundings=facts(broken_guards=("Crd/a is missing",))),
    ],
    ids=["rejected", "not parsed", "paused", "in a namespace that goes", "frozen"],
)
async def test_no_object_is_written_for_a_stack_that_is(cluster, look, stack):
    await look(stack)
    assert set(cluster.writes) <= {"status", "event"}


async def test_a_version_that_was_found_in_order_is_not_compared_again(cluster, look):
    await look(observed(running().values(), metadata=HELD))
    known = cluster.stacks[KEY]
    edited = replace(known.children[SYSTEM], body=b"{}")
    cluster.stacks[KEY] = replace(known, children=known.children | {SYSTEM: edited})
    assert (await look()).changes == ()


def drifted():
    """Have an object that was changed by hand, in a version that was never seen."""
    item = running()[SYSTEM]
    body = orjson.loads(item.body) | {"data": {}}
    return replace(item, resource_version=next(VERSIONS), body=orjson.dumps(body))


VERSIONS = iter(range(2, 1000))


async def drift(look):
    return await look(observed((running() | by_ref(drifted())).values(), metadata=HELD))


async def test_an_object_that_was_changed_by_hand_is_repaired(look):
    assert [change.ref for change in (await drift(look)).changes] == [SYSTEM]


async def test_an_object_that_is_changed_again_and_again_is_left_for_a_while(look):
    for _ in range(FREE_REPAIRS):
        await drift(look)
    outcome = await drift(look)
    assert (outcome.changes, outcome.next_look) == ((), SOON)


async def test_a_contested_object_is_reported(cluster, look):
    for _ in range(FREE_REPAIRS + 1):
        await drift(look)
    assert truths(cluster.statuses[-1])["Stalled"] == ("True", "InvariantViolated")


async def test_a_refused_write_is_reported_and_tried_again_soon(cluster, look):
    cluster.trouble[f"apply {SYSTEM}"] = Refusal.FORBIDDEN
    outcome = await look(observed())
    assert (outcome.next_look, truths(cluster.statuses[-1])["Stalled"]) == (
        SOON,
        ("True", "PermissionDenied"),
    )


async def test_a_stack_at_rest_asks_for_no_look(look):
    outcome = await look(observed(running().values(), metadata=HELD))
    assert (outcome.reported, outcome.next_look) == (True, None)


async def test_a_status_that_is_held_back_asks_for_a_look(cluster, look):
    await look(observed(metadata=HELD))
    known = cluster.stacks[KEY]
    secret = ready(known.children[SECRET])
    cluster.stacks[KEY] = replace(known, children=known.children | {SECRET: secret})
    assert (await look()).next_look == QUIET


async def test_a_write_of_unknown_outcome_is_raised_and_not_reported(cluster, look):
    cluster.trouble[f"apply {SYSTEM}"] = PortError("no answer")
    with pytest.raises(PortError, match="no answer"):
        await look(observed())
    assert cluster.statuses == []


class Turn:
    """Change the world in the middle of a write."""

    def __init__(self, cluster, stacks):
        self.cluster, self.stacks = cluster, stacks

    async def wait(self):
        self.cluster.stacks = dict(self.stacks)


@pytest.mark.parametrize(
    "afterwards",
    [{}, {KEY: observed(metadata={"uid": "a-namesake"})}],
    ids=["gone", "replaced by a namesake"],
)
async def test_a_stack_that_goes_during_the_look_is_not_reported_on(cluster, look, afterwards):
    cluster.doors[f"apply {SYSTEM}"] = Turn(cluster, afterwards)
    outcome = await look(observed())
    assert (outcome.reported, cluster.statuses) == (False, [])


async def test_a_deleted_stack_is_taken_down_and_reported(cluster, look):
    outcome = await look(observed(running().values(), metadata=GOING))
    assert {change.action for change in outcome.changes} == {Action.DELETE}
    assert truths(cluster.statuses[-1])["Ready"] == ("False", "Deleting")


async def test_a_stack_that_is_released_is_not_reported_on(cluster, look):
    outcome = await look(observed(metadata=GOING))
    assert (cluster.writes, outcome.reported) == (["release"], False)


async def test_a_deleted_stack_that_was_never_held_is_left_alone(cluster, look):
    stack = observed(running().values(), metadata=GOING | {"finalizers": []})
    assert (await look(stack), cluster.writes) == (None, [])


async def test_everything_that_was_remembered_of_a_stack_goes_with_it(cluster, look, reconciler):
    await drift(look)
    cluster.stacks.clear()
    await look()
    remembered = (
        reconciler.satisfied,
        reconciler.decisions.known,
        reconciler.disputes.known,
        reconciler.reporter.written,
    )
    assert [dict(memory) for memory in remembered] == [{}, {}, {}, {}]


DONE = Change(SYSTEM, Action.CREATE)
REFUSED = Change(SYSTEM, Action.UPDATE, Refusal.INVALID, "no such field")


def test_a_look_is_summed_up_by_its_changes():
    look = Pass(KEY, 3, (DONE, DONE), reported=True, next_look=None)
    assert look.summary() == {
        "stack": "trading-prod/alpha",
        "generation": 3,
        "changes": {"create": 2},
        "reported": True,
    }


def test_the_sum_of_a_look_names_what_was_refused():
    summary = Pass(KEY, 3, (DONE, REFUSED), reported=True, next_look=None).summary()
    assert (summary["changes"], summary["refused"]) == (
        {"create": 1},
        ["ConfigMap/alpha-system: no such field"],
    )
