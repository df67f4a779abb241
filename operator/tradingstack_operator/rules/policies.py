"""The admission policies: what each one looks at, and what all of its rules share.

A policy that reads PlatformPolicy is refused as a whole while there is none, before any of its
conditions is asked. What must never be blocked is therefore judged by policies without it: halts,
deletes, namespaces, PlatformPolicy itself. Updates of stacks, pods and workloads skip such a
policy while PlatformPolicy is missing, or their finalizers could not be removed; no new pod
starts meanwhile, and the operator rejects every stack.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tradingstack_operator.api.names import GROUP, VERSION
from tradingstack_operator.rules.request import Operation, Request

WRITES: Final[tuple[Operation, ...]] = ("CREATE", "UPDATE")


@dataclass(frozen=True, slots=True)
class Match:
    """Some resources of one API group."""

    group: str
    resources: tuple[str, ...]
    """Plural names, with a subresource as in ``pods/status``; ``*`` for all of the group."""
    operations: tuple[Operation, ...] = WRITES
    versions: tuple[str, ...] = ("v1",)

    def covers(self, request: Request) -> bool:
        path = f"{request.resource}/{request.subresource}".rstrip("/")
        return self.lists(request.group, path, request.operation)

    def lists(self, group: str, path: str, operation: Operation) -> bool:
        """Tell whether it matches a resource, with its subresource as in ``pods/status``."""
        named = path in self.resources or ("*" in self.resources and "/" not in path)
        return group == self.group and named and operation in self.operations


@dataclass(frozen=True, slots=True)
class Policy:
    """A ValidatingAdmissionPolicy with its binding."""

    name: str
    """Without the prefix that all policies have."""
    about: str
    matches: tuple[Match, ...]
    in_stack_namespaces: bool = True
    """Bound to namespaces with an environment label only."""
    reads_platform_policy: bool = False
    skips_updates: bool = False
    """While PlatformPolicy is missing, updates pass unjudged."""
    variables: dict[str, str] = field(default_factory=dict)
    """CEL expressions by name; a later one may use an earlier one."""
    condition: str = ""
    """CEL that must hold for the policy to look at a request at all."""
    applies: Callable[[Request], bool] = lambda _: True
    """The twin of ``condition``."""

    def covers(self, request: Request) -> bool:
        """Tell whether the policy looks at a request."""
        return (
            any(match.covers(request) for match in self.matches)
            and not (self.in_stack_namespaces and not request.environment)
            and self.applies(request)
        )


def if_changed(expression: str) -> str:
    """Judge only what a request changes, by the policy's variable ``changed``.

    An older object that breaks a newer rule can still be scaled, labelled and deleted.
    """
    return f"!variables.changed || {expression}"


def ours(*resources: str, operations: tuple[Operation, ...] = WRITES) -> Match:
    """Match kinds of our own."""
    return Match(GROUP, resources, operations, (VERSION,))
