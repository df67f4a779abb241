"""Walks over objects along their shapes: which fields there are, what differs, how to merge."""

from typing import Any, Final, NamedTuple

import orjson

from tests.support.fakeserver.errors import Refusal
from tests.support.fakeserver.fieldset import Fields, below, is_member, node
from tests.support.fakeserver.shapes import KEY_DEFAULTS, SET, Shape

_MISSING: Final = object()


class Difference(NamedTuple):
    """Which fields one object has that another has not, or has otherwise."""

    added: Fields
    modified: Fields
    removed: Fields


def fields_of(value: dict, shape: Shape, *, strict: bool = False) -> Fields:
    """Name the fields an object speaks of; a strict look refuses lists with duplicate keys."""
    found: Fields = {}
    for name, item in value.items():
        child = shape.child(name)
        if _merges(item, child):
            below_it = _items_of if isinstance(item, list) else fields_of
            rest = below_it(item, child, strict=strict)
            if rest:
                found[f"f:{name}"] = rest
        else:
            found[f"f:{name}"] = {}
    return found


def _items_of(items: list, shape: Shape, *, strict: bool) -> Fields:
    found: Fields = {}
    for step, item in indexed(items, shape, strict=strict).items():
        whole = shape.atomic_items or not isinstance(item, dict)
        found[step] = {} if whole else node(fields_of(item, shape, strict=strict), member=True)
    return found


def _merges(value: Any, shape: Shape) -> bool:
    """Tell whether the value is made of fields; an empty map counts as one field."""
    match value:
        case dict():
            return bool(value) and not shape.atomic
        case list():
            return bool(shape.keys)
        case _:
            return False


def indexed(items: list, shape: Shape, *, strict: bool = False) -> dict[str, Any]:
    """File the items of a merging list under their path elements."""
    keys = shape.keys
    found = {step_of(item, keys): item for item in items}
    if strict and len(found) != len(items):
        raise Refusal(500, "", "failed to create typed patch object: duplicate entries for key")
    return found


def step_of(item: Any, keys: tuple[str, ...]) -> str:
    if keys == SET:
        return "v:" + orjson.dumps(item).decode()
    key = {name: item.get(name, KEY_DEFAULTS.get(name)) for name in sorted(keys)}
    if None in key.values():
        why = f"associative list with keys {keys} has an element that omits key field"
        message = f"failed to create typed patch object: {why}"
        raise Refusal(500, "", message)
    return "k:" + orjson.dumps(key).decode()


def compare(old: dict, new: dict, shape: Shape) -> Difference:
    result = Difference({}, {}, {})
    for name in old.keys() | new.keys():
        before, after = old.get(name, _MISSING), new.get(name, _MISSING)
        _compare_field(f"f:{name}", before, after, shape.child(name), result)
    return result


def _compare_field(step: str, old: Any, new: Any, shape: Shape, into: Difference) -> None:
    if old == new:
        return
    if old is _MISSING:
        into.added[step] = _everything(new, shape)
    elif new is _MISSING:
        into.removed[step] = _everything(old, shape)
    elif old is None and _merges(new, shape):
        into.added[step] = below(_everything(new, shape))
    elif new is None and _merges(old, shape):
        # a map that became null is still there, only its fields are gone
        into.removed[step] = below(_everything(old, shape))
    elif type(old) is type(new) and (_merges(old, shape) or _merges(new, shape)):
        if isinstance(old, dict):
            inner = compare(old, new, shape)
        else:
            inner = _compare_items(indexed(old, shape), indexed(new, shape), shape)
        for mine, rest in zip(into, inner, strict=True):
            if rest:
                mine[step] = rest
    else:
        into.modified[step] = {}


def _compare_items(old: dict[str, Any], new: dict[str, Any], shape: Shape) -> Difference:
    result = Difference({}, {}, {})
    for step in old.keys() | new.keys():
        before, after = old.get(step, _MISSING), new.get(step, _MISSING)
        _compare_field(step, before, after, _Item(shape), result)
    return result


class _Item(NamedTuple):
    """The shape of an item, which has its list's children but does not merge as a list."""

    of: Shape
    keys: tuple[str, ...] = ()
    atomic_items: bool = False

    @property
    def atomic(self) -> bool:
        return self.of.atomic_items

    def child(self, name: str) -> Shape:
        return self.of.child(name)


def _everything(value: Any, shape: Shape) -> Fields:
    """Name a value and all there is in it, parents included."""
    if not _merges(value, shape):
        return {}
    if isinstance(value, dict):
        rest = {f"f:{name}": _everything(item, shape.child(name)) for name, item in value.items()}
    else:
        item_shape = _Item(shape)
        rest = {step: _everything(item, item_shape) for step, item in indexed(value, shape).items()}
    return node(rest, member=True)


def merge(live: dict, config: dict, shape: Shape) -> dict:
    """Lay an applied object over the live one; neither is changed."""
    merged = dict(live)
    for name, item in config.items():
        merged[name] = _merge_value(live.get(name), item, shape.child(name))
    return merged


def _merge_value(live: Any, config: Any, shape: Shape) -> Any:
    if isinstance(config, dict) and isinstance(live, dict) and not shape.atomic:
        return merge(live, config, shape)
    if isinstance(config, list) and isinstance(live, list) and shape.keys:
        return _merge_items(indexed(live, shape), indexed(config, shape), shape)
    return config


def _merge_items(live: dict[str, Any], config: dict[str, Any], shape: Shape) -> list:
    """Merge in the order of the server: foreign items first, then as the applied list says."""
    left, right = list(live), list(config)
    shared = [step for step in right if step in live]
    order = []
    while left or right:
        ours = left[0] if left else None
        skipped = ours in config and shared and ours != shared[0]
        if ours is not None and right and ours != right[0] and skipped:
            left.pop(0)
            continue
        if ours is not None and (ours not in config or ours in order):
            left.pop(0)
            if ours not in order:
                order.append(ours)
            continue
        if right:
            step = right.pop(0)
            order.append(step)
            if shared and shared[0] == step:
                shared.pop(0)
            if ours == step:
                left.pop(0)
    item = _Item(shape)
    return [
        _merge_value(live.get(step), config[step], item) if step in config else live[step]
        for step in order
    ]


def remove(value: dict, doomed: Fields, shape: Shape) -> dict:
    """Take fields out of an object.

    What is left without fields becomes null, as on the real server: built-in kinds drop it, and
    a custom resource whose schema does not allow it is refused.
    """
    kept = {}
    for name, item in value.items():
        fate = doomed.get(f"f:{name}")
        if fate is None:
            kept[name] = item
        elif not is_member(fate):
            kept[name] = _remove_below(item, fate, shape.child(name)) or None
    return kept


def _remove_below(value: Any, doomed: Fields, shape: Shape) -> Any:
    if isinstance(value, dict):
        return remove(value, doomed, shape)
    kept = []
    for step, item in indexed(value, shape).items():
        fate = doomed.get(step)
        if fate is None:
            kept.append(item)
        elif not is_member(fate):
            kept.append(remove(item, below(fate), shape))
    return kept
