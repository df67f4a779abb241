"""The scalar types of the API, each with the bounds that the API server checks as well."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import (
    AwareDatetime,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

Environment = Literal["production", "staging", "development"]

_NAME: Final = r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$"
_REPOSITORY: Final = (
    r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*){1,8}"
)
_TAG_AND_DIGEST: Final = r"(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[a-f0-9]{64})?$"
_CRON_FIELD: Final = r"(\*|[0-9*][0-9,*/-]{0,60})"

Name = Annotated[str, Field(min_length=1, max_length=63, pattern=_NAME)]
StackName = Annotated[str, Field(min_length=1, max_length=30, pattern=_NAME)]
"""At most 30 characters, so that every name derived from it still fits a label value."""
Image = Annotated[str, Field(min_length=1, max_length=512, pattern=_REPOSITORY + _TAG_AND_DIGEST)]
Cron = Annotated[
    str, Field(min_length=1, max_length=100, pattern=f"^{' '.join([_CRON_FIELD] * 5)}$")
]
Duration = Annotated[str, Field(min_length=1, max_length=8, pattern=r"^[1-9][0-9]{0,4}(s|m|h)$")]
RefreshInterval = Annotated[
    str, Field(min_length=1, max_length=5, pattern=r"^([1-9][0-9]{0,3}(s|m)|[1-9][0-9]?h)$")
]
"""At most 99 hours: an older copy of a credential is not worth much."""
Size = Annotated[str, Field(min_length=1, max_length=12, pattern=r"^[1-9][0-9]{0,5}(Mi|Gi|Ti)$")]
RemoteKey = Annotated[
    str,
    Field(
        min_length=1,
        max_length=253,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9][A-Za-z0-9_-]*){0,9}$",
    ),
]
"""A key in the secret store: no dots, colons or leading slash, so never a URL."""
HttpsURL = Annotated[
    str,
    Field(
        min_length=1,
        max_length=253,
        pattern=r"^https://[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?(/[A-Za-z0-9._/-]*)?$",
    ),
]
Host = Annotated[
    str, Field(min_length=1, max_length=253, pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")
]
ServiceAccountUser = Annotated[
    str,
    Field(
        min_length=1,
        max_length=253,
        pattern=r"^system:serviceaccount:[a-z0-9-]{1,63}:[a-z0-9.-]{1,180}$",
    ),
]
CIDR = Annotated[str, Field(min_length=1, max_length=43)]
"""The rules decide which texts are canonical ranges; a regex alone cannot."""
Port = Annotated[int, Field(ge=1, le=65535)]
LabelKey = Annotated[str, Field(max_length=253, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")]
LabelValue = Annotated[str, Field(max_length=63, pattern=r"^[A-Za-z0-9._-]*$")]
Generation = Annotated[int, Field(ge=0, le=2**53)]
"""Whole numbers above 2**53 do not survive a JSON parser that reads doubles."""


class _ExactNumber:
    """Read a JSON number digit by digit: 0.1 is a tenth, and nothing is rounded on the way."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(
            _read_number,
            handler(source),
            serialization=core_schema.plain_serializer_function_ser_schema(
                _write_number, when_used="json"
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Drop the text form that pydantic offers for decimals: the API takes numbers only."""
        number: JsonSchemaValue = next(
            branch for branch in handler(schema)["anyOf"] if branch["type"] == "number"
        )
        return number


def _read_number(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(repr(value))
    raise PydanticCustomError("number_type", "Input should be a number")


def _write_number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


EXACT: Final = _ExactNumber()
"""Last in the annotation of a Decimal: ``Annotated[Decimal, Field(gt=0), EXACT]``."""


def _read_time(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError as error:
        raise PydanticCustomError(
            "timestamp", "Expected a time such as 2026-08-01T10:00:00Z"
        ) from error


def _write_time(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


Timestamp = Annotated[
    AwareDatetime,
    BeforeValidator(_read_time),
    PlainSerializer(_write_time, return_type=str, when_used="json"),
]
