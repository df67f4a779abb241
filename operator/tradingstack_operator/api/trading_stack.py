"""TradingStack: one trading desk's risk platform."""

from typing import Annotated, Literal

from pydantic import Field, WrapValidator

from tradingstack_operator.api.base import BY_NAME, SET, ApiModel
from tradingstack_operator.api.components import Bus, Cache, Features
from tradingstack_operator.api.credentials import Secrets
from tradingstack_operator.api.database import Database
from tradingstack_operator.api.metadata import ObjectMeta
from tradingstack_operator.api.observability import Observability
from tradingstack_operator.api.operations import Drills, Maintenance
from tradingstack_operator.api.safety import InsecureFlag, OrderRouting, Safety, Simulation
from tradingstack_operator.api.scalars import Environment
from tradingstack_operator.api.status import StackStatus, readable_or_none
from tradingstack_operator.api.workloads import Ingestor, RiskApi


class TradingStackSpec(ApiModel):
    """What the desk wants."""

    environment: Environment
    """Environment of the stack; equal to the namespace's label tradingstack.io/environment and
    fixed at creation."""
    paused: bool | None = None
    """Stop applying changes; halts, the watchdog and status go on. Default: false."""
    deletion_policy: Literal["Retain", "Delete"] | None = None
    """What happens to volumes and buckets when the stack is deleted. Delete is refused in
    production. Default: Retain."""
    sizing: Literal["small", "medium", "large"] | None = None
    """Compute of all components; each one's resources override it. Default: medium."""
    simulation: Simulation | None = None
    """Trade on paper. Omitted: off."""
    order_routing: OrderRouting | None = None
    """Where orders may go. Omitted: nowhere."""
    insecure_flags: Annotated[tuple[InsecureFlag, ...], Field(max_length=5), SET] = ()
    """Protections to switch off while developing; must be empty in production."""
    secrets: Secrets
    """Where credentials come from."""
    database: Database
    """TimescaleDB."""
    cache: Cache
    """Redis."""
    bus: Bus
    """The message bus."""
    features: Features
    """The feature store."""
    ingestors: Annotated[tuple[Ingestor, ...], Field(max_length=32), BY_NAME] = ()
    """Programs that bring data into the stack."""
    risk_api: RiskApi
    """The service that checks orders."""
    safety: Safety | None = None
    """Kill switch and circuit breakers. Omitted: all active."""
    drills: Drills | None = None
    """Recovery drills. Omitted: all of them, quarterly."""
    maintenance: Maintenance | None = None
    """When disruptive changes may happen. Omitted: at any time."""
    observability: Observability | None = None
    """How the stack is watched."""


class TradingStack(ApiModel):
    """A trading desk's risk platform: database, cache, bus, features, ingestors and risk API.

    A namespace holds one of them.
    """

    api_version: Literal["tradingstack.io/v1alpha1"]
    kind: Literal["TradingStack"]
    metadata: ObjectMeta
    spec: TradingStackSpec
    """What the desk wants."""
    status: Annotated[StackStatus | None, WrapValidator(readable_or_none)] = None
    """What the operator found."""

    @property
    def production(self) -> bool:
        return self.spec.environment == "production"

    @property
    def simulated(self) -> bool:
        return bool(self.spec.simulation and self.spec.simulation.enabled)
