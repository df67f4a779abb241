"""What the vectors show of a rule: a request that it refuses, and a neighbour that is accepted."""

import re
from difflib import SequenceMatcher
from itertools import product
from typing import Any, Final

import yaml

from tests.support.vectors import Entry, Vector, namespaces, vectors
from tradingstack_operator.rules.judge import judge
from tradingstack_operator.rules.rule import Rule

_SHOWN: Final = (
    *("base", "operation", "subresource", "as", "in", "manager", "with_policy"),
    *("was", "set", "remove"),
)
"""What an example shows of a vector, in this order."""
_LONGEST: Final = 100
_MOST: Final = 4


def refused_examples(identity: str, rules: list[Rule[Any]]) -> dict[Rule[Any], tuple[Vector, str]]:
    """Find a vector that breaks each law, if possible nothing else, with the refusal's text."""
    found: dict[Rule[Any], tuple[Vector, str]] = {}
    alone: set[Rule[Any]] = set()
    wanted = {rule for rule in rules if rule.expressions}
    for vector in _refused_by(identity):
        violations = judge(vector.request())
        for violation, rule in product(violations, wanted - alone):
            if violation.rule == identity and violation.message.startswith(f"{rule.law};"):
                if rule not in found or len(violations) == 1:
                    found[rule] = (vector, str(violation))
                if len(violations) == 1:
                    alone.add(rule)
        if alone == wanted:
            break
    missing = "; ".join(sorted(rule.law for rule in wanted - found.keys()))
    if missing:
        raise LookupError(f"{identity}: no vector breaks: {missing}")
    return found


def _refused_by(identity: str) -> list[Vector]:
    """List the vectors that a rule refuses, shortest first."""
    return sorted(
        (
            one
            for one in vectors()
            if one.entry.refused == identity and one.entry.by in {"policy", "crd"}
        ),
        key=lambda one: len(one.entry.model_dump_json(exclude_defaults=True)),
    )


def accepted_neighbour(refused: Vector) -> Vector | None:
    """Find the accepted vector that is most like a refused one, of the same base if possible.

    None where no object of the kind is accepted.
    """
    accepted = [one for one in vectors() if not one.entry.refused]
    same = [one for one in accepted if one.entry.base == refused.entry.base]
    kind = [one for one in accepted if one.object["kind"] == refused.object["kind"]]
    return min(same or kind, key=lambda one: _distance(one, refused), default=None)


def _distance(one: Vector, other: Vector) -> tuple[bool, bool, bool, int, float, int]:
    shared = max(
        (
            _shared(left, right)
            for left in (*one.entry.set, *one.entry.remove)
            for right in (*other.entry.set, *other.entry.remove)
        ),
        default=0,
    )
    return (
        one.entry.operation != other.entry.operation,
        one.entry.subresource != other.entry.subresource,
        not namespaces().get(one.namespace) and bool(one.namespace),  # anything goes there
        -shared,
        -SequenceMatcher(None, _source(one.entry), _source(other.entry)).ratio(),
        len(_source(one.entry)),
    )


def _shared(left: str, right: str) -> int:
    """Count how many parts two JSON pointers have in common."""
    count = 0
    for one, other in zip(left.split("/"), right.split("/"), strict=False):
        if one != other:
            break
        count += 1
    return count


def show(verdict: str, entry: Entry) -> list[str]:
    title = plain(f"{entry.id}: {entry.title}")
    return [f"{verdict} ({title}):", "", "```yaml", _source(entry).rstrip(), "```"]


def _source(entry: Entry) -> str:
    """Write a vector as its file has it, without what is as usual."""
    facts = entry.model_dump(by_alias=True, exclude_defaults=True)
    shown = {key: _short(facts[key]) for key in _SHOWN if key in facts}
    return yaml.dump(
        shown,
        Dumper=_Dumper,
        sort_keys=False,
        default_flow_style=None,
        width=96,
        allow_unicode=True,
    )


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as one."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, '"' if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)


def _short(value: Any) -> Any:
    """Cut what is long, and only matters for being long."""
    match value:
        case str() if len(value) > _LONGEST:
            return f"{value[:40]}... ({len(value)} characters)"
        case dict() if len(value) > _MOST * 2:
            kept = {key: _short(value[key]) for key in list(value)[:_MOST]}
            return kept | {"...": f"{len(value) - _MOST} more"}
        case dict():
            return {_short(key): _short(one) for key, one in value.items()}
        case list() | tuple() if len(value) > _MOST * 2:
            return [*(_short(one) for one in value[:_MOST]), f"... {len(value) - _MOST} more"]
        case list() | tuple():
            return [_short(one) for one in value]
        case _:
            return value


def plain(text: str) -> str:
    """Keep Markdown from reading marks into a sentence."""
    return re.sub(r"([*_<>\[\]|`])", r"\\\1", text)
