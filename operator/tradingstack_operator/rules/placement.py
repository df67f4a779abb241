"""A stack sits in the one namespace that was made for it."""

import re
from collections.abc import Iterator
from typing import Final

from tradingstack_operator.api import names
from tradingstack_operator.rules import cel
from tradingstack_operator.rules.case import Case
from tradingstack_operator.rules.policies import if_changed
from tradingstack_operator.rules.rule import Broken, Crd, Validation, rule

_NAME: Final = re.compile(r"[a-z]([-a-z0-9]{0,28}[a-z0-9])?")
_LABELS: Final = "metadata.labels of the namespace"
ENFORCE: Final = "pod-security.kubernetes.io/enforce"
ENFORCE_VERSION: Final = "pod-security.kubernetes.io/enforce-version"


@rule(
    "INV-02",
    "a stack's environment is the one its namespace is labelled with",
    Validation(
        "stacks",
        if_changed(
            f"variables.labels[?'{names.LABEL_ENVIRONMENT}'].orValue('') == object.spec.environment"
        ),
        "spec.environment",
        f"use the value of the namespace's label {names.LABEL_ENVIRONMENT}, "
        "or a namespace of this environment",
    ),
)
def environment_is_that_of_the_namespace(case: Case) -> Iterator[Broken]:
    """Keep an edit from turning a test bench into production: the label cannot change."""
    if case.facts.namespace_labels.get(names.LABEL_ENVIRONMENT) != case.spec.environment:
        yield Broken("spec.environment")


@rule(
    "INV-03",
    "a namespace holds one stack, named by its label",
    Validation(
        "stacks",
        if_changed(f"variables.labels[?'{names.LABEL_STACK}'].orValue('') == object.metadata.name"),
        "metadata.name",
        f"use the name that the namespace's label {names.LABEL_STACK} holds, "
        "or a namespace of its own",
    ),
)
def namespace_belongs_to_this_stack(case: Case) -> Iterator[Broken]:
    """Keep two stacks from sharing the network rules and credentials of a namespace."""
    if case.facts.namespace_labels.get(names.LABEL_STACK) != case.name:
        yield Broken("metadata.name")
    if any(other != case.name for other in case.facts.stacks):
        yield Broken("metadata.namespace", "delete the other TradingStack of this namespace")


@rule(
    "INV-03b",
    "a stack's name is a short DNS label that starts with a letter",
    Crd(
        "TradingStack",
        "",
        cel.full_match("self.metadata.name", _NAME),
        "choose at most 30 of a-z, 0-9 and dash, with a letter in front",
        "metadata.name",
    ),
    severity="warning",
)
def name_leaves_room_for_suffixes(case: Case) -> Iterator[Broken]:
    """Leave room for the names of its parts, which have to fit into 63 characters."""
    if not _NAME.fullmatch(case.name):
        yield Broken("metadata.name")


@rule(
    "INV-10a",
    "the namespace of a stack enforces the newest restricted Pod Security Standard",
    Validation(
        "stacks",
        if_changed(
            f"variables.labels[?'{ENFORCE}'].orValue('') == 'restricted'"
            f" && variables.labels[?'{ENFORCE_VERSION}'].orValue('latest') == 'latest'"
        ),
        _LABELS,
        f"label the namespace {ENFORCE}=restricted and {ENFORCE_VERSION}=latest",
    ),
)
def namespace_refuses_privileged_pods(case: Case) -> Iterator[Broken]:
    """Refuse, as the last guard, a root container that nobody meant to run."""
    labels = case.facts.namespace_labels
    if labels.get(ENFORCE) != "restricted":
        yield Broken(_LABELS, f"label the namespace {ENFORCE}=restricted")
    # without the label Kubernetes enforces the latest version by itself
    if labels.get(ENFORCE_VERSION, "latest") != "latest":
        yield Broken(_LABELS, f"label the namespace {ENFORCE_VERSION}=latest")
