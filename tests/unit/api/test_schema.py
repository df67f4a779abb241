from typing import Annotated, Literal

from pydantic import Field

from tradingstack_operator.api.base import BY_NAME, ApiModel
from tradingstack_operator.api.metadata import ObjectMeta
from tradingstack_operator.api.scalars import Name
from tradingstack_operator.api.schema import build_schema
from tradingstack_operator.api.status import StackStatus


class Part(ApiModel):
    """A part."""

    name: Name
    """Its name,
    on two lines."""


class ThingSpec(ApiModel):
    """What is wanted."""

    part: Part | None = None
    """The part."""
    parts: Annotated[tuple[Part, ...], Field(max_length=3), BY_NAME] = ()
    """More parts."""
    labels: Annotated[dict[Name, Name], Field(max_length=2)] = {}  # noqa: RUF012
    """Labels."""
    notes: Annotated[dict[str, Name], Field(max_length=2)] = {}  # noqa: RUF012
    """Notes."""
    small: Annotated[int, Field(ge=1, le=9)]
    """Small."""
    large: Annotated[int, Field(ge=1, le=2**40)]
    """Large."""
    colour: Literal["red"]
    """Colour."""
    share: Annotated[float, Field(gt=0, le=1)] | None = None
    """Share."""


class Thing(ApiModel):
    """A thing.

    It is useful.
    """

    metadata: ObjectMeta
    spec: ThingSpec
    status: StackStatus | None = None


SCHEMA = build_schema(Thing)
SPEC = SCHEMA["properties"]["spec"]["properties"]


def test_the_docstring_of_a_kind_describes_it_in_one_line():
    assert SCHEMA["description"] == "A thing. It is useful."


def test_the_spec_alone_is_required():
    assert SCHEMA["required"] == ["spec"]


def test_metadata_is_left_to_the_api_server():
    assert SCHEMA["properties"]["metadata"] == {"type": "object"}


def test_a_field_without_default_is_required():
    assert SCHEMA["properties"]["spec"]["required"] == ["small", "large", "colour"]


def test_the_docstring_of_a_field_wins_over_that_of_its_type():
    assert SPEC["part"]["description"] == "The part."


def test_a_referenced_type_is_written_in_place():
    assert SPEC["part"]["properties"]["name"] == {
        "type": "string",
        "minLength": 1,
        "maxLength": 63,
        "pattern": "^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$",
        "description": "Its name, on two lines.",
    }


def test_a_list_says_how_it_merges():
    parts = SPEC["parts"]
    assert (
        parts["x-kubernetes-list-type"],
        parts["x-kubernetes-list-map-keys"],
        parts["maxItems"],
    ) == ("map", ["name"], 3)


def test_the_values_of_a_map_are_described_and_its_keys_are_not():
    assert {"type", "description", "maxProperties", "additionalProperties"} == set(SPEC["labels"])


def test_a_map_with_free_keys_is_described_alike():
    assert SPEC["labels"]["additionalProperties"] == SPEC["notes"]["additionalProperties"]


def test_integers_have_the_smallest_format_that_fits():
    assert (SPEC["small"]["format"], SPEC["large"]["format"]) == ("int32", "int64")


def test_a_constant_is_an_enum_of_one():
    assert SPEC["colour"]["enum"] == ["red"]


def test_an_exclusive_bound_is_a_switch_beside_the_bound():
    assert (SPEC["share"]["minimum"], SPEC["share"]["exclusiveMinimum"]) == (0, True)


def test_the_effective_spec_may_hold_anything():
    effective = SCHEMA["properties"]["status"]["properties"]["effective"]
    assert effective["x-kubernetes-preserve-unknown-fields"]
