"""What the operator reports about each kind."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import (
    Field,
    JsonValue,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
)

from tradingstack_operator.api.base import BY_NAME, ApiModel, ListType
from tradingstack_operator.api.scalars import Generation, Timestamp

LONGEST_MESSAGE: Final = 32768
"""Characters of a condition's message; the limit of Kubernetes' own Condition type."""
ConditionStatus = Literal["True", "False", "Unknown"]
_ANY_OBJECT: Final = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
Count = Annotated[int, Field(ge=0, le=1000)]


class Condition(ApiModel):
    """One fact about the object, as the Kubernetes API conventions have it."""

    type: Annotated[str, Field(min_length=1, max_length=63)]
    """Name of the condition."""
    status: ConditionStatus
    """Whether it holds."""
    reason: Annotated[str, Field(min_length=1, max_length=63)]
    """Why, in one word for programs."""
    message: Annotated[str, Field(max_length=LONGEST_MESSAGE)]
    """Why, in a sentence for people."""
    last_transition_time: Timestamp
    """When status last changed."""
    observed_generation: Generation | None = None
    """The metadata.generation that this was found for."""


Conditions = Annotated[tuple[Condition, ...], Field(max_length=40), ListType("map", "type")]


class ObjectStatus(ApiModel):
    """What the operator found."""

    observed_generation: Generation | None = None
    """The metadata.generation that this status is about."""
    conditions: Conditions = ()
    """Findings, one for each question."""


class ComponentStatus(ApiModel):
    """One workload of the stack."""

    name: Annotated[str, Field(min_length=1, max_length=63)]
    """The component, such as cache, risk-api or ingestor-kraken."""
    replicas: Count
    """Pods it should have."""
    ready_replicas: Count
    """Pods that are ready."""
    message: Annotated[str, Field(max_length=256)] | None = None
    """What it is waiting for. Omitted: nothing."""


class ScaleStatus(ApiModel):
    """What the scale subresource shows."""

    replicas: Count
    """Pods that exist."""
    selector: Annotated[str, Field(max_length=512)]
    """Label selector of those pods."""


class StackStatus(ObjectStatus):
    """What the operator found about a stack."""

    components: Annotated[tuple[ComponentStatus, ...], Field(max_length=48), BY_NAME] = ()
    """The stack's workloads."""
    risk_api: ScaleStatus | None = None
    """What the scale subresource shows."""
    effective: Annotated[Mapping[str, JsonValue], WithJsonSchema(_ANY_OBJECT)] | None = None
    """The spec in force, with the operator's defaults filled in."""


def readable_or_none(value: object, parse: ValidatorFunctionWrapHandler) -> object:
    """Take a status that this version cannot read for none: it is about to be rewritten."""
    try:
        return parse(value)
    except ValidationError:
        return None
