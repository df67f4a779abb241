"""By whose name a field was written: how the operator tells its own objects and finds drift."""

from collections.abc import Iterator
from typing import Final

from tradingstack_operator.api import names
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.rules import cel
from tradingstack_operator.rules.children import is_managed, is_managed_cel, is_outsider
from tradingstack_operator.rules.request import Request
from tradingstack_operator.rules.rule import Broken, everywhere, rule

_POLICIES: Final = ("children", "pods-allowed", "network")
_RESERVED_MANAGERS: Final = (names.FIELD_MANAGER, names.STATUS_FIELD_MANAGER, "tradingstack")


@rule(
    "INV-45c",
    "the operator's field managers are the operator's alone",
    *everywhere(
        _POLICIES,
        "!variables.outsider || !(request.options.?fieldManager.orValue('') in"
        f" {cel.texts(_RESERVED_MANAGERS)})",
        "fieldManager",
        "apply under a name of your own",
    ),
)
def field_managers_are_the_operators(request: Request) -> Iterator[Broken]:
    """Keep the operator from taking a foreign change for its own: it finds drift by manager."""
    if is_outsider(request) and request.field_manager in _RESERVED_MANAGERS:
        yield Broken("fieldManager")


def _is_applied(manifest: str) -> str:
    return (
        f"{manifest}.metadata.?managedFields.orValue([])"
        f".exists(entry, entry.?manager.orValue('') == '{names.FIELD_MANAGER}')"
    )


@rule(
    "INV-45d",
    "the operator's entry in managedFields is neither removed nor forged",
    *everywhere(
        _POLICIES,
        f"!variables.outsider || ({_is_applied('dyn(object)')})"
        f" == (oldObject != null && {_is_applied('dyn(oldObject)')})",
        "metadata.managedFields",
        "leave managedFields to the API server",
    ),
)
def managed_fields_stay(request: Request) -> Iterator[Broken]:
    """Keep drift visible: without its entry the operator cannot tell which fields were its own."""
    if is_outsider(request) and _is_applied_by_operator(request.new) != _is_applied_by_operator(
        request.before
    ):
        yield Broken("metadata.managedFields")


@rule(
    "INV-45e",
    "the operator changes no object but its own",
    *everywhere(
        _POLICIES,
        "request.userInfo.username != params.spec.operatorServiceAccount || oldObject == null"
        f" || {is_managed_cel('dyn(oldObject)')} || {_is_applied('dyn(oldObject)')}",
        "metadata.name",
        "remove the object or give it another name, and the operator makes its own",
    ),
)
def foreign_objects_stay_foreign(request: Request) -> Iterator[Broken]:
    """Keep what somebody else made under one of the operator's names as it is.

    An object that lost its label is still the operator's: its entry in managedFields says so.
    """
    exists = request.by_operator and bool(request.before)
    own = is_managed(request.before) or _is_applied_by_operator(request.before)
    if exists and not own:
        yield Broken("metadata.name")


def _is_applied_by_operator(manifest: Manifest) -> bool:
    entries = manifest.get("metadata", {}).get("managedFields") or []
    return any(entry.get("manager") == names.FIELD_MANAGER for entry in entries)


RULES: Final = (
    field_managers_are_the_operators,
    managed_fields_stay,
    foreign_objects_stay_foreign,
)
