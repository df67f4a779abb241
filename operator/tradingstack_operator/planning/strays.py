"""Find what others put where only the operator has a say, and what takes it out again.

Server-side apply leaves other managers' additions alone. In most of an object that is right; a
container in a pod template, a key of a ConfigMap or a label in a network policy's selector is
something the stack then runs with, whoever wrote it.
"""

from collections.abc import Mapping
from typing import Any, Final

from tradingstack_operator.planning.diff import identity, keys_of

POD_SPEC: Final = "spec.template.spec"
BARRED: Final = frozenset(
    {"hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostAliases", "nodeName"}
)
"""Fields of a pod template that no component uses."""
EXACT: Final[Mapping[str, str]] = {"ConfigMap": "data", "NetworkPolicy": "spec"}
"""The part of a kind that has no defaults: whatever it holds besides is a stray."""


def removal(desired: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any] | None:
    """Make the JSON merge patch (RFC 7386) that takes all strays out; None when there are none.

    It carries the resource version of ``live``, so that it fails if the object has changed since.
    """
    exact = EXACT.get(desired["kind"])
    clean = _cleaned(desired, live, "", exact)
    patch = merge_patch(live, clean)
    if not patch:
        return None
    return patch | {"metadata": {"resourceVersion": live["metadata"]["resourceVersion"]}}


def merge_patch(live: Mapping[str, Any], clean: Mapping[str, Any]) -> dict[str, Any]:
    """Tell what turns ``live`` into ``clean``, which has nothing that ``live`` lacks."""
    patch: dict[str, Any] = {}
    for key, value in live.items():
        if key not in clean:
            patch[key] = None
        elif clean[key] != value:
            nested = isinstance(value, dict)
            patch[key] = merge_patch(value, clean[key]) if nested else clean[key]
    return patch


def first_path(patch: Mapping[str, Any]) -> str:
    """Name the first field that a merge patch changes."""
    key, value = next((key, value) for key, value in patch.items() if key != "metadata")
    return f"{key}.{first_path(value)}" if isinstance(value, dict) and value else key


def _cleaned(desired: Any, live: Any, path: str, exact: str | None) -> Any:
    if isinstance(desired, Mapping) and isinstance(live, Mapping):
        return {
            key: _cleaned(desired[key], value, f"{path}.{key}" if path else key, exact)
            if key in desired
            else value
            for key, value in live.items()
            if key in desired or not _is_stray(path, key, exact)
        }
    if isinstance(desired, list) and isinstance(live, list):
        return _cleaned_list(desired, live, path, exact)
    return live


def _cleaned_list(desired: list[Any], live: list[Any], path: str, exact: str | None) -> list[Any]:
    """Keep the items that belong; an atomic list is compared whole, so it has no strays."""
    keys = keys_of(path, desired)
    if not keys or path.startswith("metadata."):
        return live
    wanted = {identity(item, keys): item for item in desired}
    return [
        _cleaned(wanted[identity(item, keys)], item, path, exact)
        for item in live
        if identity(item, keys) in wanted
    ]


def _is_stray(path: str, key: str, exact: str | None) -> bool:
    if exact and (path == exact or path.startswith(f"{exact}.")):
        return True
    return path == POD_SPEC and key in BARRED
