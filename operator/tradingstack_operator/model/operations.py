"""What the StackOperations of a namespace mean for its stack."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from tradingstack_operator.api.stack_operation import OperationType, Phase, StackOperation
from tradingstack_operator.model.components import OPERATION

DEFAULT_DRILL_SCHEDULE: Final = "0 4 1 */3 *"
"""Once a quarter, in UTC."""
DEFAULT_DRILL_MAX_AGE_DAYS: Final = 92
"""A quarter and no day more."""
UNIQUE: Final = 8
"""Characters of an operation's UID that tell what it made from what others made."""


def in_order(operations: Iterable[StackOperation]) -> tuple[StackOperation, ...]:
    """Sort operations by when they were asked for."""
    return tuple(sorted(operations, key=lambda one: (created_at(one), one.metadata.name)))


def created_at(operation: StackOperation) -> datetime:
    """Tell when an operation was asked for.

    Raises ``ValueError`` for one that no API server has stored.
    """
    if operation.metadata.creation_timestamp is None:
        raise ValueError(f"StackOperation {operation.metadata.name} was never stored")
    return operation.metadata.creation_timestamp


def completed_at(operation: StackOperation) -> datetime:
    """Tell when an operation reached its final phase; when it was asked for if nobody noted it."""
    noted = operation.status.completed_at if operation.status else None
    return noted or created_at(operation)


def mark_of(operation: StackOperation) -> str:
    """Give the ending of the names of what an operation makes."""
    return operation.metadata.uid[:UNIQUE]


def job_name(stack: str, operation: StackOperation) -> str:
    return f"{stack}-{OPERATION}-{mark_of(operation)}"


def newest(
    operations: Iterable[StackOperation], kind: OperationType, *phases: Phase
) -> StackOperation | None:
    """Find the operation of a type that was the last to reach one of these final phases."""
    found = (one for one in operations if one.spec.type == kind and one.phase in phases)
    return max(found, key=lambda one: (completed_at(one), one.metadata.name), default=None)


def restored(operations: Iterable[StackOperation], component: str) -> StackOperation | None:
    """Find the restore that a component's present data come from; None: they are its own."""
    of_it = (
        one
        for one in operations
        if one.spec.restore is not None and one.spec.restore.component == component
    )
    return newest(of_it, "Restore", "Succeeded")
