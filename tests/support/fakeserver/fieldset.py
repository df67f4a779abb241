"""Sets of field paths, kept in the form managedFields writes them: a trie called fieldsV1.

A node is a member of the set when it is empty or has the key ".". The root is never a member.
"""

import json
from collections.abc import Iterator

Fields = dict[str, "Fields"]


def node(below: Fields, *, member: bool) -> Fields:
    """Make a node out of what is below it and whether the path to it is in the set."""
    return {".": {}, **below} if member and below else below


def is_member(fields: Fields) -> bool:
    return not fields or "." in fields


def below(fields: Fields) -> Fields:
    if "." not in fields:
        return fields
    return {step: rest for step, rest in fields.items() if step != "."}


def union(left: Fields, right: Fields) -> Fields:
    merged = dict(left)
    for step, theirs in right.items():
        ours = merged.get(step)
        if ours is None:
            merged[step] = theirs
        elif ours != theirs:
            member = is_member(ours) or is_member(theirs)
            merged[step] = node(union(below(ours), below(theirs)), member=member)
    return merged


def difference(left: Fields, right: Fields) -> Fields:
    """Take away the very paths of the other set; what is below them stays."""
    kept = {}
    for step, ours in left.items():
        theirs = right.get(step)
        if theirs is None:
            kept[step] = ours
            continue
        member = is_member(ours) and not is_member(theirs)
        rest = difference(below(ours), below(theirs))
        if member or rest:
            kept[step] = node(rest, member=member)
    return kept


def intersection(left: Fields, right: Fields) -> Fields:
    kept = {}
    for step, ours in left.items():
        theirs = right.get(step)
        if theirs is None:
            continue
        member = is_member(ours) and is_member(theirs)
        rest = intersection(below(ours), below(theirs))
        if member or rest:
            kept[step] = node(rest, member=member)
    return kept


def without_subtrees(left: Fields, right: Fields) -> Fields:
    """Take away the paths of the other set and everything below them."""
    kept = {}
    for step, ours in left.items():
        theirs = right.get(step)
        if theirs is None:
            kept[step] = ours
        elif not is_member(theirs):
            rest = without_subtrees(below(ours), theirs)
            if rest or is_member(ours):
                kept[step] = node(rest, member=is_member(ours))
    return kept


def with_named_parents(fields: Fields) -> Fields:
    """Make every field on the way to a member a member too, but no item of a list."""
    return {
        step: node(with_named_parents(below(rest)), member=is_member(rest) or step.startswith("f:"))
        for step, rest in fields.items()
    }


def paths(fields: Fields, prefix: str = "") -> Iterator[str]:
    """List the members as error messages write them, such as `.spec.ports[port=80].name`."""
    for step, rest in fields.items():
        if step == ".":
            continue
        path = prefix + _readable(step)
        if is_member(rest):
            yield path
        yield from paths(rest, path)


def _readable(step: str) -> str:
    tag, _, value = step.partition(":")
    match tag:
        case "f":
            return f".{value}"
        case "k":
            pairs = (f"{key}={json.dumps(item)}" for key, item in json.loads(value).items())
            return f"[{','.join(pairs)}]"
        case _:
            return f"[={value}]"
