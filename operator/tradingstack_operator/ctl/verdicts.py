"""The verdicts of the API server on objects that are not sent to it.

What the inputs do not say is not guessed: an object is judged once for every way the unknown could
be, and a rule that refuses it in some of them only is not checked.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any, Final, NamedTuple

from tradingstack_operator.api.metadata import ObjectMeta
from tradingstack_operator.api.names import LABEL_ENVIRONMENT, LABEL_STACK, POLICY_NAME
from tradingstack_operator.api.platform_policy import (
    Egress,
    EgressProxy,
    PlatformPolicy,
    PlatformPolicySpec,
)
from tradingstack_operator.ctl.findings import SENDER, Findings, Item, Refusal, Unchecked
from tradingstack_operator.ctl.inputs import Inputs
from tradingstack_operator.model.findings import Violation
from tradingstack_operator.rules.judge import judge
from tradingstack_operator.rules.registry import POLICIES, REGISTRY
from tradingstack_operator.rules.request import BREAK_GLASS, GUARD, OPERATE, RELEASE, Request, Right
from tradingstack_operator.rules.rule import Rule, Validation

_STRICTEST: Final = PlatformPolicy.model_construct(
    api_version="tradingstack.io/v1alpha1",
    kind="PlatformPolicy",
    metadata=ObjectMeta(name=POLICY_NAME),
    spec=PlatformPolicySpec.model_construct(
        operator_service_account="nobody",
        secret_stores=(),
        secret_writers=(),
        image_registries=(),
        breaker_limits=(),
        egress=Egress.model_construct(
            proxy=EgressProxy(host="proxy.invalid", port=1), cluster_cidrs=(), partners=()
        ),
        approved_cidrs=(),
    ),
)
"""Allows nothing: stands in for a missing one, to find out which rules an object needs it for."""
_RESTRICTED: Final = {
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/enforce-version": "latest",
}
_PEOPLE: Final = frozenset({GUARD, RELEASE, BREAK_GLASS})
"""The rights that people hold, and not the operator alone."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who applies the objects."""

    user: str = ""
    """Empty: somebody who is no operator, controller or secret writer."""
    rights: frozenset[Right] | None = None
    """None: nobody knows what the user may do."""


class _World(NamedTuple):
    """One way the unknown could be: numbers of a namespace's labels and of a sender."""

    place: int
    sender: int


class _Fault(NamedTuple):
    """A law that an object breaks in one place, however the message goes on."""

    rule: str
    law: str
    field: str


def judge_inputs(inputs: Inputs, sender: Sender) -> Findings:
    """Judge every object as one that is created."""
    refusals: list[Refusal] = []
    unchecked: list[Unchecked] = []
    for item in inputs.items:
        found, open_questions = _judge(item, inputs, sender)
        refusals += found
        unchecked += open_questions
    return Findings(
        judged=len(inputs.items),
        not_judged=inputs.not_judged,
        refusals=tuple(sorted(refusals, key=lambda one: (*one.item.order, str(one.violation)))),
        unchecked=tuple(sorted(unchecked, key=lambda one: (*one.item.order, one.needs))),
        unreadable=tuple(
            sorted(inputs.unreadable, key=lambda one: (one.file, one.line, one.column, one.problem))
        ),
    )


def _judge(item: Item, inputs: Inputs, sender: Sender) -> tuple[list[Refusal], list[Unchecked]]:
    shape = _shape(item)
    if shape:
        return [_refusal(item, shape)], []
    places = _places(item, inputs)
    senders = _senders(item, sender)
    try:
        faults = {
            _World(place, who): _faults(_request(item, inputs, labels, one))
            for (place, labels), (who, one) in product(enumerate(places), enumerate(senders))
        }
    except (AttributeError, LookupError, TypeError, ValueError):
        # rules trust that the API server decoded an object before they see it; nobody decoded this
        return [_refusal(item, _misshapen(item, "", "not what its kind looks like;"))], []
    refusals: list[Refusal] = []
    needs: dict[str, set[str]] = {}
    for fault in {fault for found in faults.values() for fault in found}:
        worlds = [world for world, found in faults.items() if fault in found]
        missing = _missing(fault, inputs)
        if any(count < len(places) for count in Counter(one.sender for one in worlds).values()):
            missing.append(f"Namespace/{item.namespace}")
        if any(count < len(senders) for count in Counter(one.place for one in worlds).values()):
            missing.append(SENDER)
        for one in missing:
            needs.setdefault(one, set()).add(fault.rule)
        if not missing:
            refusals.append(_refusal(item, faults[worlds[0]][fault]))
    return refusals, [Unchecked(item, tuple(sorted(needs[one])), one) for one in needs]


def _places(item: Item, inputs: Inputs) -> list[Mapping[str, str]]:
    """List the labels that the object's namespace may have."""
    if not item.namespace:
        return [{}]
    if item.namespace in inputs.namespaces:
        return [inputs.namespaces[item.namespace]]
    stack = item.spec.get("stack", item.name)
    return [
        {},
        {LABEL_ENVIRONMENT: "production"},
        *(
            _RESTRICTED | {LABEL_ENVIRONMENT: environment, LABEL_STACK: stack}
            for environment in ("production", "staging", "development")
        ),
    ]


def _senders(item: Item, sender: Sender) -> list[Sender]:
    """List who may send the object; among them whom it names itself."""
    users = [sender.user]
    named = item.spec.get("requestedBy")
    if not sender.user and isinstance(named, str):
        users.append(named)
    rights = [frozenset[Right](), _PEOPLE] if sender.rights is None else [sender.rights]
    return [Sender(user, which) for user in users for which in rights]


def _request(item: Item, inputs: Inputs, labels: Mapping[str, str], sender: Sender) -> Request:
    policy = inputs.policy or _STRICTEST
    is_operator = sender.user == policy.spec.operator_service_account
    return Request(
        operation="CREATE",
        group=item.kind.group,
        resource=item.kind.plural,
        kind=item.kind.kind,
        name=item.name,
        namespace=item.namespace,
        object=item.manifest,
        user=sender.user,
        rights=(sender.rights or frozenset()) | ({OPERATE} if is_operator else set()),
        namespace_labels=labels,
        policy=policy,
    )


def _faults(request: Request) -> dict[_Fault, Violation]:
    found = {}
    for violation in judge(request):
        rule = _rule_of(violation)
        law = rule.law if rule else violation.message
        found[_Fault(violation.rule, law, violation.field)] = violation
    return found


def _missing(fault: _Fault, inputs: Inputs) -> list[str]:
    """Say whether another PlatformPolicy than the strictest could allow it."""
    blind = inputs.policy is None and (fault.rule, fault.law) in _reading_platform_policy()
    return [f"PlatformPolicy/{POLICY_NAME}"] if blind else []


@cache
def _reading_platform_policy() -> set[tuple[str, str]]:
    """List the rules of the policies that read it, by id and law."""
    policies = {policy.name for policy in POLICIES if policy.reads_platform_policy}
    return {
        (rule.id, rule.law)
        for rule in REGISTRY
        if any(isinstance(one, Validation) and one.policy in policies for one in rule.expressions)
    }


def _shape(item: Item) -> Violation | None:
    """Check what all kinds have in common."""
    for part in ("labels", "annotations"):
        found = item.manifest["metadata"].get(part, {})
        if not isinstance(found, dict) or any(not isinstance(one, str) for one in found.values()):
            return _misshapen(item, f"metadata.{part}", "every value must be text;")
    return None


def _misshapen(item: Item, field: str, law: str) -> Violation:
    explain = ".".join(part for part in (item.kind.kind.lower(), field) if part)
    return Violation("schema", field, f"{law} see kubectl explain {explain}")


def _refusal(item: Item, violation: Violation) -> Refusal:
    rule = _rule_of(violation)
    return Refusal(item, violation, rule.severity if rule else "critical")


def _rule_of(violation: Violation) -> Rule[Any] | None:
    """Find the rule that a violation is of; None for the schema's."""
    return next(
        (
            rule
            for rule in _rules_by_id().get(violation.rule, ())
            if violation.message.startswith(f"{rule.law};")
        ),
        None,
    )


@cache
def _rules_by_id() -> dict[str, list[Rule[Any]]]:
    found: dict[str, list[Rule[Any]]] = {}
    for rule in REGISTRY:
        found.setdefault(rule.id, []).append(rule)
    return found
