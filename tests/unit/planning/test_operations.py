from datetime import UTC, datetime, timedelta

import pytest

from tests.support.observed import by_ref, child
from tests.support.operations import A_HALT, ASKED, an_operation
from tests.support.stacks import facts, stack
from tradingstack_operator.model.components import OPERATION
from tradingstack_operator.model.operations import job_name
from tradingstack_operator.planning.operations import (
    LOST_AFTER,
    PATIENCE,
    ROTATION_TAKES,
    Scene,
    next_steps,
)

NOW = datetime(2026, 8, 1, 10, tzinfo=UTC)
RESTORE = {"component": "database", "confirm": "alpha"}


def look(*operations, children=(), now=NOW, refusals=None, spec=None, **surroundings):
    """Tell what each operation whose status changes becomes, by its name."""
    scene = Scene(
        stack(spec=spec or {}),
        facts(operations=operations, **surroundings),
        by_ref(*children),
        refusals or {},
        now,
    )
    return {step.operation.metadata.name: step.status for step in next_steps(scene)}


def phases(*operations, **circumstances):
    return {name: status.phase for name, status in look(*operations, **circumstances).items()}


def a_job(operation, *conditions):
    told = [{"type": kind, "status": "True", "reason": "Told"} for kind in conditions]
    name = job_name("alpha", operation)
    return child("Job", name, component=OPERATION, status={"conditions": told})


def a_secret(refreshed=None, ready="True", **fields):
    conditions = [{"type": "Ready", "status": ready, "reason": "SecretSyncedError"}]
    status = {"conditions": conditions} | ({"refreshTime": refreshed} if refreshed else {})
    return child("ExternalSecret", "alpha-cache", status=status, **fields)


def test_an_operation_begins_when_nothing_is_in_its_way():
    status = look(an_operation())["backup"]
    assert ("Running", NOW, None, 1) == (
        status.phase,
        status.started_at,
        status.completed_at,
        status.observed_generation,
    )


def test_what_cannot_be_done_to_the_stack_is_rejected_with_the_reason():
    status = look(an_operation(), refusals={"backup": "It takes none: set one"})["backup"]
    assert ("Rejected", "It takes none: set one", NOW) == (
        status.phase,
        status.message,
        status.completed_at,
    )


def test_an_operation_on_another_stack_is_rejected():
    status = look(an_operation(stack="beta"))["backup"]
    assert status.phase == "Rejected"
    assert "no TradingStack beta" in status.message


def test_a_restore_in_production_is_rejected_while_there_is_no_halt():
    status = look(an_operation("Restore", restore=RESTORE))["restore"]
    assert status.phase == "Rejected"
    assert "TradingHalt" in status.message


def test_a_restore_in_production_runs_during_a_halt():
    operation = an_operation("Restore", restore=RESTORE)
    assert phases(operation, halts=(A_HALT,)) == {"restore": "Running"}


def test_outside_of_production_a_restore_needs_no_halt():
    operation = an_operation("Restore", restore=RESTORE)
    assert phases(operation, spec={"environment": "staging"}) == {"restore": "Running"}


def test_of_several_operations_the_first_that_was_asked_for_runs():
    second = an_operation("Drill", asked=ASKED + timedelta(seconds=1))
    told = look(an_operation(), second)
    assert [status.phase for status in told.values()] == ["Running", "Pending"]
    assert "StackOperation backup" in told["drill"].message


def test_an_operation_waits_for_one_that_runs_though_that_one_does_not_change():
    first = an_operation()
    running = first.model_copy(update={"status": look(first)["backup"]})
    assert phases(running, an_operation("Drill")) == {"drill": "Pending"}


@pytest.mark.parametrize("phase", ["Succeeded", "Failed", "Rejected"])
def test_an_operation_that_is_finished_stays_as_it_is_and_holds_up_nobody(phase):
    first = an_operation(phase=phase, completed=NOW)
    assert phases(first, an_operation("Drill")) == {"drill": "Running"}


def test_a_rejected_operation_lets_the_next_one_run_at_once():
    told = phases(an_operation(), an_operation("Drill"), refusals={"backup": "no"})
    assert told == {"backup": "Rejected", "drill": "Running"}


@pytest.mark.parametrize(
    ("circumstances", "word"),
    [
        ({"spec": {"paused": True}}, "paused"),
        ({"broken_guards": ("a policy is missing",)}, "InvariantsHeld"),
        ({"children": [a_secret(ready="False", component=OPERATION)]}, "ExternalSecret"),
    ],
)
def test_an_operation_waits_and_says_for_what(circumstances, word):
    status = look(an_operation(), **circumstances)["backup"]
    assert status.phase == "Pending"
    assert word in status.message


def test_an_operation_does_not_wait_for_the_credentials_of_others():
    assert phases(an_operation(), children=[a_secret(ready="False")]) == {"backup": "Running"}


def test_an_operation_whose_credentials_are_there_runs():
    ready = a_secret(component=OPERATION)
    assert phases(an_operation(), children=[ready]) == {"backup": "Running"}


@pytest.mark.parametrize("circumstances", [{}, {"spec": {"paused": True}}])
def test_an_operation_that_could_not_begin_within_an_hour_never_does(circumstances):
    late = ASKED + PATIENCE
    assert phases(an_operation(), now=late + timedelta(seconds=1), **circumstances) == {
        "backup": "Rejected"
    }


def test_the_name_of_the_job_is_noted_once_the_job_is_seen():
    operation = an_operation(phase="Running", started=NOW)
    status = look(operation, children=[a_job(operation)])["backup"]
    assert (status.phase, status.job) == ("Running", job_name("alpha", operation))


def test_an_operation_that_runs_keeps_the_time_of_its_start():
    begun = NOW - timedelta(minutes=3)
    operation = an_operation(phase="Running", started=begun)
    assert look(operation, children=[a_job(operation)])["backup"].started_at == begun


def test_an_operation_whose_job_is_complete_has_succeeded():
    operation = an_operation(phase="Running", started=NOW)
    status = look(operation, children=[a_job(operation, "Complete")])["backup"]
    assert (status.phase, status.completed_at) == ("Succeeded", NOW)


def test_an_operation_whose_job_has_failed_has_failed():
    operation = an_operation(phase="Running", started=NOW)
    status = look(operation, children=[a_job(operation, "Failed")])["backup"]
    assert status.phase == "Failed"
    assert "logs" in status.message


def test_a_job_that_is_not_seen_yet_is_waited_for():
    first = an_operation()
    running = first.model_copy(update={"status": look(first)["backup"]})
    assert phases(running, now=NOW + LOST_AFTER - timedelta(seconds=1)) == {}


def test_an_operation_whose_job_is_gone_is_not_done_again():
    operation = an_operation(phase="Running", started=NOW, job="alpha-operation-1")
    status = look(operation, now=NOW + LOST_AFTER)["backup"]
    assert status.phase == "Failed"
    assert "is gone" in status.message


def test_a_restore_whose_halt_was_released_meanwhile_is_not_used():
    operation = an_operation("Restore", "Running", started=NOW, restore=RESTORE)
    status = look(operation, children=[a_job(operation, "Complete")])["restore"]
    assert status.phase == "Failed"
    assert "not used" in status.message


def test_a_restore_that_is_complete_during_a_halt_has_succeeded():
    operation = an_operation("Restore", "Running", started=NOW, restore=RESTORE)
    job = a_job(operation, "Complete")
    assert phases(operation, children=[job], halts=(A_HALT,)) == {"restore": "Succeeded"}


def test_what_says_nothing_new_is_not_written():
    operation = an_operation(phase="Running", started=NOW)
    (status,) = look(operation, children=[a_job(operation)]).values()
    known = operation.model_copy(update={"status": status})
    assert look(known, children=[a_job(operation)], now=NOW + timedelta(minutes=1)) == {}


ROTATION = an_operation("RotateCredentials", "Running", started=NOW)
BEFORE, AFTER = "2026-08-01T09:59:59Z", "2026-08-01T10:00:00Z"


@pytest.mark.parametrize(
    "children",
    [
        [a_secret()],
        [a_secret(BEFORE)],
        [a_secret(AFTER, ready="False")],
        [a_secret(AFTER), child("Deployment", "alpha-risk-api", spec={"replicas": 1})],
    ],
    ids=["never fetched", "not fetched since", "not synced", "not rolled out"],
)
def test_a_rotation_runs_until_all_is_fetched_and_every_workload_is_ready(children):
    assert phases(ROTATION, children=children) == {"rotatecredentials": "Running"}


def test_a_rotation_has_succeeded_when_all_is_fetched_anew():
    assert phases(ROTATION, children=[a_secret(AFTER)]) == {"rotatecredentials": "Succeeded"}


def test_a_rotation_minds_only_what_belongs_to_the_stack():
    foreign = a_secret(BEFORE, owner_uid="somebody-else")
    assert phases(ROTATION, children=[foreign]) == {"rotatecredentials": "Succeeded"}


def test_a_rotation_that_takes_too_long_has_failed_and_names_what_lags():
    late = NOW + ROTATION_TAKES + timedelta(seconds=1)
    status = look(ROTATION, children=[a_secret(BEFORE)], now=late)["rotatecredentials"]
    assert status.phase == "Failed"
    assert "ExternalSecret/alpha-cache" in status.message


def test_a_running_operation_without_a_start_counts_from_when_it_was_asked_for():
    operation = an_operation(phase="Running")
    assert phases(operation, now=ASKED + LOST_AFTER) == {"backup": "Failed"}
