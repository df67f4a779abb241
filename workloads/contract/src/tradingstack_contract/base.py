"""The base of every model that travels in a file between the operator and a workload."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class ContractModel(BaseModel):
    """A frozen value whose file form is camelCase and refuses what it does not know.

    An unknown field is refused because a reader that skips it would run with less protection
    than the writer asked for.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        strict=True,
        validate_by_alias=True,
        validate_by_name=True,
    )


class ContractFile(ContractModel):
    """A model that is a whole file of the configuration directory."""

    file_name: ClassVar[str]
