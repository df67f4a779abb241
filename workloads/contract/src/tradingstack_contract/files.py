"""The files every workload reads: what the stack is, and what must stop it."""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, PlainSerializer

from tradingstack_contract.base import ContractFile, ContractModel


class Environment(StrEnum):
    PRODUCTION = "production"
    STAGING = "staging"
    DEVELOPMENT = "development"


class OnUnknown(StrEnum):
    """What a workload does when it cannot learn whether trading is halted."""

    HALT = "Halt"
    CONTINUE = "Continue"


def _exact(value: object) -> Decimal:
    match value:
        case Decimal():
            return value
        case str() if re.fullmatch(r"[0-9]{1,18}(\.[0-9]{1,18})?", value):
            return Decimal(value)
        case _:
            raise ValueError("must be digits in quotes: a YAML number loses some")


def _plain(value: Decimal) -> str:
    """Write a decimal without exponent or trailing zeros, so that equal values are equal text."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


Threshold = Annotated[
    Decimal,
    BeforeValidator(_exact),
    Field(gt=0, allow_inf_nan=False),
    PlainSerializer(_plain, return_type=str),
]
"""An exact positive number, a string in the file."""


class Endpoint(ContractModel):
    """Where a component listens."""

    host: str = Field(min_length=1)
    port: int = Field(ge=1, le=65535)


class DatabaseEndpoint(Endpoint):
    """Where the database listens; it speaks TLS only."""

    database: str = Field(min_length=1)
    """The name of the database on that server."""
    ssl_mode: Literal["verify-ca", "verify-full"]
    """What of the server's certificate a client checks."""


class BusEndpoint(Endpoint):
    """Where the message bus listens; it speaks TLS only."""

    kind: Literal["NATS", "Kafka"]


class Endpoints(ContractModel):
    """Where the components of the stack listen."""

    database: DatabaseEndpoint
    cache: Endpoint
    bus: BusEndpoint
    features: Endpoint
    risk_api: Endpoint


class Ingestor(ContractModel):
    """What every workload may know of one market-data feed."""

    stale_after_seconds: int = Field(ge=1)
    """How old the newest message may be before the feed counts as stale."""


class System(ContractFile):
    """``system.yaml``: which stack a workload belongs to and where its neighbours are."""

    file_name: ClassVar[str] = "system.yaml"

    stack: str = Field(min_length=1)
    namespace: str = Field(min_length=1)
    environment: Environment
    simulation: bool
    """True when orders must never reach a venue."""
    endpoints: Endpoints
    ingestors: Mapping[str, Ingestor] = {}
    readiness_depends_on: tuple[str, ...] = ()
    """The components whose failure makes the risk API unready."""


class KillSwitch(ContractFile):
    """``kill-switch.yaml``: the policy of the kill switch, never the state of a halt.

    A mounted file takes a minute to change, so a halt does not travel this way. A workload that
    cannot read this file is halted.
    """

    file_name: ClassVar[str] = "kill-switch.yaml"

    enabled: bool
    on_unknown: OnUnknown
    network_cut_after_seconds: int = Field(ge=0)
    """How long after a halt the routes to trading partners close; 0 keeps them open."""


class CircuitBreakers(ContractFile):
    """``circuit-breakers.yaml``: the threshold of every breaker that is armed.

    A breaker that is not listed is off, and a workload that cannot read this file is halted.
    """

    file_name: ClassVar[str] = "circuit-breakers.yaml"

    breakers: Mapping[str, Threshold]


class SigningKey(ContractModel):
    """One public key of the cluster, as RFC 7517 writes it; a private part is refused."""

    kid: str = Field(min_length=1)
    kty: Literal["RSA", "EC"]
    alg: Literal["RS256", "ES256", "ES384", "ES512"]
    n: str | None = None
    """Of RSA: the modulus."""
    e: str | None = None
    """Of RSA: the exponent."""
    crv: str | None = None
    """Of EC: the curve."""
    x: str | None = None
    y: str | None = None


class Relay(ContractFile):
    """``relay.yaml``: by what a risk API replica knows the halt relay.

    A replica that cannot read this file can believe nobody, so it is halted.
    """

    file_name: ClassVar[str] = "relay.yaml"

    issuer: str = Field(min_length=1)
    """Who signs the cluster's ServiceAccount tokens."""
    audience: str = Field(min_length=1)
    """Whom the relay's token is meant for."""
    subject: str = Field(min_length=1)
    """The relay's ServiceAccount, as ``system:serviceaccount:<namespace>:<name>``."""
    keys: tuple[SigningKey, ...] = Field(min_length=1)
    silence_seconds: int = Field(ge=1)
    """How long a replica may trade after it last heard from the relay."""
