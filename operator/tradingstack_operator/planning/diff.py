"""Whether a live object still holds everything that was applied to it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

LIST_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "ownerReferences": ("uid",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "imagePullSecrets": ("name",),
}
"""The lists that server-side apply merges item by item, with what tells their items apart.

Source: the ``x-kubernetes-list-map-keys`` of the OpenAPI document of Kubernetes 1.37. Lists of
ports have keys that differ between kinds; see ``_keys_of``. Every other list is atomic.
"""


def first_difference(desired: Any, live: Any, path: str = "") -> str | None:
    """Name the first field of ``desired`` that ``live`` lacks or has otherwise.

    What ``live`` has besides, such as the API server's defaults and other managers' fields, is no
    difference; in an atomic list, a further item is.
    """
    if isinstance(desired, dict):
        return _in_mapping(desired, live, path)
    if isinstance(desired, list):
        return _in_list(desired, live, path)
    return None if desired == live and type(desired) is type(live) else path


def _in_mapping(desired: dict[str, Any], live: Any, path: str) -> str | None:
    if not isinstance(live, dict):
        return path
    for key, value in desired.items():
        inner = f"{path}.{key}" if path else key
        if key not in live:
            return inner
        found = first_difference(value, live[key], inner)
        if found is not None:
            return found
    return None


def _in_list(desired: Sequence[Any], live: Any, path: str) -> str | None:
    if not isinstance(live, list):
        return path
    keys = _keys_of(path, desired)
    if keys:
        by_key = {_identity(item, keys): item for item in live}
        counterparts = [by_key.get(_identity(item, keys)) for item in desired]
    elif len(desired) == len(live):
        counterparts = live
    else:
        return path
    for index, (wanted, found) in enumerate(zip(desired, counterparts, strict=True)):
        inner = first_difference(wanted, found, f"{path}[{index}]")
        if inner is not None:
            return inner
    return None


def _keys_of(path: str, items: Sequence[Any]) -> tuple[str, ...]:
    field = path.rpartition(".")[2]
    if field == "ports" and items and isinstance(items[0], dict):
        if "containerPort" in items[0]:
            return ("containerPort", "protocol")
        return ("port", "protocol") if path == "spec.ports" else ()
    return LIST_KEYS.get(field, ())


def _identity(item: Any, keys: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(item.get(key) for key in keys)
