"""Read objects of the operator's own kinds, which an older or newer API may have stored."""

from collections.abc import Iterable
from contextlib import suppress

from pydantic import ValidationError

from tradingstack_operator.api.platform_policy import PlatformPolicy
from tradingstack_operator.api.stack_operation import StackOperation
from tradingstack_operator.cluster.intake import Record
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.model.operations import in_order


def parse_policy(manifest: Manifest | None) -> tuple[PlatformPolicy | None, str]:
    """Read the PlatformPolicy, or say in words why there is none to rely on."""
    if manifest is None:
        return None, "there is no PlatformPolicy named default"
    try:
        return PlatformPolicy.model_validate(manifest), ""
    except ValidationError as error:
        fields = sorted({".".join(map(str, item["loc"])) for item in error.errors()})
        return None, f"PlatformPolicy default does not parse at {', '.join(fields)}"


def parse_operations(records: Iterable[Record]) -> tuple[StackOperation, ...]:
    """Read the operations; one that no version of the API would store now is never carried out."""
    parsed = []
    for record in records:
        with suppress(ValidationError):
            parsed.append(StackOperation.model_validate(record.manifest()))
    return in_order(parsed)
