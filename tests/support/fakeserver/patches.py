"""The two patch formats that know nothing of field owners."""

from typing import Any

from tests.support.fakeserver.errors import Refusal, bad_request


def merge_patch(target: Any, patch: Any) -> Any:
    """Apply a JSON merge patch (RFC 7396); the target is not changed."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def json_patch(target: dict, steps: list[dict]) -> dict:
    """Apply a JSON patch (RFC 6902) of add, remove, replace and test; the target is not changed."""
    for step in steps:
        path = [part.replace("~1", "/").replace("~0", "~") for part in step["path"].split("/")[1:]]
        target = _at(target, path, step)
    return target


def _at(target: Any, path: list[str], step: dict) -> Any:
    name, *rest = path
    copy = target.copy() if isinstance(target, list | dict) else _missing(step)
    key = _index(copy, name) if isinstance(copy, list) else name
    if rest:
        copy[key] = _at(_value(copy, key, step), rest, step)
        return copy
    match step["op"]:
        case "add" if isinstance(copy, list):
            copy.insert(key, step["value"])
        case "add":
            copy[key] = step["value"]
        case "replace":
            _value(copy, key, step)
            copy[key] = step["value"]
        case "remove":
            _value(copy, key, step)
            del copy[key]
        case "test":
            if _value(copy, key, step) != step["value"]:
                why = f"testing value {step['path']} failed: test failed"
                raise Refusal(422, "Invalid", f"the server rejected our request: {why}")
        case other:
            raise bad_request(f"the fake server knows no JSON patch operation {other!r}")
    return copy


def _index(items: list, name: str) -> int:
    return len(items) if name == "-" else int(name)


def _value(copy: Any, key: Any, step: dict) -> Any:
    found = key < len(copy) if isinstance(copy, list) else key in copy
    return copy[key] if found else _missing(step)


def _missing(step: dict) -> Any:
    why = f"{step['op']} operation does not apply: doc is missing path: {step['path']}"
    raise Refusal(422, "Invalid", f"the server rejected our request: {why}")
