"""What admission says of a request: the twin of the CRDs and policies, in Python."""

import re
from collections.abc import Iterator
from typing import Any, Final

from pydantic import ValidationError

from tradingstack_operator.api.base import ApiModel
from tradingstack_operator.api.names import GROUP, POLICY_NAME
from tradingstack_operator.api.platform_policy import PlatformPolicy
from tradingstack_operator.api.stack_operation import StackOperation
from tradingstack_operator.api.trading_halt import TradingHalt
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.findings import Violation
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.rules.accept import schema_violations
from tradingstack_operator.rules.case import Case
from tradingstack_operator.rules.policies import WRITES
from tradingstack_operator.rules.registry import POLICIES, REGISTRY, Registry, in_order
from tradingstack_operator.rules.request import Request
from tradingstack_operator.rules.rule import Crd, Rule

_MODELS: Final[dict[str, type[ApiModel]]] = {
    model.__name__: model for model in (TradingStack, TradingHalt, StackOperation, PlatformPolicy)
}
_KEY: Final = re.compile(r"[^\[\]]+")
_NO_POLICY: Final = Violation(
    "INV-35",
    f"PlatformPolicy/{POLICY_NAME}",
    "nothing is allowed while it is missing; create it, as in the samples",
)


def judge(request: Request, registry: Registry = REGISTRY) -> tuple[Violation, ...]:
    """Find everything for which the API server would refuse a request, in a stable order.

    An object of ours that does not parse is not judged further: it yields its schema violations.
    """
    try:
        parsed = _parse(request)
    except ValidationError as error:
        return schema_violations(error, request.kind)
    covering = [policy for policy in POLICIES if policy.covers(request)]
    blind = [one for one in covering if one.reads_platform_policy and not request.policy]
    in_force = {policy.name for policy in covering if policy not in blind}
    in_force.add(type(parsed).__name__)
    found = {
        violation
        for rule, subject in _subjects(request, parsed, registry)
        if not in_force.isdisjoint(rule.places)
        for violation in rule(subject)
        if not _is_as_before(violation, rule, request)
    }
    if any(request.operation != "UPDATE" or not policy.skips_updates for policy in blind):
        found.add(_NO_POLICY)
    return in_order(found)


def _parse(request: Request) -> ApiModel | None:
    """Read an object of ours that is to be stored."""
    if request.group != GROUP or request.subresource or request.operation not in WRITES:
        return None
    return _MODELS[request.kind].model_validate(request.new, by_alias=True, by_name=False)


def _subjects(
    request: Request, parsed: ApiModel | None, registry: Registry
) -> Iterator[tuple[Rule[Any], Any]]:
    """Pair every rule with what it judges; a spec that stays as it is, is not judged again."""
    if isinstance(parsed, TradingStack) and request.changes("spec"):
        facts = Facts(namespace_labels=request.namespace_labels, policy=request.policy)
        for stack_rule in registry.stack:
            yield stack_rule, Case(parsed, facts)
    if isinstance(parsed, PlatformPolicy) and request.changes("spec"):
        for policy_rule in registry.policy:
            yield policy_rule, parsed
    for request_rule in registry.request:
        yield request_rule, request


def _is_as_before(violation: Violation, rule: Rule[Any], request: Request) -> bool:
    """Tell whether the schema lets a violation pass because its part of the object did not change.

    So an object that breaks a newer rule can still be repaired in steps.
    """
    if request.operation != "UPDATE":
        return False
    parts = violation.field.split(".")
    return any(
        _node(request.new, parts[:depth]) == _node(request.before, parts[:depth])
        for expression in rule.expressions
        if isinstance(expression, Crd) and "oldSelf" not in expression.expression
        for depth in [len(expression.path.split("."))]
    )


def _node(manifest: Manifest, parts: list[str]) -> Any:
    """Find part of an object, as in ``spec``, ``ingestors[0]``, ``env[1]``; None when absent."""
    found: Any = manifest
    for part in parts:
        for key in _KEY.findall(part):
            try:
                found = found[int(key) if key.isdigit() else key]
            except (LookupError, TypeError):
                return None
    return found
