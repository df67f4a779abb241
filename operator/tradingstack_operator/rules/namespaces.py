"""A namespace says once and for all which stack and environment it is for.

These rules take no parameters: a missing PlatformPolicy must not keep anybody from making or
removing a namespace. They look at the namespace's own labels, the old ones included, for a
selector would let the write pass that removes the label.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from tradingstack_operator.api.names import (
    ANNOTATION_CONFIRM_DELETE,
    LABEL_ENVIRONMENT,
    LABEL_STACK,
)
from tradingstack_operator.rules import cel
from tradingstack_operator.rules.placement import ENFORCE, ENFORCE_VERSION
from tradingstack_operator.rules.policies import Match, Policy
from tradingstack_operator.rules.request import Request
from tradingstack_operator.rules.rule import Broken, Validation, rule

_ENVIRONMENTS: Final = ("production", "staging", "development")


def _is_of_a_stack(request: Request) -> bool:
    return LABEL_ENVIRONMENT in _labels(request.before) | _labels(request.new)


NAMESPACES: Final = Policy(
    "namespaces",
    "The labels of a stack's namespace, and its deletion.",
    (
        Match(
            "",
            ("namespaces", "namespaces/status", "namespaces/finalize"),
            ("CREATE", "UPDATE", "DELETE"),
        ),
    ),
    in_stack_namespaces=False,
    variables={
        "kept": "request.operation != 'DELETE'",
        "new": "object != null ? object.metadata.?labels.orValue({}) : {}",
        "old": "oldObject != null ? oldObject.metadata.?labels.orValue({}) : {}",
        "ending": "object != null && has(object.metadata.deletionTimestamp)",
    },
    condition=" || ".join(
        f"{one} != null && '{LABEL_ENVIRONMENT}' in {one}.metadata.?labels.orValue({{}})"
        for one in ("object", "oldObject")
    ),
    applies=_is_of_a_stack,
)
POLICIES: Final = (NAMESPACES,)


@rule(
    "INV-30",
    "the stack and environment of a namespace never change",
    *(
        Validation(
            "namespaces",
            f"request.operation != 'UPDATE' || !('{label}' in variables.old)"
            f" || variables.new[?'{label}'] == variables.old[?'{label}']",
            f"metadata.labels[{label}]",
            "set it back, or create another namespace",
            "Forbidden",
        )
        for label in (LABEL_ENVIRONMENT, LABEL_STACK)
    ),
)
def labels_are_fixed(request: Request) -> Iterator[Broken]:
    """Keep production from being renamed into something with fewer rules."""
    for label in (LABEL_ENVIRONMENT, LABEL_STACK):
        before = _labels(request.before).get(label)
        if request.object and before is not None and _labels(request.new).get(label) != before:
            yield Broken(f"metadata.labels[{label}]")


@rule(
    "INV-30",
    "the namespace of a stack enforces the newest restricted Pod Security Standard",
    Validation(
        "namespaces",
        "!variables.kept || variables.ending"
        f" || variables.new[?'{ENFORCE}'].orValue('') == 'restricted'"
        f" && variables.new[?'{ENFORCE_VERSION}'].orValue('latest') == 'latest'",
        "metadata.labels",
        f"label it {ENFORCE}=restricted and {ENFORCE_VERSION}=latest",
    ),
)
def pod_security_is_enforced(request: Request) -> Iterator[Broken]:
    """Keep the guard in force that needs none of our own rules."""
    ending = "deletionTimestamp" in request.new.get("metadata", {})
    labels = _labels(request.new)
    if (
        request.object
        and not ending
        and (
            labels.get(ENFORCE) != "restricted" or labels.get(ENFORCE_VERSION, "latest") != "latest"
        )
    ):
        yield Broken("metadata.labels")


@rule(
    "INV-30",
    "a namespace is for production, staging or development",
    Validation(
        "namespaces",
        f"!variables.kept || variables.new[?'{LABEL_ENVIRONMENT}'].orValue('')"
        f" in {cel.texts(_ENVIRONMENTS)}",
        f"metadata.labels[{LABEL_ENVIRONMENT}]",
        "choose one of the three",
    ),
)
def environment_exists(request: Request) -> Iterator[Broken]:
    """Leave no namespace whose rules depend on how its label is read."""
    if request.object and _labels(request.new).get(LABEL_ENVIRONMENT) not in _ENVIRONMENTS:
        yield Broken(f"metadata.labels[{LABEL_ENVIRONMENT}]")


@rule(
    "INV-25c",
    "the deletion of a production namespace is confirmed",
    Validation(
        "namespaces",
        f"variables.kept || variables.old['{LABEL_ENVIRONMENT}'] != 'production'"
        f" || oldObject.metadata.?annotations[?'{ANNOTATION_CONFIRM_DELETE}'].orValue('')"
        " == oldObject.metadata.name",
        f"metadata.annotations[{ANNOTATION_CONFIRM_DELETE}]",
        "set it to the name of the namespace, then delete it",
        "Forbidden",
    ),
)
def deletion_of_production_is_confirmed(request: Request) -> Iterator[Broken]:
    """Close the way round the guard of the stack inside."""
    confirmed = request.before.get("metadata", {}).get("annotations", {})
    if (
        request.operation == "DELETE"
        and _labels(request.before).get(LABEL_ENVIRONMENT) == "production"
        and confirmed.get(ANNOTATION_CONFIRM_DELETE) != request.name
    ):
        yield Broken(f"metadata.annotations[{ANNOTATION_CONFIRM_DELETE}]")


RULES: Final = (
    labels_are_fixed,
    pod_security_is_enforced,
    environment_exists,
    deletion_of_production_is_confirmed,
)


def _labels(manifest: Mapping[str, Mapping[str, Mapping[str, str]]]) -> dict[str, str]:
    return dict(manifest.get("metadata", {}).get("labels") or {})
