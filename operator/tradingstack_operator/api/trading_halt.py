"""TradingHalt: while one exists, its stack does not trade."""

from typing import Annotated, Literal

from pydantic import Field, WrapValidator

from tradingstack_operator.api.base import BY_NAME, ApiModel
from tradingstack_operator.api.metadata import ObjectMeta
from tradingstack_operator.api.scalars import StackName, Timestamp
from tradingstack_operator.api.status import ObjectStatus, readable_or_none


class TradingHaltSpec(ApiModel):
    """Who stopped what, and why. It never changes."""

    stack: StackName
    """The TradingStack of this namespace."""
    reason: Annotated[str, Field(min_length=1, max_length=256)]
    """Why trading stops, for whoever has to release it."""
    requested_by: Annotated[str, Field(min_length=1, max_length=253)]
    """Your own user name, as the API server knows it."""


class ReplicaStatus(ApiModel):
    """One replica of the risk API that obeys the halt."""

    name: Annotated[str, Field(min_length=1, max_length=253)]
    """The replica's pod."""
    acknowledged_at: Timestamp
    """When it first said so."""


class HaltStatus(ObjectStatus):
    """What the halt relay heard from the risk API."""

    replicas: Annotated[tuple[ReplicaStatus, ...], Field(max_length=1000), BY_NAME] = ()
    """The replicas that obey the halt; each of them does so until it is released."""


class TradingHalt(ApiModel):
    """A stop of all new orders.

    Creating one halts the stack. Deleting it releases the stack, and somebody other than its
    creator must do that.
    """

    api_version: Literal["tradingstack.io/v1alpha1"]
    kind: Literal["TradingHalt"]
    metadata: ObjectMeta
    spec: TradingHaltSpec
    """Who stopped what, and why."""
    status: Annotated[HaltStatus | None, WrapValidator(readable_or_none)] = None
    """What the halt relay heard from the risk API."""
