"""The Jobs of StackOperations: what each does to a stack, or why it cannot be done to it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tradingstack_operator.api.stack_operation import OperationType, StackOperation
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import parts
from tradingstack_operator.desired.drills import drill_kinds, drill_template
from tradingstack_operator.desired.recovery import can_restore, restore_objects
from tradingstack_operator.model.components import BACKUP, CACHE, DATABASE, OPERATION, REGISTRY
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import CRON_JOB, EXTERNAL_SECRET, JOB
from tradingstack_operator.model.objects import Manifest, component_of
from tradingstack_operator.model.operations import job_name

DEADLINE: Final = 4 * 3600
"""Seconds an operation may take; a database of 100 GB is restored in half an hour."""
KEPT_FOR: Final = 7 * 24 * 3600
"""Seconds for which a finished Job and the logs of its pods stay."""

Template = dict[str, Any]
"""The pod of a Job, with its metadata."""


@dataclass(frozen=True, slots=True)
class Work:
    """What an operation comes to for one stack."""

    template: Template | None = None
    """The pod that does it; None when the operator does it by itself."""
    refusal: str = ""
    """Why it cannot be done, and what to do instead."""
    needs: tuple[Manifest, ...] = ()
    """What has to be there for that pod."""


def launched(stack: TradingStack, facts: Facts, others: Sequence[Manifest]) -> Iterable[Manifest]:
    """Render the Job of the operation that has begun and whose Job was not seen yet.

    From then on it is not wished for any more: it must not be made again when it is gone.
    ``others`` are the stack's other objects: some operations run what a schedule runs.
    """
    for operation in facts.operations:
        if operation.phase == "Running" and operation.status and not operation.status.job:
            work = work_of(stack, facts, operation, others)
            yield from work.needs
            if work.template is not None:
                yield operation_job(stack, operation, work.template)


def operation_job(stack: TradingStack, operation: StackOperation, template: Template) -> Manifest:
    return {
        **parts.head(JOB, stack, job_name(stack.metadata.name, operation), OPERATION),
        "spec": {
            # what has begun and failed is looked at by somebody before it is tried again
            "backoffLimit": 0,
            "activeDeadlineSeconds": DEADLINE,
            "ttlSecondsAfterFinished": KEPT_FOR,
            "template": template,
        },
    }


def refusals(stack: TradingStack, facts: Facts, others: Sequence[Manifest]) -> dict[str, str]:
    """Say which unfinished operations cannot be done to this stack, and why, by their names."""
    return {
        operation.metadata.name: why
        for operation in facts.operations
        if not operation.finished
        if (why := work_of(stack, facts, operation, others).refusal)
    }


def work_of(
    stack: TradingStack, facts: Facts, operation: StackOperation, others: Sequence[Manifest]
) -> Work:
    return _WORKS[operation.spec.type](stack, facts, operation, others)


def _backup(
    stack: TradingStack, facts: Facts, operation: StackOperation, others: Sequence[Manifest]
) -> Work:
    del facts, operation
    return _copy(others, CRON_JOB.kind, BACKUP, _NO_BACKUP[stack.spec.database.provider])


def _restore(
    stack: TradingStack, facts: Facts, operation: StackOperation, others: Sequence[Manifest]
) -> Work:
    restore = operation.spec.restore
    if restore is None:
        return Work(refusal="It does not say what to restore: give spec.restore")
    if restore.component == CACHE:
        return Work(refusal=_NO_CACHE_RESTORE)
    if restore.component == DATABASE:
        if not can_restore(stack):
            return Work(refusal=_NO_RESTORE[stack.spec.database.provider])
        template, claim = restore_objects(stack, facts, operation)
        return Work(template, needs=(claim,))
    if restore.target_time is not None:
        return Work(refusal=_NO_PAST_FEATURES)
    return _copy(others, JOB.kind, REGISTRY, _NO_FEATURES)


def _drill(
    stack: TradingStack, facts: Facts, operation: StackOperation, others: Sequence[Manifest]
) -> Work:
    del others
    kinds = drill_kinds(stack, operation)
    return Work(drill_template(stack, facts, kinds)) if kinds else Work(refusal=_NO_DRILL)


def _rotation(
    stack: TradingStack, facts: Facts, operation: StackOperation, others: Sequence[Manifest]
) -> Work:
    del stack, facts, operation
    fetched = any(item["kind"] == EXTERNAL_SECRET.kind for item in others)
    return Work(refusal="" if fetched else _NO_CREDENTIALS)


def _switchover(
    stack: TradingStack, facts: Facts, operation: StackOperation, others: Sequence[Manifest]
) -> Work:
    del facts, operation, others
    return Work(refusal=_NO_SWITCHOVER[stack.spec.database.provider])


_Describe = Callable[[TradingStack, Facts, StackOperation, Sequence[Manifest]], Work]
_WORKS: Final[Mapping[OperationType, _Describe]] = {
    "Backup": _backup,
    "Restore": _restore,
    "Drill": _drill,
    "RotateCredentials": _rotation,
    "Switchover": _switchover,
}


def _copy(others: Iterable[Manifest], kind: str, component: str, refusal: str) -> Work:
    """Do once more what another object of the stack does once or by the clock."""
    for item in others:
        if item["kind"] == kind and component_of(item) == component:
            spec = item["spec"]["jobTemplate"]["spec"] if kind == CRON_JOB.kind else item["spec"]
            return Work(spec["template"])
    return Work(refusal=refusal)


_NO_BACKUP: Final = {
    "Builtin": "The database takes no backups: set spec.database.backup",
    "CloudNativePG": "CloudNativePG takes the backups: create a Backup of its Cluster instead",
    "External": "The database is somebody else's, and so are its backups: ask whoever runs it",
}
_NO_RESTORE: Final = {
    "Builtin": "The database has no backups to restore from: set spec.database.backup first",
    "CloudNativePG": (
        "CloudNativePG restores into a Cluster of its own: create one with bootstrap.recovery from"
        " the stack's ObjectStore"
    ),
    "External": "The database is somebody else's: ask whoever runs it to restore it",
}
_NO_SWITCHOVER: Final = {
    "Builtin": (
        "The database has a single instance, so there is nothing to switch to: provider"
        " CloudNativePG has replicas"
    ),
    "CloudNativePG": (
        "CloudNativePG chooses its primary and lets nobody do that in a spec: use"
        " kubectl cnpg promote"
    ),
    "External": "The database is somebody else's: ask whoever runs it to switch over",
}
_NO_DRILL: Final = (
    "None of the drills asked for fits the stack: a drill needs spec.database.backup with provider"
    " Builtin, or a Builtin cache that restores its snapshots"
)
_NO_CREDENTIALS: Final = (
    "Every credential is delivered by somebody else, as spec.secrets.existing says: have them"
    " rotate it"
)
_NO_CACHE_RESTORE: Final = (
    "The cache loads its latest snapshot by itself when its volume is empty, and keeps no older"
    " one: delete its volume claim and its pod to have that done now"
)
_NO_FEATURES: Final = "The feature store is somebody else's: ask whoever runs it to restore it"
_NO_PAST_FEATURES: Final = (
    "The registry is written anew from the feature definitions, so there is no moment to return"
    " to: omit restore.targetTime, or restore the database, which holds it"
)
