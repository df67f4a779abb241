"""Who owns which field: managedFields, kept the way the API server keeps it."""

from dataclasses import dataclass
from typing import Final

from tests.support.fakeserver.errors import Refusal
from tests.support.fakeserver.fieldset import (
    Fields,
    difference,
    intersection,
    paths,
    union,
    with_named_parents,
    without_subtrees,
)
from tests.support.fakeserver.merging import compare, fields_of, merge, remove
from tests.support.fakeserver.shapes import Shape

UNOWNED: Final[Fields] = {
    "f:apiVersion": {},
    "f:kind": {},
    "f:metadata": {
        ".": {},
        "f:name": {},
        "f:namespace": {},
        "f:creationTimestamp": {},
        "f:uid": {},
        "f:generation": {},
        "f:managedFields": {},
        "f:resourceVersion": {},
    },
}
STRUCTS: Final[Fields] = {
    "f:spec": {".": {}, "f:template": {".": {}, "f:metadata": {}, "f:spec": {}}},
    "f:status": {},
}
"""Parts of built-in kinds that are always there, so that no update adds them."""


@dataclass(frozen=True, slots=True)
class Writer:
    """One manager in one role; each has its own entry."""

    manager: str
    operation: str
    api_version: str
    subresource: str = ""


@dataclass(frozen=True, slots=True)
class Ruling:
    """The terms of a write: how fields merge, which are ignored, and what time it is."""

    shape: Shape
    ignored: Fields
    now: str
    unowned: Fields
    """Fields nobody is ever written down for."""


Owners = dict[Writer, tuple[Fields, str]]


def owners_of(entries: list[dict]) -> Owners:
    return {
        Writer(
            entry["manager"], entry["operation"], entry["apiVersion"], entry.get("subresource", "")
        ): (entry["fieldsV1"], entry.get("time", ""))
        for entry in entries
    }


def entries_of(owners: Owners) -> list[dict]:
    entries = []
    for writer, (fields, time) in owners.items():
        entry = {
            "manager": writer.manager,
            "operation": writer.operation,
            "apiVersion": writer.api_version,
            "time": time,
            "fieldsType": "FieldsV1",
            "fieldsV1": fields,
            "subresource": writer.subresource,
        }
        entries.append({key: value for key, value in entry.items() if value != ""})
    return sorted(entries, key=_place)


def _place(entry: dict) -> tuple[str, ...]:
    return tuple(entry.get(key, "") for key in ("operation", "time", "manager", "subresource"))


def apply(live: dict | None, config: dict, writer: Writer, ruling: Ruling, *, force: bool) -> dict:
    """Merge an applied object into the live one; what its manager no longer applies goes."""
    shape = ruling.shape
    entries, before = _split(live or {})
    owners = owners_of(entries)
    if live and not owners:
        first = Writer("before-first-apply", "Update", writer.api_version)
        found = without_subtrees(compare({}, before, shape).added, ruling.ignored)
        if found := difference(found, UNOWNED):
            owners[first] = (found, ruling.now)
    merged = merge(before, config, shape)
    last, when = owners.get(writer, ({}, ""))
    mine = without_subtrees(fields_of(config, shape, strict=True), ruling.ignored)
    owners[writer] = (mine, when)
    if difference(last, mine):
        merged = _prune(merged, last, owners, shape)
    changed = merged != before
    del owners[writer]
    if changed and owners:
        if not force:
            _refuse_conflicts(before, merged, owners, ruling)
        owners = _reassign(before, merged, owners, ruling)
    if mine := difference(mine, UNOWNED):
        owners[writer] = (mine, ruling.now if changed else when)
    return _join(merged, owners)


def _prune(merged: dict, last: Fields, owners: Owners, shape: Shape) -> dict:
    """Drop what its last owner gave up, in the three steps of the structured merge library.

    They agree on everything but maps that held only empty lists, which go with their contents.
    """
    managed: Fields = {}
    for fields, _ in owners.values():
        managed = union(managed, fields)
    last, managed = with_named_parents(last), with_named_parents(managed)
    if not difference(last, managed):
        return merged
    there = with_named_parents(fields_of(merged, shape))
    left = with_named_parents(fields_of(remove(merged, last, shape), shape))
    pruned = remove(merged, difference(there, union(left, managed)), shape)
    left = with_named_parents(fields_of(pruned, shape))
    return remove(merged, intersection(difference(there, left), last), shape)


def update(live: dict | None, new: dict, writer: Writer, ruling: Ruling) -> dict:
    """Write down that a manager changed what differs, and that the others lost it."""
    live_entries, before = _split(live or {})
    new_entries, after = _split(new)
    reset = new_entries == [{}]
    entries = [] if reset else live_entries if writer.subresource else new_entries or live_entries
    owners = owners_of(entries)
    if live and not owners:
        return after
    change = compare(before, after, ruling.shape)
    touched = without_subtrees(union(change.added, change.modified), ruling.ignored)
    owners = _reassign(before, after, owners, ruling)
    mine = difference(touched, ruling.unowned)
    if mine:
        previous, _ = owners.get(writer, ({}, ""))
        owners[writer] = (union(previous, mine), ruling.now)
    return _join(after, owners)


def _refuse_conflicts(before: dict, after: dict, owners: Owners, ruling: Ruling) -> None:
    change = compare(before, after, ruling.shape)
    touched = without_subtrees(union(change.added, change.modified), ruling.ignored)
    causes = [
        {
            "reason": "FieldManagerConflict",
            "message": f'conflict with "{other.manager}"'
            + (f' with subresource "{other.subresource}"' if other.subresource else "")
            + ("" if other.operation == "Apply" else f" using {other.api_version}"),
            "field": path,
        }
        for other, (fields, _) in owners.items()
        for path in paths(intersection(fields, touched))
    ]
    if causes:
        listed = ", ".join(f"{cause['message']}: {cause['field']}" for cause in causes)
        plural = "s" if len(causes) > 1 else ""
        message = f"Apply failed with {len(causes)} conflict{plural}: {listed}"
        raise Refusal(409, "Conflict", message, causes=causes)


def _reassign(before: dict, after: dict, owners: Owners, ruling: Ruling) -> Owners:
    """Take changed and removed fields from the managers that did not change them."""
    change = compare(before, after, ruling.shape)
    taken = union(union(change.added, change.modified), change.removed)
    taken = without_subtrees(taken, ruling.ignored)
    kept = {}
    for writer, (fields, time) in owners.items():
        if left := difference(fields, taken):
            kept[writer] = (left, time)
    return kept


def _split(body: dict) -> tuple[list[dict], dict]:
    metadata = body.get("metadata", {})
    if "managedFields" not in metadata:
        return [], body
    rest = {key: value for key, value in metadata.items() if key != "managedFields"}
    return metadata["managedFields"] or [], body | {"metadata": rest}


def _join(body: dict, owners: Owners) -> dict:
    if not owners:
        return body
    return body | {"metadata": body["metadata"] | {"managedFields": entries_of(owners)}}
