"""The controls that keep a desk from losing money by accident."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from tradingstack_operator.api.base import BY_NAME, SET, ApiModel
from tradingstack_operator.api.scalars import EXACT, Name

BreakerName = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z][A-Za-z0-9]*$")]
BreakerBound = Annotated[Decimal, Field(gt=0, le=1_000_000_000_000), EXACT]
InsecureFlag = Literal[
    "AllowInsecureTLS",
    "AllowPlaintextSecretFallback",
    "SkipSignatureCheck",
    "AllowStaleMarketData",
    "DisableAuth",
]


class Simulation(ApiModel):
    """Trade on paper."""

    enabled: bool | None = None
    """Let the risk API simulate fills. Never in production, never with orderRouting.
    Default: false."""


class OrderRouting(ApiModel):
    """Where orders may go."""

    partners: Annotated[tuple[Name, ...], Field(min_length=1, max_length=16), SET]
    """Order entry partners, by their names in PlatformPolicy, which holds their addresses."""


class KillSwitch(ApiModel):
    """The switch that stops all new orders."""

    enabled: bool | None = None
    """Obey TradingHalts. Cannot be turned off in production. Default: true."""
    engaged: bool | None = None
    """Halt trading, as a TradingHalt does. Default: false."""
    on_unknown: Literal["Halt", "Continue"] | None = None
    """What the risk API does while it cannot learn whether trading is halted. Default: Halt."""
    network_cut_after_seconds: Annotated[int, Field(ge=0, le=3600)] | None = None
    """Seconds after a halt when order entry partners are also cut off the network, which stops
    cancels as well; 0 never cuts. Default: 0."""


class CircuitBreaker(ApiModel):
    """A limit that halts trading when it is passed."""

    name: BreakerName
    """One of the breakers that PlatformPolicy lists."""
    threshold: BreakerBound
    """Value at which the breaker opens, in the breaker's own unit; at most the platform's max."""
    enabled: bool | None = None
    """Whether it acts. Cannot be turned off in production. Default: true."""


class Safety(ApiModel):
    """Kill switch and circuit breakers; all are active when omitted."""

    kill_switch: KillSwitch | None = None
    """The switch that stops all new orders. Omitted: enabled, with its defaults."""
    circuit_breakers: Annotated[tuple[CircuitBreaker, ...], Field(max_length=32), BY_NAME] = ()
    """Limits of this stack. A breaker that is not listed acts at the platform's max."""
