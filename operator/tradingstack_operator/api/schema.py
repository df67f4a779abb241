"""From a pydantic model to the structural OpenAPI schema that a CRD carries."""

from collections.abc import Mapping
from typing import Any, Final

from tradingstack_operator.api.base import ApiModel

Schema = dict[str, Any]

_KEPT: Final = frozenset(
    {
        "enum",
        "format",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minimum",
        "pattern",
        "required",
        "type",
    }
)
_INT32_MAX: Final = 2**31 - 1


def build_schema(model: type[ApiModel]) -> Schema:
    """Translate a kind's model; what metadata holds is the API server's business."""
    source = model.model_json_schema(by_alias=True, mode="validation")
    fields = source["properties"]
    return {
        "type": "object",
        "description": _one_line(source["description"]),
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": _structural(fields["spec"], source["$defs"]),
            "status": _structural(fields["status"], source["$defs"]),
        },
    }


def _structural(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Schema:
    flat = _flatten(node, definitions)
    schema: Schema = {
        key: value for key, value in flat.items() if key in _KEPT or key.startswith("x-kubernetes-")
    }
    if "description" in flat:
        schema["description"] = _one_line(flat["description"])
    if flat.get("type") == "integer":
        schema["format"] = "int32" if flat["maximum"] <= _INT32_MAX else "int64"
    if "const" in flat:
        schema["enum"] = [flat["const"]]
    if "exclusiveMinimum" in flat:  # a number in JSON Schema, a switch in OpenAPI 3.0
        schema |= {"minimum": flat["exclusiveMinimum"], "exclusiveMinimum": True}
    if "items" in flat:
        schema["items"] = _structural(flat["items"], definitions)
    if "properties" in flat:
        schema["properties"] = {
            name: _structural(child, definitions) for name, child in flat["properties"].items()
        }
    values = _map_values(flat)
    if values:
        schema["additionalProperties"] = _structural(values, definitions)
    return schema


def _flatten(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Schema:
    """Put a reference's target, or the one branch that is not null, in the node's own place."""
    own = dict(node)
    if reference := own.pop("$ref", None):
        return _flatten(definitions[reference.removeprefix("#/$defs/")], definitions) | own
    if branches := own.pop("anyOf", None):
        (branch,) = (branch for branch in branches if branch != {"type": "null"})
        return _flatten(branch, definitions) | own
    return own


def _map_values(flat: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Find the schema of a map's values; a structural schema cannot say anything of its keys."""
    if patterns := flat.get("patternProperties"):
        (values,) = patterns.values()
        found: Mapping[str, Any] = values
        return found
    additional = flat.get("additionalProperties")
    return additional if isinstance(additional, Mapping) else None


def _one_line(docstring: str) -> str:
    return " ".join(docstring.split())
