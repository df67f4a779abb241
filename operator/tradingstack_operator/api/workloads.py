"""The stack's own programs: the ingestors and the risk API."""

from typing import Annotated, Literal

from pydantic import Field

from tradingstack_operator.api.base import BY_NAME, SET, ApiModel
from tradingstack_operator.api.parts import EnvVar, Resources
from tradingstack_operator.api.scalars import Image, Name, StackName

Dependency = Literal["database", "cache", "bus", "features"]
Environ = Annotated[tuple[EnvVar, ...], Field(max_length=32), BY_NAME]


class Ingestor(ApiModel):
    """A program that brings data into the stack."""

    name: StackName
    """Name of the ingestor, unique in the stack."""
    image: Image
    """Container image. Production needs a sha256 digest."""
    replicas: Annotated[int, Field(ge=0, le=10)] | None = None
    """Number of pods. Default: 1."""
    stale_after_seconds: Annotated[int, Field(ge=1, le=3600)] | None = None
    """Seconds without a message after which the feed counts as stale. Default: 5."""
    partners: Annotated[tuple[Name, ...], Field(max_length=16), SET] = ()
    """Market data partners it may connect to, by their names in PlatformPolicy. Omitted: it may
    not leave the cluster."""
    env: Environ = ()
    """Plain settings."""
    resources: Resources | None = None
    """Compute for each pod. Omitted: that of spec.sizing."""


class Autoscaling(ApiModel):
    """Let the number of pods follow the load."""

    min_replicas: Annotated[int, Field(ge=1, le=50)]
    """Fewest pods."""
    max_replicas: Annotated[int, Field(ge=1, le=50)]
    """Most pods; not below minReplicas."""
    cpu_percent: Annotated[int, Field(ge=10, le=95)] | None = None
    """CPU use to aim at, in percent of the request. Default: 60."""


class Readiness(ApiModel):
    """What the risk API needs before it takes requests."""

    depends_on: Annotated[tuple[Dependency, ...], Field(max_length=4), SET] | None = None
    """Components that must be healthy. Default: database, cache, bus and features."""


class RiskApi(ApiModel):
    """The HTTP service that checks orders and holds the kill switch."""

    image: Image
    """Container image. Production needs a sha256 digest."""
    replicas: Annotated[int, Field(ge=0, le=50)] | None = None
    """Number of pods while autoscaling is not set. Default: 2."""
    env: Environ = ()
    """Plain settings."""
    resources: Resources | None = None
    """Compute for each pod. Omitted: that of spec.sizing."""
    autoscaling: Autoscaling | None = None
    """Bounds for the number of pods. Omitted: the number is fixed."""
    readiness: Readiness | None = None
    """What must be healthy before it takes requests."""
