"""How far each StackOperation is: one at a time, in the order they were asked for, each once.

An operation whose guard is not met is rejected for good. What merely has to wait its turn waits an
hour at most, whoever was down meanwhile: nothing starts when nobody expects it any more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from tradingstack_operator.api.stack_operation import (
    FINAL,
    LONGEST_NEWS,
    OperationStatus,
    Phase,
    StackOperation,
)
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.model.components import OPERATION
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.health import condition, health
from tradingstack_operator.model.kinds import EXTERNAL_SECRET, JOB, WORKLOAD_KINDS
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.model.observed import Child
from tradingstack_operator.model.operations import created_at, job_name

PATIENCE: Final = timedelta(hours=1)
"""How long an operation may wait before it runs."""
LOST_AFTER: Final = timedelta(minutes=2)
"""How long after the start a Job that is not seen counts as gone: longer than any cache lags."""
ROTATION_TAKES: Final = timedelta(minutes=30)
"""How long new credentials may take to reach every pod."""
BEGUN: Final = "It has begun."


class Step(NamedTuple):
    """One operation and what its status has to become."""

    operation: StackOperation
    status: OperationStatus


@dataclass(frozen=True, slots=True)
class Scene:
    """What the operations of a stack are judged by."""

    stack: TradingStack
    facts: Facts
    children: Mapping[ObjectRef, Child]
    refusals: Mapping[str, str]
    """Why an operation cannot be done to this stack at all, by its name."""
    now: datetime


def next_steps(scene: Scene) -> tuple[Step, ...]:
    """List the operations whose status changes."""
    return tuple(_steps(scene))


def _steps(scene: Scene) -> Iterator[Step]:
    ahead = ""
    for operation in scene.facts.operations:
        if operation.finished:
            continue
        status = _status(scene, operation, *_progress(scene, operation, ahead))
        if status != operation.status:
            yield Step(operation, status)
        if status.phase not in FINAL:
            ahead = ahead or operation.metadata.name


def _status(scene: Scene, operation: StackOperation, phase: Phase, message: str) -> OperationStatus:
    before = operation.status or OperationStatus()
    now = scene.now.astimezone(UTC).replace(microsecond=0)
    name = job_name(scene.stack.metadata.name, operation)
    seen = ObjectRef(JOB.kind, name) in scene.children
    return OperationStatus(
        observed_generation=operation.metadata.generation,
        phase=phase,
        message=message[:LONGEST_NEWS],
        started_at=before.started_at or (now if phase == "Running" else None),
        completed_at=now if phase in FINAL else None,
        job=name if seen else before.job,
    )


def _progress(scene: Scene, operation: StackOperation, ahead: str) -> tuple[Phase, str]:
    if operation.phase == "Running":
        return _outcome(scene, operation)
    refusal = scene.refusals.get(operation.metadata.name) or _unguarded(scene, operation)
    if refusal:
        return "Rejected", refusal
    wait = _wait(scene, ahead)
    if scene.now - created_at(operation) > PATIENCE:
        last = f": it {wait}" if wait else ""
        return "Rejected", f"It could not begin within an hour{last}. Create another one."
    return ("Pending", f"It {wait}.") if wait else ("Running", BEGUN)


def _unguarded(scene: Scene, operation: StackOperation) -> str:
    """Say which guard of an operation is not met; empty when all are."""
    asked, ours = operation.spec.stack, scene.stack.metadata.name
    if asked != ours:
        return f"There is no TradingStack {asked} in this namespace: create one for {ours}"
    if operation.spec.type == "Restore" and scene.stack.production and not scene.facts.halts:
        return "A restore in production needs an active TradingHalt: halt the stack, create another"
    return ""


def _wait(scene: Scene, ahead: str) -> str:
    """Say what an operation has to wait for; empty when it is its turn."""
    if ahead:
        return f"waits for StackOperation {ahead}, which was asked for earlier"
    if scene.stack.spec.paused:
        return "waits because the stack is paused; set spec.paused to false"
    if scene.facts.freeze(scene.stack):
        return "waits because a guard of the stack is broken; see InvariantsHeld of the stack"
    for ref, child in sorted(scene.children.items()):
        if child.component == OPERATION and ref.kind == EXTERNAL_SECRET.kind:
            verdict = health(child)
            if not verdict.ready:
                return f"waits for {ref}, which {verdict.message}"
    return ""


def _outcome(scene: Scene, operation: StackOperation) -> tuple[Phase, str]:
    if operation.spec.type == "RotateCredentials":
        return _rotation(scene, operation)
    name = job_name(scene.stack.metadata.name, operation)
    job = scene.children.get(ObjectRef(JOB.kind, name))
    if job is None:
        lost = _age(scene, operation) >= LOST_AFTER
        text = f"Job {name} is gone, and with it whether it did its work: look at the data"
        return ("Failed", text) if lost else ("Running", BEGUN)
    if condition(job, "Failed").get("status") == "True":
        return "Failed", f"Job {name} {health(job).message}: read the logs of its pods"
    if not health(job).ready:
        return "Running", f"Job {name} is at work."
    if _unguarded(scene, operation):
        text = "The halt was released meanwhile, so the restored volume is kept but not used"
        return "Failed", f"{text}: halt the stack, create another"
    return "Succeeded", f"Job {name} is complete."


def _rotation(scene: Scene, operation: StackOperation) -> tuple[Phase, str]:
    """Follow the credentials from the store to the pods; the plan itself carries them there."""
    wait = _unrotated(scene, operation)
    if not wait:
        return "Succeeded", "Every credential was fetched anew, and every workload is ready."
    if _age(scene, operation) > ROTATION_TAKES:
        return "Failed", f"It {wait}: repair that, then create another"
    return "Running", f"It {wait}."


def _unrotated(scene: Scene, operation: StackOperation) -> str:
    started = _started(operation)
    for ref, child in sorted(scene.children.items()):
        if child.owner_uid != scene.stack.metadata.uid:
            continue
        if ref.kind == EXTERNAL_SECRET.kind:
            fetched = child.status.get("refreshTime")
            if not fetched or datetime.fromisoformat(fetched) < started:
                return f"waits for {ref} to be fetched anew"
        if ref.kind in WORKLOAD_KINDS | {EXTERNAL_SECRET.kind} and not health(child).ready:
            return f"waits for {ref}, which {health(child).message}"
    return ""


def _started(operation: StackOperation) -> datetime:
    noted = operation.status.started_at if operation.status else None
    return noted or created_at(operation)


def _age(scene: Scene, operation: StackOperation) -> timedelta:
    return scene.now - _started(operation)
