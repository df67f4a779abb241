"""PlatformPolicy: the bounds that the platform team sets for every stack."""

from typing import Annotated, Literal

from pydantic import Field, WrapValidator

from tradingstack_operator.api.base import ATOMIC, ATOMIC_BY_NAME, ApiModel
from tradingstack_operator.api.credentials import StoreKind
from tradingstack_operator.api.metadata import ObjectMeta
from tradingstack_operator.api.safety import BreakerBound, BreakerName
from tradingstack_operator.api.scalars import (
    CIDR,
    Environment,
    Host,
    Name,
    Port,
    ServiceAccountUser,
)
from tradingstack_operator.api.status import ObjectStatus, readable_or_none

Environments = Annotated[tuple[Environment, ...], Field(min_length=1, max_length=3), ATOMIC]
CIDRs = Annotated[tuple[CIDR, ...], Field(min_length=1, max_length=8), ATOMIC]
Registry = Annotated[
    str,
    Field(
        min_length=1,
        max_length=253,
        pattern=r"^[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?(/[a-z0-9._-]+)*/$",
    ),
]


class AllowedStore(ApiModel):
    """A secret store that stacks may use."""

    kind: StoreKind
    """Kind of the store object."""
    name: Name
    """Name of the store."""
    environments: Environments
    """Environments whose stacks may use it."""


class BreakerLimit(ApiModel):
    """A circuit breaker that exists, and how far a stack may open it."""

    name: BreakerName
    """Name of the breaker."""
    max: BreakerBound
    """Highest threshold that a stack may set, in the breaker's own unit."""


class EgressProxy(ApiModel):
    """The proxy in front of everything that is reached via Proxy."""

    host: Annotated[str, Field(min_length=1, max_length=39)]
    """Its IP address."""
    port: Port
    """Its TCP port."""


class ObjectStore(ApiModel):
    """An object store that backups may go to."""

    name: Name
    """Name of the store."""
    cidrs: CIDRs
    """Its address ranges in canonical form."""
    port: Port
    """Its TCP port."""


class ExternalService(ApiModel):
    """A database, cache, bus or feature store that somebody runs outside the stacks."""

    name: Name
    """Name of the service."""
    host: Host
    """DNS name or address, as a stack's spec gives it in external.host."""
    cidrs: CIDRs
    """Its address ranges in canonical form."""
    port: Port
    """Its TCP port."""
    environments: Environments
    """Environments whose stacks may use it."""


class ApiServer(ApiModel):
    """How pods reach the API server; only CloudNativePG's need it."""

    cidrs: CIDRs
    """Its address ranges in canonical form, as pods see them after the Service's translation."""
    port: Port
    """Its TCP port."""


class ProbeTarget(ApiModel):
    """An address that answers on its port, and that no stack may reach."""

    host: Annotated[str, Field(min_length=1, max_length=39)]
    """Its IP address, outside of approvedCIDRs."""
    port: Port
    """A TCP port that it answers on."""


class Partner(ApiModel):
    """A counterparty outside the cluster."""

    name: Name
    """Name by which stacks refer to it."""
    partner_class: Annotated[Literal["MarketData", "OrderEntry"], Field(alias="class")]
    """Whether it sends market data or takes orders."""
    cidrs: CIDRs
    """Its address ranges in canonical form: IPv4 /16 or longer, IPv6 /48 or longer."""
    ports: Annotated[tuple[Port, ...], Field(min_length=1, max_length=8), ATOMIC]
    """Its TCP ports."""
    environments: Environments
    """Environments whose stacks may reach it."""
    via: Literal["Direct", "Proxy"]
    """Whether pods connect to it themselves or through the proxy."""


class Egress(ApiModel):
    """What stacks may reach outside the cluster."""

    proxy: EgressProxy
    """The proxy in front of everything that is reached via Proxy."""
    cluster_cidrs: Annotated[
        tuple[CIDR, ...], Field(min_length=1, max_length=16, alias="clusterCIDRs"), ATOMIC
    ]
    """Address ranges of the cluster's nodes, pods and services, which no partner may overlap."""
    object_stores: Annotated[tuple[ObjectStore, ...], Field(max_length=8), ATOMIC_BY_NAME] = ()
    """Object stores that backups may go to."""
    services: Annotated[tuple[ExternalService, ...], Field(max_length=16), ATOMIC_BY_NAME] = ()
    """Services outside that components with provider External may use."""
    api_server: ApiServer | None = None
    """How pods reach the API server. Omitted: none may, and provider CloudNativePG is refused."""
    probe_target: ProbeTarget | None = None
    """What the network probe of every stack must fail to reach. Omitted: whether the network
    plugin enforces the policies stays unknown."""
    partners: Annotated[tuple[Partner, ...], Field(max_length=16), ATOMIC_BY_NAME]
    """Counterparties; together they may cover at most 65536 IPv4 addresses."""


class PlatformPolicySpec(ApiModel):
    """The bounds for every stack."""

    operator_service_account: ServiceAccountUser
    """User name of the operator, as in system:serviceaccount:namespace:name."""
    secret_stores: Annotated[tuple[AllowedStore, ...], Field(max_length=16), ATOMIC]
    """Secret stores that stacks may use."""
    secret_writers: Annotated[tuple[ServiceAccountUser, ...], Field(max_length=8), ATOMIC]
    """Users that may write Secrets in the namespaces of stacks."""
    image_registries: Annotated[tuple[Registry, ...], Field(min_length=1, max_length=16), ATOMIC]
    """Registries, or folders of them, that images may come from; each ends with a slash."""
    breaker_limits: Annotated[
        tuple[BreakerLimit, ...], Field(min_length=1, max_length=32), ATOMIC_BY_NAME
    ]
    """The circuit breakers that exist, with the highest threshold of each."""
    egress: Egress
    """What stacks may reach outside the cluster."""
    monitoring_namespaces: Annotated[tuple[Name, ...], Field(max_length=8), ATOMIC] = ()
    """Namespaces whose pods may read the metrics of every stack. Omitted: nobody may."""
    approved_cidrs: Annotated[
        tuple[CIDR, ...], Field(min_length=1, max_length=64, alias="approvedCIDRs"), ATOMIC
    ]
    """Every range that a network policy may open: exactly those of the proxy, the object stores,
    the services, the API server and the partners."""


class PlatformPolicy(ApiModel):
    """The bounds that the platform team sets for every stack of the cluster.

    The only one is named default.
    """

    api_version: Literal["tradingstack.io/v1alpha1"]
    kind: Literal["PlatformPolicy"]
    metadata: ObjectMeta
    spec: PlatformPolicySpec
    """The bounds for every stack."""
    status: Annotated[ObjectStatus | None, WrapValidator(readable_or_none)] = None
    """What the operator found."""
