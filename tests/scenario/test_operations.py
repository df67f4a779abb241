"""What is asked for once is done once, in turn, and leaves its trace."""

import time
from datetime import UTC, datetime

import pytest

from tests.scenario.operators import running
from tests.scenario.stage import KEY, named
from tests.support import stacks
from tradingstack_operator.model.kinds import (
    DEPLOYMENT,
    JOB,
    STACK_OPERATION,
    STATEFUL_SET,
    TRADING_HALT,
    VOLUME_CLAIM,
)

HALT = {
    "metadata": {"namespace": stacks.NAMESPACE, "name": "restore"},
    "spec": {"stack": "alpha", "reason": "a restore", "requestedBy": "trader"},
}
RESTORE = {"restore": {"component": "database", "confirm": "alpha"}}
NEW_IMAGE = f"registry.example/risk-api:2{stacks.DIGEST}"
RISK_API = (stacks.NAMESPACE, "alpha-risk-api")


def ask(server, kind, name="asked", **spec):
    body = {
        "metadata": {"namespace": stacks.NAMESPACE, "name": name},
        "spec": {"stack": "alpha", "type": kind, **spec},
    }
    return server.cluster.create(STACK_OPERATION, body)


def status(server, name="asked"):
    found = server.cluster.find(STACK_OPERATION, (stacks.NAMESPACE, name)) or {}
    return found.get("status", {})


async def until_phase(server, phase, name="asked"):
    await server.until(lambda: status(server, name).get("phase") == phase)
    return status(server, name)


def jobs(server):
    """Name the Jobs of operations."""
    return {name for name in server.names(JOB) if name.startswith("Job/alpha-operation-")}


def data_claim(server):
    server_set = server.cluster.get(STATEFUL_SET, (stacks.NAMESPACE, "alpha-database"))
    volumes = server_set["spec"]["template"]["spec"]["volumes"]
    (claim,) = (it["persistentVolumeClaim"] for it in volumes if it["name"] == "data")
    return claim["claimName"]


async def test_an_operation_is_done_and_says_so(server, ready):
    ask(server, "Backup")
    told = await until_phase(server, "Succeeded")
    assert {f"Job/{told['job']}"} == jobs(server)
    assert told["startedAt"] <= told["completedAt"]
    await ready.rest()


async def test_an_operation_that_is_done_is_not_done_again_when_its_job_goes(server, ready):
    ask(server, "Backup")
    job = (await until_phase(server, "Succeeded"))["job"]
    await ready.rest()
    server.cluster.delete(JOB, (stacks.NAMESPACE, job))
    await ready.look()
    assert jobs(server) == set()


async def test_another_operator_does_nothing_again(server, ready, credentials):
    ask(server, "Backup")
    await until_phase(server, "Succeeded")
    await ready.rest()
    await ready.stop()
    mark = server.mark()
    async with running(server, credentials, "operator-1") as successor:
        await successor.rest()
    assert [call for call in named(server.log(mark)) if "Job/" in call] == []


async def test_an_operator_that_is_killed_after_the_start_leaves_the_job_to_its_successor(
    server, ready, credentials
):
    server.cluster.after_write.append(
        lambda change: (
            server.stop_accepting()
            if change.resource.kind == STACK_OPERATION
            and change.last.body.get("status", {}).get("phase") == "Running"
            else None
        )
    )
    ask(server, "Backup")
    await until_phase(server, "Running")
    await ready.stop()
    server.cluster.after_write.pop()
    await server.resume()
    async with running(server, credentials, "operator-1") as successor:
        await until_phase(server, "Succeeded")
        await successor.rest()
    assert len(jobs(server)) == 1


async def test_a_restore_without_a_halt_is_rejected_and_touches_nothing(server, ready):
    mark = server.mark()
    ask(server, "Restore", **RESTORE)
    told = await until_phase(server, "Rejected")
    assert "TradingHalt" in told["message"]
    await ready.rest()
    server.cluster.create(TRADING_HALT, HALT)
    await ready.rest()
    kinds = {call.kind for call in server.log(mark)}
    assert kinds <= {"StackOperation", "TradingStack", "Event"}


async def test_a_restore_during_a_halt_moves_the_database_to_a_new_volume(server, ready):
    server.cluster.create(TRADING_HALT, HALT)
    before = data_claim(server)
    ask(server, "Restore", **RESTORE)
    await until_phase(server, "Succeeded")
    await server.until(lambda: data_claim(server) != before)
    await ready.rest()
    claims = server.names(VOLUME_CLAIM)
    assert claims >= {
        f"PersistentVolumeClaim/{before}",
        f"PersistentVolumeClaim/{data_claim(server)}",
    }


async def test_operations_are_done_one_after_the_other(server, ready):
    phases = []
    server.cluster.after_write.append(
        lambda change: (
            phases.append((change.last.body["metadata"]["name"], change.last.body["status"]))
            if change.resource.kind == STACK_OPERATION and change.last.body.get("status")
            else None
        )
    )
    ask(server, "Backup", "first")
    ask(server, "Drill", "second")
    await until_phase(server, "Succeeded", "second")
    await ready.rest()
    running_now = set()
    for name, told in phases:
        if told["phase"] == "Running":
            running_now.add(name)
        elif told["phase"] == "Succeeded":
            running_now.discard(name)
        assert len(running_now) <= 1


async def test_a_drill_that_has_passed_is_proof(server, ready):
    assert server.condition("RestoreVerified")["reason"] == "NeverRun"
    ask(server, "Drill")
    await until_phase(server, "Succeeded")
    told = await server.until_condition("RestoreVerified", "True", "Verified")
    assert "asked" in told["message"]
    assert server.stack()["status"]["lastDrillTime"] == status(server)["completedAt"]
    await ready.rest()


@pytest.fixture
def closed():
    """Write windows of which none opens today or tomorrow."""
    day = datetime.fromtimestamp(time.time() + 3 * 86400, UTC).strftime("%a")
    return {"windows": [{"days": [day], "start": "00:00", "minutes": 60}]}


async def test_a_restart_waits_for_its_window_and_goes_when_there_is_none(server, ready, closed):
    server.apply_stack(spec={"maintenance": closed})
    await ready.rest()
    server.apply_stack(spec={"maintenance": closed, "riskApi": {"image": NEW_IMAGE}})
    told = await server.until_condition("Reconciling", "True", "WaitingForWindow")
    assert "Deployment/alpha-risk-api" in told["message"]
    await ready.rest()
    assert image(server) != NEW_IMAGE
    assert server.condition("Ready")["status"] == "True"
    (pending,) = server.stack()["status"]["pendingRestarts"]
    assert pending["name"] == "Deployment/alpha-risk-api"
    server.apply_stack(spec={"maintenance": None, "riskApi": {"image": NEW_IMAGE}})
    await server.until(lambda: image(server) == NEW_IMAGE)
    await ready.rest()
    assert "pendingRestarts" not in server.stack(KEY)["status"]


def image(server):
    (container,) = server.cluster.get(DEPLOYMENT, RISK_API)["spec"]["template"]["spec"][
        "containers"
    ]
    return container["image"]
