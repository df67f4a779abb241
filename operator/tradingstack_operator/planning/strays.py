"""Find what others added to an object, and what takes it out again.

Server-side apply leaves other managers' additions alone. In metadata that is right; a container, an
environment variable, a key of a ConfigMap or a label in a selector is something the stack then
runs with, whoever wrote it. Which fields were added is told by managedFields: the API server's own
defaults belong to nobody.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from tradingstack_operator.model.observed import Child

LEFT_ALONE: Final = frozenset(
    {"spec.replicas", "spec.template.metadata.annotations", "spec.volumeName"}
)
"""What others may set: a scale that the spec leaves open, `kubectl rollout restart`, and which
volume a claim is bound to."""


def removal(desired: Mapping[str, Any], live: dict[str, Any], child: Child) -> dict[str, Any]:
    """Make the JSON merge patch (RFC 7386) that takes all strays out; empty when there are none.

    It carries the resource version of ``live``, so that it fails if the object has changed since.
    """
    clean = live
    for writer in child.writers:
        if writer.fields:
            clean = _without(clean, desired, orjson.loads(writer.fields), "")
    patch = merge_patch(live, clean)
    if patch:
        patch["metadata"] = {"resourceVersion": live["metadata"]["resourceVersion"]}
    return patch


def merge_patch(live: Mapping[str, Any], clean: Mapping[str, Any]) -> dict[str, Any]:
    """Tell what takes out of ``live`` what ``clean`` lacks; nothing is put in that is missing."""
    patch: dict[str, Any] = {}
    for key, value in live.items():
        if key not in clean:
            patch[key] = None
        elif isinstance(value, dict) and isinstance(clean[key], dict):
            if inner := merge_patch(value, clean[key]):
                patch[key] = inner
        elif clean[key] != value:
            patch[key] = clean[key]
    return patch


def first_path(patch: Mapping[str, Any]) -> str:
    """Name the first field that a merge patch changes; the resource version comes last in it."""
    key, value = next(iter(patch.items()))
    return f"{key}.{first_path(value)}" if isinstance(value, dict) and value else key


def _without(live: Any, desired: Any, fields: Mapping[str, Any], path: str) -> Any:
    """Copy ``live`` without those of a manager's ``fields`` that ``desired`` lacks.

    ``fields`` is in the format of FieldsV1: ``f:<name>`` for a field, ``k:<keys>`` for the item of
    a list that has these keys.
    """
    if isinstance(live, dict):
        return _mapping_without(live, desired if isinstance(desired, dict) else {}, fields, path)
    if isinstance(live, list):
        return _list_without(live, desired if isinstance(desired, list) else [], fields, path)
    return live


def _mapping_without(
    live: dict[str, Any], desired: Mapping[str, Any], fields: Mapping[str, Any], path: str
) -> dict[str, Any]:
    clean = dict(live)
    for name, inner in fields.items():
        key = name.removeprefix("f:")
        where = f"{path}.{key}" if path else key
        if name == key or key not in live or where in LEFT_ALONE:
            continue
        leaf = not inner.keys() - {"."}
        if leaf and key not in desired:
            del clean[key]
        elif leaf and isinstance(desired[key], dict):
            # a map that is owned as a whole, such as a selector: nothing in it has a default
            clean[key] = desired[key]
        elif not leaf:
            clean[key] = _without(live[key], desired.get(key), inner, where)
            if key not in desired and not clean[key]:
                del clean[key]
    return clean


def _list_without(
    live: list[Any], desired: list[Any], fields: Mapping[str, Any], path: str
) -> list[Any]:
    clean = list(live)
    for name, inner in fields.items():
        if not name.startswith("k:"):
            continue
        keys = orjson.loads(name[2:])
        index = next((i for i, item in enumerate(clean) if keys.items() <= item.items()), None)
        if index is None:
            continue
        wanted = next((item for item in desired if keys.items() <= item.items()), None)
        if wanted is None:
            del clean[index]
        else:
            clean[index] = _without(clean[index], wanted, inner, path)
    return clean
