"""The data services beside the database: cache, message bus and feature store."""

from typing import Annotated, Literal

from pydantic import Field

from tradingstack_operator.api.base import ATOMIC, BY_NAME, ApiModel
from tradingstack_operator.api.parts import ExternalAddress, Resources, Storage
from tradingstack_operator.api.scalars import Cron, Duration, Image, Size

Servers = Annotated[Literal[1, 3, 5], Field(json_schema_extra={"minimum": 1, "maximum": 5})]
Subject = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_.*>-]+$")]


class Persistence(ApiModel):
    """How the cache survives a restart."""

    appendfsync: Literal["always", "everysec"] | None = None
    """Flush the append-only file at every write, or once a second. Default: everysec."""
    snapshot_schedule: Cron | None = None
    """When to take a snapshot, as five cron fields in UTC. Default: */30 * * * *."""


class Cache(ApiModel):
    """Redis, which holds the online features and short-lived state."""

    provider: Literal["Builtin", "External"]
    """Who runs it: this operator, or somebody outside. Fixed at creation."""
    image: Image | None = None
    """Container image. Omitted: the image the operator was installed with. Production needs a
    sha256 digest."""
    storage: Storage | None = None
    """Volume of the append-only file and snapshots. Omitted: 10Gi of the default class."""
    resources: Resources | None = None
    """Compute for each pod. Omitted: that of spec.sizing."""
    persistence: Persistence | None = None
    """How data reaches the volume."""
    max_memory_percent: Annotated[int, Field(ge=10, le=90)] | None = None
    """Share of the memory limit that data may fill, in percent; the rest is for snapshots.
    Default: 70."""
    restore_on_empty_volume: bool | None = None
    """Load the latest snapshot when a volume comes up empty. Default: true."""
    external: ExternalAddress | None = None
    """Its address; given with provider External and only then."""


class Stream(ApiModel):
    """One durable stream of the bus."""

    name: Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[A-Za-z0-9_-]+$")]
    """Name of the stream."""
    subjects: Annotated[tuple[Subject, ...], Field(min_length=1, max_length=16), ATOMIC]
    """Subjects it stores, with * and > as wildcards."""
    replicas: Annotated[int, Field(ge=1, le=5)] | None = None
    """Copies of each message, at most spec.bus.replicas. Default: 1."""
    max_age: Duration | None = None
    """Age at which messages are dropped, such as 24h. Omitted: no limit by age."""
    max_bytes: Size | None = None
    """Size at which the oldest messages are dropped. Omitted: no limit but the volume."""


class Bus(ApiModel):
    """The message bus between ingestors, features and the risk API."""

    provider: Literal["Builtin", "External"]
    """Who runs it: this operator, or somebody outside. Fixed at creation."""
    kind: Literal["NATS", "Kafka"]
    """Protocol; Kafka needs provider External. Fixed at creation."""
    image: Image | None = None
    """Container image of a server. Production needs a sha256 digest."""
    replicas: Servers | None = None
    """Number of servers; an odd number keeps a majority when one fails. Default: 3."""
    storage: Storage | None = None
    """Volume of each server. Omitted: 10Gi of the default class."""
    sync_interval: Literal["always", "1s"] | None = None
    """Flush every message to the volume, or all of them once a second. Default: 1s."""
    resources: Resources | None = None
    """Compute for each server. Omitted: that of spec.sizing."""
    streams: Annotated[tuple[Stream, ...], Field(max_length=64), BY_NAME] = ()
    """Streams that must exist. MD, FILLS, RISK and DLQ exist as well, but for those whose name or
    subjects one of these takes."""
    external: ExternalAddress | None = None
    """Its address; given with provider External and only then."""


class OnlineStore(ApiModel):
    """The servers that answer feature requests."""

    replicas: Annotated[int, Field(ge=0, le=20)] | None = None
    """Number of servers. Default: 2."""


class Materialization(ApiModel):
    """The job that carries features from the database to the cache."""

    schedule: Cron | None = None
    """When it runs, as five cron fields in UTC. Default: */5 * * * *."""
    max_staleness_minutes: Annotated[int, Field(ge=1, le=10080)] | None = None
    """Minutes after which online features count as stale. Default: 15."""


class FeatureBootstrap(ApiModel):
    """What happens before the feature servers take requests."""

    apply_on_start: bool | None = None
    """Write the feature definitions to the registry. Default: true."""
    warm_online_store: bool | None = None
    """Fill the online store once. Default: true."""


class Features(ApiModel):
    """Feast, the feature store."""

    provider: Literal["Builtin", "External"]
    """Who runs it: this operator, or somebody outside. Fixed at creation."""
    project: (
        Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-z][a-z0-9_]*$")] | None
    ) = None
    """Feast project. Default: the stack's name with dashes as underscores."""
    repo_image: Image | None = None
    """Image with the feature definitions. Production needs a sha256 digest."""
    image: Image | None = None
    """Container image of the feature server. Production needs a sha256 digest."""
    resources: Resources | None = None
    """Compute for each feature server. Omitted: that of spec.sizing."""
    online: OnlineStore | None = None
    """The servers that answer feature requests."""
    materialization: Materialization | None = None
    """How online features are kept fresh."""
    bootstrap: FeatureBootstrap | None = None
    """What happens before the first request."""
    external: ExternalAddress | None = None
    """Its address; given with provider External and only then."""
