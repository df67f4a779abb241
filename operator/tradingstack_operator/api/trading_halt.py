"""TradingHalt: while one exists, its stack does not trade."""

from typing import Annotated, Literal

from pydantic import Field, WrapValidator

from tradingstack_operator.api.base import ApiModel
from tradingstack_operator.api.metadata import ObjectMeta
from tradingstack_operator.api.scalars import StackName
from tradingstack_operator.api.status import ObjectStatus, readable_or_none


class TradingHaltSpec(ApiModel):
    """Who stopped what, and why. It never changes."""

    stack: StackName
    """The TradingStack of this namespace."""
    reason: Annotated[str, Field(min_length=1, max_length=256)]
    """Why trading stops, for whoever has to release it."""
    requested_by: Annotated[str, Field(min_length=1, max_length=253)]
    """Your own user name, as the API server knows it."""


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
    status: Annotated[ObjectStatus | None, WrapValidator(readable_or_none)] = None
    """What the operator found."""
