"""The rules as the objects that make the API server enforce them.

Defaults are written out, so that what the API server stores equals what was sent: the operator
compares the two.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from tradingstack_operator.api.crd import CustomResource, build_crd
from tradingstack_operator.api.names import (
    API_VERSION,
    LABEL_ENVIRONMENT,
    LABEL_PART_OF,
    PART_OF,
    POLICY_NAME,
)
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.rules.policies import Match, Policy
from tradingstack_operator.rules.registry import POLICIES, REGISTRY
from tradingstack_operator.rules.rule import Crd, Rule, Validation

PREFIX: Final = "tradingstack-"
_API_VERSION: Final = "admissionregistration.k8s.io/v1"
_ANY: Final[dict[str, Any]] = {
    "matchPolicy": "Equivalent",
    "namespaceSelector": {},
    "objectSelector": {},
}
_STACK_NAMESPACES: Final = {"matchExpressions": [{"key": LABEL_ENVIRONMENT, "operator": "Exists"}]}


def build_crd_with_rules(
    resource: CustomResource, rules: Iterable[Rule[Any]] = REGISTRY
) -> Manifest:
    """Write a kind's CRD with the rules that its schema enforces."""
    crd = build_crd(resource)
    crd["metadata"]["labels"] = {LABEL_PART_OF: PART_OF}
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    for rule, expression in _expressions(rules):
        if isinstance(expression, Crd) and expression.kind == resource.kind:
            validation = {"rule": expression.expression, "message": rule.message(expression)}
            if expression.field and expression.path:  # metadata has no schema to point into
                validation["fieldPath"] = f".{expression.field}"
            place = _at(schema, expression.path)
            place.setdefault("x-kubernetes-validations", []).append(validation)
    return crd


def build_policies(rules: Iterable[Rule[Any]] = REGISTRY) -> list[Manifest]:
    """Write every admission policy."""
    found = tuple(rules)
    return [_policy(policy, found) for policy in POLICIES]


def build_bindings() -> list[Manifest]:
    """Write the bindings that put the policies in force."""
    return [binding for policy in POLICIES for binding in _bindings(policy)]


def _policy(policy: Policy, rules: Iterable[Rule[Any]]) -> Manifest:
    spec: dict[str, Any] = {
        "failurePolicy": "Fail",
        "matchConstraints": _ANY | {"resourceRules": [_match(match) for match in policy.matches]},
        "validations": [
            {
                "expression": expression.expression,
                "message": rule.message(expression),
                "reason": expression.reason,
            }
            for rule, expression in _expressions(rules)
            if isinstance(expression, Validation) and expression.policy == policy.name
        ],
    }
    if policy.reads_platform_policy:
        spec["paramKind"] = {"apiVersion": API_VERSION, "kind": "PlatformPolicy"}
    if policy.condition:
        spec["matchConditions"] = [{"name": "applies", "expression": policy.condition}]
    if policy.variables:
        spec["variables"] = [
            {"name": name, "expression": expression}
            for name, expression in policy.variables.items()
        ]
    return _object("ValidatingAdmissionPolicy", PREFIX + policy.name, spec)


def _bindings(policy: Policy) -> Iterator[Manifest]:
    """Bind a policy; where updates are treated in another way, they have a binding of their own."""
    if not policy.reads_platform_policy:
        yield _binding(policy, PREFIX + policy.name)
        return
    # the API server's own message about a missing parameter names the binding and nothing else
    name = f"{PREFIX}{policy.name}-needs-platformpolicy-{POLICY_NAME}"
    if not policy.skips_updates:
        yield _binding(policy, name, missing="Deny")
        return
    yield _binding(policy, name, missing="Deny", operation="CREATE")
    yield _binding(policy, f"{PREFIX}{policy.name}-updates", missing="Allow", operation="UPDATE")


def _binding(policy: Policy, name: str, missing: str = "", operation: str = "") -> Manifest:
    spec: dict[str, Any] = {
        "policyName": PREFIX + policy.name,
        "validationActions": ["Deny", "Audit"],
    }
    if missing:
        spec["paramRef"] = {"name": POLICY_NAME, "parameterNotFoundAction": missing}
    resources = dict(_ANY)
    if policy.in_stack_namespaces:
        resources["namespaceSelector"] = _STACK_NAMESPACES
    if operation:
        resources["resourceRules"] = [
            _match(match) | {"operations": [operation]}
            for match in policy.matches
            if operation in match.operations
        ]
    if resources != _ANY:
        spec["matchResources"] = resources
    return _object("ValidatingAdmissionPolicyBinding", name, spec)


def _match(match: Match) -> dict[str, Any]:
    return {
        "apiGroups": [match.group],
        "apiVersions": list(match.versions),
        "operations": list(match.operations),
        "resources": list(match.resources),
        "scope": "*",
    }


def _object(kind: str, name: str, spec: dict[str, Any]) -> Manifest:
    return {
        "apiVersion": _API_VERSION,
        "kind": kind,
        "metadata": {"name": name, "labels": {LABEL_PART_OF: PART_OF}},
        "spec": spec,
    }


def _expressions(rules: Iterable[Rule[Any]]) -> Iterator[tuple[Rule[Any], Crd | Validation]]:
    return ((rule, expression) for rule in rules for expression in rule.expressions)


def _at(schema: dict[str, Any], path: str) -> dict[str, Any]:
    """Find the schema of a field, as in ``spec.ingestors[].env[]``."""
    for part in path.split(".") if path else ():
        schema = schema["properties"][part.removesuffix("[]")]
        if part.endswith("[]"):
            schema = schema["items"]
    return schema
