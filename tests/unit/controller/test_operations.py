from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.observed import by_ref, child, observed
from tests.support.operations import an_operation
from tests.support.ports import FakeCluster
from tests.support.stacks import facts
from tradingstack_operator.controller.decision import decide
from tradingstack_operator.controller.operations import operate
from tradingstack_operator.model.ports import PortError

NOW = datetime(2026, 8, 1, 10, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 1, 4, tzinfo=UTC)
BORN = {"metadata": {"creationTimestamp": "2026-08-01T00:00:00Z"}}


@pytest.fixture
def cluster():
    return FakeCluster()


async def act(cluster, snapshot, now=NOW):
    """Carry a stack's operations a step further; tells what was written."""
    cluster.stacks[snapshot.key] = snapshot
    await operate(cluster, snapshot, decide(snapshot), now)
    return cluster.writes


def a_stack(*operations, surroundings=None, **overrides):
    known = surroundings or facts(operations=operations)
    return observed((), known, **(BORN | overrides))


async def test_an_operation_that_begins_says_so(cluster):
    assert await act(cluster, a_stack(an_operation())) == ["operation backup Running"]


async def test_an_operation_that_cannot_be_done_says_so(cluster):
    snapshot = a_stack(an_operation("Switchover"))
    assert await act(cluster, snapshot) == ["operation switchover Rejected"]


async def test_the_steps_are_told(cluster):
    snapshot = a_stack(an_operation())
    (step,) = await operate(cluster, snapshot, decide(snapshot), NOW)
    assert (step.operation.metadata.name, step.status.phase) == ("backup", "Running")


async def test_nothing_is_written_when_nothing_changes(cluster):
    assert await act(cluster, a_stack(an_operation(phase="Failed"))) == []


async def test_no_operation_moves_while_the_spec_is_rejected(cluster):
    snapshot = a_stack(an_operation(), spec={"insecureFlags": ["DisableAuth"]})
    assert await act(cluster, snapshot) == []


async def test_no_operation_moves_in_a_namespace_that_is_going(cluster):
    going = facts(operations=(an_operation(),), namespace_terminating=True)
    assert await act(cluster, a_stack(surroundings=going)) == []


async def test_a_status_that_cannot_be_written_ends_the_look(cluster):
    cluster.trouble["operation backup Running"] = PortError("conflict")
    with pytest.raises(PortError):
        await act(cluster, a_stack(an_operation()))


async def test_a_drill_that_is_due_is_asked_for(cluster):
    written = await act(cluster, a_stack(), OCTOBER)
    assert written == ["create operation alpha-drill-202610010400"]


async def test_a_drill_that_is_not_due_is_not_asked_for(cluster):
    assert await act(cluster, a_stack(), OCTOBER - timedelta(seconds=1)) == []


@pytest.mark.parametrize(
    "snapshot",
    [
        a_stack(spec={"paused": True}),
        a_stack(surroundings=facts(broken_guards=("gone",))),
        a_stack(spec={"drills": {"include": ["DatabaseFailover"]}}),
    ],
    ids=["paused", "frozen", "nothing to restore"],
)
async def test_no_drill_is_asked_for_that_could_not_run(cluster, snapshot):
    assert await act(cluster, snapshot, OCTOBER) == []


async def test_the_outcome_of_a_job_is_noted(cluster):
    operation = an_operation(phase="Running", started=NOW)
    complete = {"conditions": [{"type": "Complete", "status": "True"}]}
    job = child("Job", f"alpha-operation-{operation.metadata.uid[:8]}", status=complete)
    snapshot = replace(a_stack(operation), children=by_ref(job))
    assert await act(cluster, snapshot) == ["operation backup Succeeded"]
