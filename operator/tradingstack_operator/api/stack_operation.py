"""StackOperation: something to be done to a stack once."""

from typing import Annotated, Literal

from pydantic import WrapValidator

from tradingstack_operator.api.base import ApiModel
from tradingstack_operator.api.metadata import ObjectMeta
from tradingstack_operator.api.scalars import StackName, Timestamp
from tradingstack_operator.api.status import ObjectStatus, readable_or_none


class Restore(ApiModel):
    """What to restore, and to when."""

    component: Literal["database", "cache", "features"]
    """The component to restore."""
    target_time: Timestamp | None = None
    """Moment to return to. Omitted: the latest one that can be restored."""
    into: Literal["NewVolume", "InPlace"] | None = None
    """Restore beside the present data, or over it. Default: NewVolume."""
    confirm: StackName
    """The stack's name once more, so that no restore happens by accident."""


class StackOperationSpec(ApiModel):
    """What to do. It never changes."""

    stack: StackName
    """The TradingStack of this namespace."""
    type: Literal["Backup", "Restore", "Drill", "RotateCredentials", "Switchover"]
    """What to do."""
    restore: Restore | None = None
    """What to restore; given with type Restore and only then."""


class StackOperation(ApiModel):
    """Something to be done to a stack once. Finished ones stay as the audit trail."""

    api_version: Literal["tradingstack.io/v1alpha1"]
    kind: Literal["StackOperation"]
    metadata: ObjectMeta
    spec: StackOperationSpec
    """What to do."""
    status: Annotated[ObjectStatus | None, WrapValidator(readable_or_none)] = None
    """How far it got."""
