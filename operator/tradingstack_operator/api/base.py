"""What all API models share: frozen, closed, strictly typed, documented by their docstrings."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


class ApiModel(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        strict=True,
        use_attribute_docstrings=True,
    )

    def to_json(self) -> dict[str, Any]:
        """Write the model the way the API server stores it, without what was never set."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


@dataclass(frozen=True, slots=True)
class ListType:
    """How the API server merges a list, and which field of an item must be unique in it."""

    merge: Literal["atomic", "set", "map"]
    key: str = ""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        checked = core_schema.no_info_after_validator_function(self._refuse_twins, handler(source))
        return core_schema.no_info_before_validator_function(_freeze, checked)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        described = handler(schema) | {"x-kubernetes-list-type": self.merge}
        if self.merge == "map":
            described["x-kubernetes-list-map-keys"] = [self.key]
        return described

    def _refuse_twins(self, items: tuple[Any, ...]) -> tuple[Any, ...]:
        identities: list[object] = []
        if self.key:
            identities = [getattr(item, self.key) for item in items]
        elif self.merge == "set":
            identities = list(items)
        if len(set(identities)) < len(identities):
            raise PydanticCustomError(
                "duplicate_items", "Every {key} may appear only once", {"key": self.key or "item"}
            )
        return items


def _freeze(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


ATOMIC: Final = ListType("atomic")
"""One owner writes the whole list."""
ATOMIC_BY_NAME: Final = ListType("atomic", "name")
"""One owner writes the whole list; a second manager cannot slip an entry into it."""
SET: Final = ListType("set")
BY_NAME: Final = ListType("map", "name")
