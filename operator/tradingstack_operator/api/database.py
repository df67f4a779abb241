"""The stack's TimescaleDB."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from tradingstack_operator.api.base import ApiModel
from tradingstack_operator.api.parts import Resources, Storage
from tradingstack_operator.api.scalars import Cron, Host, HttpsURL, Image, Port, RemoteKey

Parameter = Literal[
    "autovacuum_max_workers",
    "checkpoint_completion_target",
    "checkpoint_timeout",
    "effective_cache_size",
    "effective_io_concurrency",
    "idle_in_transaction_session_timeout",
    "log_min_duration_statement",
    "maintenance_work_mem",
    "max_connections",
    "max_locks_per_transaction",
    "max_parallel_workers",
    "max_parallel_workers_per_gather",
    "max_wal_size",
    "max_worker_processes",
    "min_wal_size",
    "random_page_cost",
    "shared_buffers",
    "statement_timeout",
    "timescaledb.max_background_workers",
    "wal_buffers",
    "work_mem",
]
"""The settings a user may tune; those of TLS, archiving and authentication are not among them."""
ParameterValue = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9 ._:-]*$")]
Bucket = Annotated[
    str,
    Field(
        min_length=1,
        max_length=128,
        pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._/-]{0,60})?$",
    ),
]


class DatabaseTLS(ApiModel):
    """How clients check the database's certificate."""

    mode: Literal["verify-ca", "verify-full"] | None = None
    """Check the issuer only, or the host name too. Default: verify-full."""


class Backup(ApiModel):
    """Base backups and the continuous archive of the write-ahead log."""

    bucket: Bucket
    """Bucket and optional folder, such as s3://alpha-backups/tsdb."""
    endpoint: HttpsURL | None = None
    """Address of the object store; PlatformPolicy must list it. Omitted: the public S3 service."""
    credentials_remote_key: RemoteKey | None = None
    """Key of the bucket's credentials below spec.secrets.pathPrefix. Default: backup-s3."""
    schedule: Cron
    """When to take a base backup, as five cron fields in UTC."""
    wal_archive_timeout_seconds: Annotated[int, Field(ge=10, le=3600)] | None = None
    """Seconds after which an unfinished log segment is archived; it bounds data loss.
    Default: 60."""
    retention_days: Annotated[int, Field(ge=1, le=3650)]
    """Days for which any moment can be restored."""


class ExternalDatabase(ApiModel):
    """A database that somebody else runs."""

    host: Host
    """DNS name or address, without user, port or scheme."""
    port: Port
    """TCP port."""
    database: Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-z_][a-z0-9_]*$")]
    """Name of the database on that server."""


class Database(ApiModel):
    """TimescaleDB, which holds ticks, positions and risk figures."""

    provider: Literal["Builtin", "CloudNativePG", "External"]
    """Who runs it: this operator, CloudNativePG, or somebody outside. Fixed at creation."""
    instances: Annotated[int, Field(ge=1, le=9)] | None = None
    """Number of servers; more than one needs provider CloudNativePG. Default: 1."""
    image: Image | None = None
    """Container image of the server, and of the Job that makes the schema. Production needs a
    sha256 digest."""
    storage: Storage | None = None
    """Volume of the data."""
    wal_storage: Storage | None = None
    """Separate volume of the write-ahead log. Omitted: the log shares the data volume."""
    resources: Resources | None = None
    """Compute for each server. Omitted: that of spec.sizing."""
    parameters: Annotated[Mapping[Parameter, ParameterValue], Field(max_length=32)] = {}
    """PostgreSQL settings to tune, such as work_mem: 64MB. Settings of TLS, archiving and
    authentication are the operator's and are refused."""
    tls: DatabaseTLS | None = None
    """How clients check the server; TLS itself is always on."""
    backup: Backup | None = None
    """Backups; required in production unless the provider is External."""
    external: ExternalDatabase | None = None
    """Address of the database; given with provider External and only then."""
