"""What a CRD's schema asks of custom resources: types, required fields, and nothing undeclared."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from tests.support.fakeserver.errors import Refusal

_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}
_BOUNDS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "enum": lambda value, allowed: value in allowed,
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
    "minLength": lambda value, bound: len(value) >= bound,
    "maxLength": lambda value, bound: len(value) <= bound,
    "minItems": lambda value, bound: len(value) >= bound,
    "maxItems": lambda value, bound: len(value) <= bound,
    "maxProperties": lambda value, bound: len(value) <= bound,
    "pattern": lambda value, pattern: re.search(pattern, value) is not None,
}
_ROOT: Final = ("apiVersion", "kind", "metadata")
"""Checked for every kind alike, not by the schema."""

_STRINGS: Final = {"type": "object", "additionalProperties": {"type": "string"}}
_METADATA: Final = {
    "type": "object",
    "properties": {
        "labels": _STRINGS,
        "annotations": _STRINGS,
        "finalizers": {"type": "array", "items": {"type": "string"}},
    },
    "additionalProperties": {"x-kubernetes-preserve-unknown-fields": True},
}


class Problem(NamedTuple):
    """One field that is not as its schema says."""

    path: str
    reason: str
    message: str


def prune(body: dict, schema: Mapping) -> dict:
    """Drop the fields that the schema does not know, and fill in its defaults."""
    if not schema:
        return body
    kept = {name: body[name] for name in _ROOT if name in body}
    return kept | _pruned({key: body[key] for key in body if key not in _ROOT}, schema)


def _pruned(value: Any, schema: Mapping) -> Any:
    if isinstance(value, list):
        return [_pruned(item, schema.get("items", {})) for item in value]
    if not isinstance(value, dict) or schema.get("x-kubernetes-preserve-unknown-fields"):
        return value
    fields, rest = schema.get("properties", {}), schema.get("additionalProperties")
    kept = {
        name: _pruned(item, fields.get(name, rest if isinstance(rest, Mapping) else {}))
        for name, item in value.items()
        if name in fields or rest
    }
    for name, field in fields.items():
        if name not in kept and "default" in field and name not in _ROOT:
            kept[name] = field["default"]
    return kept


def check_typed(kind: str, body: dict, schema: Mapping) -> None:
    """Refuse wrong types and undeclared fields in an apply; the server blames itself for them."""
    problems = list(_mistyped(body["metadata"], _METADATA, ".metadata"))
    for field, item in body.items() if schema else ():
        if field not in _ROOT:
            problems += _mistyped(item, schema["properties"].get(field), f".{field}")
    if problems:
        message = f"failed to create typed patch object ({kind}): {problems[0]}"
        raise Refusal(500, "", message)


def _mistyped(value: Any, schema: Mapping | None, path: str) -> Iterator[str]:
    if schema is None:
        yield f"{path}: field not declared in schema"
    elif value is None or schema.get("x-kubernetes-preserve-unknown-fields"):
        return
    elif not _is_of(value, schema):
        yield f"{path}: expected {schema['type']}, got {value!r}"
    elif isinstance(value, dict):
        fields, rest = schema.get("properties", {}), schema.get("additionalProperties")
        for name, item in value.items():
            yield from _mistyped(item, fields.get(name, rest), f"{path}.{name}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _mistyped(item, schema.get("items", {}), f"{path}[{number}]")


def check_schema(kind: str, body: dict, schema: Mapping) -> None:
    """Refuse an object that breaks its schema, all problems at once."""
    rest = {name: item for name, item in body.items() if name not in _ROOT}
    problems = list(_problems(rest, schema, "")) if schema else []
    if problems:
        name = body["metadata"]["name"]
        listed = ", ".join(f"{it.path}: {it.message}" for it in problems)
        causes = [{"reason": it.reason, "message": it.message, "field": it.path} for it in problems]
        raise Refusal(422, "Invalid", f'{kind} "{name}" is invalid: {listed}', causes=causes)


def _problems(value: Any, schema: Mapping, path: str) -> Iterator[Problem]:
    if value is None and schema.get("nullable"):
        return
    if not _is_of(value, schema):
        message = f"must be of type {schema['type']}: {value!r}"
        yield Problem(path, "FieldValueTypeInvalid", message)
        return
    for rule, holds in _BOUNDS.items():
        if rule in schema and not holds(value, schema[rule]):
            yield Problem(path, "FieldValueInvalid", f"{rule} {schema[rule]}: {value!r}")
    match value:
        case dict():
            yield from _field_problems(value, schema, path)
        case list():
            yield from _item_problems(value, schema, path)


def _field_problems(value: dict, schema: Mapping, path: str) -> Iterator[Problem]:
    fields, rest = schema.get("properties", {}), schema.get("additionalProperties")
    prefix = f"{path}." if path else ""
    for name in schema.get("required", ()):
        if name not in value:
            yield Problem(f"{prefix}{name}", "FieldValueRequired", "Required value")
    for name, item in value.items():
        field = fields.get(name, rest)
        if isinstance(field, Mapping):
            yield from _problems(item, field, f"{prefix}{name}")


def _item_problems(value: list, schema: Mapping, path: str) -> Iterator[Problem]:
    keys = schema.get("x-kubernetes-list-map-keys", ())
    seen = []
    for number, item in enumerate(value):
        yield from _problems(item, schema.get("items", {}), f"{path}[{number}]")
        if schema.get("x-kubernetes-list-type") in ("map", "set"):
            key = [item.get(name) for name in keys] if keys else item
            if key in seen:
                yield Problem(f"{path}[{number}]", "FieldValueDuplicate", "Duplicate value")
            seen.append(key)


def _is_of(value: Any, schema: Mapping) -> bool:
    if schema.get("x-kubernetes-int-or-string"):
        return isinstance(value, int | str)
    if "type" not in schema:
        return True
    is_bool = isinstance(value, bool)
    return isinstance(value, _TYPES[schema["type"]]) and is_bool == (schema["type"] == "boolean")
