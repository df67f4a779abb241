"""Where a stack's credentials live and how often they change; never the credentials."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from tradingstack_operator.api.base import ApiModel, ListType
from tradingstack_operator.api.scalars import Name, RefreshInterval

StoreKind = Literal["SecretStore", "ClusterSecretStore"]
PathPrefix = Annotated[
    str, Field(min_length=1, max_length=200, pattern=r"^[a-z0-9-]+(/[a-z0-9-]+){2}$")
]


class StoreRef(ApiModel):
    """A store of the External Secrets Operator."""

    kind: StoreKind
    """Kind of the store object."""
    name: Name
    """Name of the store; PlatformPolicy says which stores each environment may use."""


class Rotation(ApiModel):
    """How often one credential must change."""

    credential: Name
    """Which entry of the store below pathPrefix, such as cache-risk-api or exchange-api."""
    max_age_days: Annotated[int, Field(ge=1, le=366)]
    """Days after which the credential counts as overdue."""
    owner: Literal["Operator", "Vault"] | None = None
    """Who changes it in the system that it opens. Default: Vault."""


class Secrets(ApiModel):
    """The source of every credential of the stack."""

    store_ref: StoreRef
    """The secret store to read from."""
    path_prefix: PathPrefix
    """Folder of the stack's keys in the store: environment/namespace/name of this stack."""
    refresh_interval: RefreshInterval | None = None
    """How often the store is read again, such as 90s, 15m or 1h. Default: 15m."""
    rotation: Annotated[
        tuple[Rotation, ...], Field(max_length=32), ListType("map", "credential")
    ] = ()
    """Rotation calendar; a credential that is not listed has no deadline."""
    existing: Annotated[Mapping[Name, Name], Field(max_length=32)] = {}
    """Credential to the name of an ExternalSecret in this namespace that already delivers it."""
