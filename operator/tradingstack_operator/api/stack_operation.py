"""StackOperation: something to be done to a stack once."""

from typing import Annotated, Final, Literal

from pydantic import Field, WrapValidator

from tradingstack_operator.api.base import ApiModel
from tradingstack_operator.api.metadata import ObjectMeta
from tradingstack_operator.api.operations import DrillKinds
from tradingstack_operator.api.scalars import StackName, Timestamp
from tradingstack_operator.api.status import ObjectStatus, readable_or_none

OperationType = Literal["Backup", "Restore", "Drill", "RotateCredentials", "Switchover"]
Phase = Literal["Pending", "Running", "Succeeded", "Failed", "Rejected"]
FINAL: Final[frozenset[Phase]] = frozenset({"Succeeded", "Failed", "Rejected"})
LONGEST_NEWS: Final = 1024
"""Characters of an operation's message."""


class Restore(ApiModel):
    """What to restore, and to when. It goes into a new volume; the old one stays as it was."""

    component: Literal["database", "cache", "features"]
    """The component to restore."""
    target_time: Timestamp | None = None
    """Moment to return to. Omitted: the latest one that can be restored."""
    into: Literal["NewVolume"] | None = None
    """Where the data goes: always into a new volume, never over the present one."""
    confirm: StackName
    """The stack's name once more, so that no restore happens by accident."""


class Drill(ApiModel):
    """Which recoveries to exercise."""

    include: DrillKinds | None = None
    """The drills to run. Omitted: those of the stack's spec.drills."""


class StackOperationSpec(ApiModel):
    """What to do. It never changes."""

    stack: StackName
    """The TradingStack of this namespace."""
    type: OperationType
    """What to do."""
    restore: Restore | None = None
    """What to restore; given with type Restore and only then."""
    drill: Drill | None = None
    """What to exercise; given with type Drill only."""


class OperationStatus(ObjectStatus):
    """How far an operation got."""

    phase: Phase | None = None
    """Pending: it waits for its turn. Running. Succeeded, Failed: it was done, once. Rejected: it
    was not begun and never will be."""
    message: Annotated[str, Field(max_length=LONGEST_NEWS)] = ""
    """What it waits for, what came of it, or why not and what to do next."""
    started_at: Timestamp | None = None
    """When it began to run."""
    completed_at: Timestamp | None = None
    """When it reached its final phase."""
    job: Annotated[str, Field(max_length=63)] = ""
    """The Job that does it; its pods' logs tell more. It goes a week after it has finished."""


class StackOperation(ApiModel):
    """Something to be done to a stack once. Finished ones stay as the audit trail."""

    api_version: Literal["tradingstack.io/v1alpha1"]
    kind: Literal["StackOperation"]
    metadata: ObjectMeta
    spec: StackOperationSpec
    """What to do."""
    status: Annotated[OperationStatus | None, WrapValidator(readable_or_none)] = None
    """How far it got."""

    @property
    def phase(self) -> Phase | None:
        """None before the operator has seen it."""
        return self.status.phase if self.status else None

    @property
    def finished(self) -> bool:
        return self.phase in FINAL
