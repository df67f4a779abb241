"""The guards of the stacks: the objects that make the API server enforce the rules.

Whoever may change them can take a rule away without a trace in any stack, so the operator holds
what the API server has against what it was built with.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tradingstack_operator.api.crd import CUSTOM_RESOURCES
from tradingstack_operator.model.objects import Manifest, ObjectRef, ref_of
from tradingstack_operator.rules.manifests import (
    build_bindings,
    build_crd_with_rules,
    build_policies,
)

_ADDED: Final[Mapping[str, Manifest]] = {
    "CustomResourceDefinition": {"conversion": {"strategy": "None"}},
}
"""What the API server adds to the spec of a kind that leaves it out."""


def build_guards() -> Iterator[Manifest]:
    """Write every guard as it is shipped, one after the other: all together take much memory."""
    yield from map(build_crd_with_rules, CUSTOM_RESOURCES)
    yield from build_policies()
    yield from build_bindings()


def stored_specs() -> Iterator[tuple[ObjectRef, Manifest]]:
    """Tell the spec of every guard as the API server stores it."""
    for guard in build_guards():
        yield ref_of(guard), _ADDED.get(guard["kind"], {}) | guard["spec"]


def difference(shipped: Any, live: Any, path: str = "spec") -> str:
    """Name the first field in which a guard is not as it was shipped; empty when there is none.

    A field that is there besides counts: it may be the condition that turns a rule off.
    """
    if isinstance(shipped, dict) and isinstance(live, dict):
        for key in sorted(shipped.keys() | live.keys()):
            if key not in shipped or key not in live:
                return f"{path}.{key}"
            if found := difference(shipped[key], live[key], f"{path}.{key}"):
                return found
        return ""
    if isinstance(shipped, list) and isinstance(live, list):
        for number, (left, right) in enumerate(zip(shipped, live, strict=False)):
            if found := difference(left, right, f"{path}[{number}]"):
                return found
        return "" if len(shipped) == len(live) else f"{path}[{min(len(shipped), len(live))}]"
    return "" if shipped == live else path
