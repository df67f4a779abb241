"""Shapes that several components of a stack share."""

from typing import Annotated

from pydantic import Field

from tradingstack_operator.api.base import ApiModel
from tradingstack_operator.api.scalars import Host, Port, Size

CPU = Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[0-9]+m?$")]
Memory = Annotated[str, Field(min_length=1, max_length=16, pattern=r"^[0-9]+(Mi|Gi)?$")]
StorageClass = Annotated[
    str, Field(min_length=1, max_length=63, pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")
]


class Storage(ApiModel):
    """A persistent volume for each replica."""

    size: Size
    """Size of one volume, in Mi, Gi or Ti. It may grow later, never shrink."""
    storage_class: StorageClass | None = None
    """StorageClass of the volumes, fixed once set. Omitted: the cluster's default class."""


class ResourceAmounts(ApiModel):
    """Amounts of compute, as Kubernetes quantities."""

    cpu: CPU | None = None
    """CPU in cores or thousandths of a core, such as 500m."""
    memory: Memory | None = None
    """Memory in bytes, Mi or Gi, such as 512Mi."""


class Resources(ApiModel):
    """Compute for each pod of the component."""

    requests: ResourceAmounts | None = None
    """What the scheduler reserves. Omitted amounts: those of spec.sizing."""
    limits: ResourceAmounts | None = None
    """What the pod may use at most. Omitted amounts: those of spec.sizing."""


class ExternalAddress(ApiModel):
    """Where a component listens that somebody else runs; PlatformPolicy must list it."""

    host: Host
    """DNS name or address, without user, port or scheme."""
    port: Port
    """TCP port."""


class EnvVar(ApiModel):
    """A plain setting of the container; credentials come as mounted files instead."""

    name: Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[A-Z][A-Z0-9_]{0,62}$")]
    """Variable name in capitals. Names that speak of credentials are refused."""
    value: Annotated[str, Field(max_length=128, pattern=r"^[A-Za-z0-9 ._:/@?&=,+%*>~-]*$")]
    """Literal value. For a credential, give the path of its file in a variable named *_FILE."""
