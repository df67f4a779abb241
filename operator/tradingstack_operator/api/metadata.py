"""The part of an object's metadata that the operator reads."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import ConfigDict, Field

from tradingstack_operator.api.base import ATOMIC, ApiModel
from tradingstack_operator.api.scalars import Timestamp


class ObjectMeta(ApiModel):
    """Metadata belongs to the API server, which adds to it over time: unknown fields are fine."""

    model_config = ConfigDict(extra="ignore")

    name: Annotated[str, Field(min_length=1)]
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: Timestamp | None = None
    deletion_timestamp: Timestamp | None = None
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}
    finalizers: Annotated[tuple[str, ...], ATOMIC] = ()
