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
from tradingstack_operator.api.scalars import Generation, Port, Timestamp

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


class EndpointStatus(ApiModel):
    """Where a component listens, whoever runs it."""

    name: Annotated[str, Field(min_length=1, max_length=63)]
    """The component, such as database or bus."""
    host: Annotated[str, Field(min_length=1, max_length=253)]
    """DNS name in the stack's namespace, or the address that the spec gives."""
    port: Port
    """TCP port."""
    database: Annotated[str, Field(max_length=63)] = ""
    """Name of the database on the server."""
    tls_mode: Annotated[str, Field(max_length=16)] = ""
    """How clients check the server's certificate, as libpq's sslmode names it."""
    secret: Annotated[str, Field(max_length=253)] = ""
    """Secret that holds the risk API's own credential for it, and the certificate authority."""


class PendingRestart(ApiModel):
    """A workload that runs what an earlier spec or operator wanted, until a window opens."""

    name: Annotated[str, Field(min_length=1, max_length=253)]
    """The workload, such as Deployment/alpha-risk-api."""
    since: Timestamp
    """When it was held back first."""
    not_before: Timestamp | None = None
    """When the next maintenance window opens."""


class CredentialEntry(ApiModel):
    """One entry of the stack's folder in the secret store."""

    name: Annotated[str, Field(min_length=1, max_length=253)]
    """Name of the entry below spec.secrets.pathPrefix."""
    version: Generation
    """Version of its value."""
    created_at: Timestamp
    """When that version was written."""


class CredentialTransition(ApiModel):
    """Something that happened to a credential."""

    time: Timestamp
    """When the operator noticed."""
    name: Annotated[str, Field(min_length=1, max_length=253)]
    """The entry of the store, or the ExternalSecret."""
    what: Literal["Changed", "ChangedOutsideWindow", "Flapping", "SyncFailed", "Synced"]
    """What happened."""
    version: Generation | None = None
    """The entry's new version."""


class CredentialsStatus(ApiModel):
    """What is known of the credentials, without their values."""

    entries: Annotated[tuple[CredentialEntry, ...], Field(max_length=64), BY_NAME] = ()
    """The entries that the stack reads."""
    failing: Annotated[
        tuple[Annotated[str, Field(max_length=253)], ...], Field(max_length=64), ListType("set")
    ] = ()
    """The ExternalSecrets that are not synced."""
    transitions: Annotated[
        tuple[CredentialTransition, ...], Field(max_length=20), ListType("atomic")
    ] = ()
    """What happened last, the newest at the end."""


class StackStatus(ObjectStatus):
    """What the operator found about a stack."""

    components: Annotated[tuple[ComponentStatus, ...], Field(max_length=48), BY_NAME] = ()
    """The stack's workloads."""
    risk_api: ScaleStatus | None = None
    """What the scale subresource shows."""
    effective: Annotated[Mapping[str, JsonValue], WithJsonSchema(_ANY_OBJECT)] | None = None
    """The spec in force, with the operator's defaults filled in."""
    credentials: CredentialsStatus | None = None
    """What is known of the credentials, without their values."""
    endpoints: Annotated[tuple[EndpointStatus, ...], Field(max_length=8), BY_NAME] = ()
    """The connection contract: where each component listens."""
    pending_restarts: Annotated[tuple[PendingRestart, ...], Field(max_length=48), BY_NAME] = ()
    """What waits for a maintenance window."""
    last_backup_time: Timestamp | None = None
    """When the newest base backup was complete."""
    last_drill_time: Timestamp | None = None
    """When a recovery drill passed last."""


def readable_or_none(value: object, parse: ValidatorFunctionWrapHandler) -> object:
    """Take a status that this version cannot read for none: it is about to be rewritten."""
    try:
        return parse(value)
    except ValidationError:
        return None
