"""Only the platform team changes the rules themselves.

Policies and their bindings are exempt from policies; what is done to them, the operator reports.
"""

from collections.abc import Iterator
from typing import Any, Final

from tradingstack_operator.api.names import GROUP
from tradingstack_operator.rules import cel
from tradingstack_operator.rules.policies import WRITES, Match, Policy, ours
from tradingstack_operator.rules.request import BREAK_GLASS, GUARD, RELEASE, Request
from tradingstack_operator.rules.rule import Broken, Validation, rule

_CRDS: Final = "apiextensions.k8s.io"
_WEBHOOKS: Final = "admissionregistration.k8s.io"
_ROLES: Final = "rbac.authorization.k8s.io"
_AGGREGATES: Final = "rbac.authorization.k8s.io/aggregate-to-"
_SENSITIVE: Final = (
    *("*", "*/*"),
    *(
        spelled
        for right in (RELEASE, BREAK_GLASS, GUARD)
        for spelled in (
            f"{right.resource}/{right.subresource}",
            f"*/{right.subresource}",
            f"{right.resource}/*",
        )
    ),
)
"""Every spelling of the rights that the rules ask for."""

PLATFORM: Final = Policy(
    "platform",
    "Who changes CRDs, PlatformPolicy, webhooks and shared roles.",
    (
        Match(_CRDS, ("customresourcedefinitions",), ("UPDATE", "DELETE")),
        ours("platformpolicies", operations=("CREATE", "UPDATE", "DELETE")),
        Match(_ROLES, ("clusterroles",), WRITES),
        Match(
            _WEBHOOKS,
            ("validatingwebhookconfigurations", "mutatingwebhookconfigurations"),
            ("UPDATE", "DELETE"),
        ),
    ),
    in_stack_namespaces=False,
    variables={
        "group": "request.resource.group",
        "name": "request.?name.orValue('')",
        "guard": GUARD.cel,
        "labels": "dyn(object).metadata.?labels.orValue({})",
    },
)
POLICIES: Final = (PLATFORM,)

_WEBHOOK_FIELDS: Final = (
    "failurePolicy",
    "matchConditions",
    "matchPolicy",
    "namespaceSelector",
    "objectSelector",
    "reinvocationPolicy",
    "rules",
    "sideEffects",
    "timeoutSeconds",
)


def _same_but_for_the_authority(one: str, other: str) -> str:
    """Write that each webhook is in the other object as well; only its caBundle may differ."""
    same = " && ".join(
        f"v.?{field} == w.?{field}"
        for field in (*_WEBHOOK_FIELDS, "clientConfig.?service", "clientConfig.?url")
    )
    webhooks = ".?webhooks.orValue([])"
    return (
        f"dyn({one}){webhooks}.all(w, dyn({other}){webhooks}.exists(v, v.name == w.name && {same}))"
    )


_ASK: Final = f"ask the platform team, who may {GUARD.verb} {GUARD.resource}/{GUARD.subresource}"


@rule(
    "INV-35",
    f"the CRDs of {GROUP} are changed by the platform team",
    Validation(
        "platform",
        f"variables.group != '{_CRDS}' || !variables.name.endsWith('.{GROUP}') || variables.guard",
        "spec",
        _ASK,
        "Forbidden",
    ),
)
def crds_are_guarded(request: Request) -> Iterator[Broken]:
    """Keep the rules in the schemas from being edited away."""
    ours = request.group == _CRDS and request.name.endswith(f".{GROUP}")
    if ours and GUARD not in request.rights:
        yield Broken("spec")


@rule(
    "INV-35",
    "PlatformPolicy is written by the platform team",
    Validation(
        "platform",
        f"variables.group != '{GROUP}' || variables.guard",
        "spec",
        _ASK,
        "Forbidden",
    ),
)
def policy_is_guarded(request: Request) -> Iterator[Broken]:
    """Keep a desk from allowing itself what the platform team did not."""
    if request.group == GROUP and GUARD not in request.rights:
        yield Broken("spec")


@rule(
    "INV-35",
    "PlatformPolicy is not deleted while its policies are bound",
    Validation(
        "platform",
        f"variables.group != '{GROUP}' || request.operation != 'DELETE'",
        "metadata.name",
        "change its content, or remove the bindings of the policies first",
        "Forbidden",
    ),
)
def policy_stays(request: Request) -> Iterator[Broken]:
    """Keep every namespace of a stack from being locked by one delete."""
    if request.group == GROUP and request.operation == "DELETE":
        yield Broken("metadata.name")


@rule(
    "INV-35",
    "the webhooks of tradingstack are changed by the platform team",
    Validation(
        "platform",
        f"variables.group != '{_WEBHOOKS}' || !variables.name.startsWith('tradingstack')"
        " || variables.guard || request.operation == 'UPDATE' && "
        + _same_but_for_the_authority("object", "oldObject")
        + " && "
        + _same_but_for_the_authority("oldObject", "object"),
        "webhooks",
        _ASK,
        "Forbidden",
    ),
)
def webhooks_are_guarded(request: Request) -> Iterator[Broken]:
    """Keep the second line of defence in force."""
    ours = request.group == _WEBHOOKS and request.name.startswith("tradingstack")
    renewed = request.operation == "UPDATE" and _same_but_for_the_authorities(request)
    if ours and GUARD not in request.rights and not renewed:
        yield Broken("webhooks")


@rule(
    "INV-42b",
    "an aggregated ClusterRole grants no right that the rules ask for",
    Validation(
        "platform",
        f"variables.group != '{_ROLES}'"
        f" || !variables.labels.exists(k, k.startsWith('{_AGGREGATES}'))"
        " || dyn(object).?rules.orValue([]).all(r,"
        f" !r.?apiGroups.orValue([]).exists(g, g in ['*', '{GROUP}'])"
        f" || r.?resources.orValue([]).all(s, !(s in {cel.texts(_SENSITIVE)})))",
        "rules",
        "grant releasing, break-glass and guarding in a role that is bound by itself",
        "Forbidden",
    ),
)
def aggregated_roles_are_harmless(request: Request) -> Iterator[Broken]:
    """Keep everybody who may edit from becoming somebody who may release a halt."""
    labels = request.new.get("metadata", {}).get("labels") or {}
    if request.group != _ROLES or not any(key.startswith(_AGGREGATES) for key in labels):
        return
    for number, granted in enumerate(request.new.get("rules") or ()):
        if _grants_a_right(granted):
            yield Broken(f"rules[{number}]")


def _same_but_for_the_authorities(request: Request) -> bool:
    """Tell whether a certificate authority is renewed, as cert-manager does, and nothing else."""
    before, after = (
        {
            webhook["name"]: {field: webhook.get(field) for field in _WEBHOOK_FIELDS}
            | {key: webhook["clientConfig"].get(key) for key in ("service", "url")}
            for webhook in manifest.get("webhooks") or ()
        }
        for manifest in (request.before, request.new)
    )
    return before == after


def _grants_a_right(granted: dict[str, Any]) -> bool:
    return bool(
        {"*", GROUP}.intersection(granted.get("apiGroups") or ())
        and set(_SENSITIVE).intersection(granted.get("resources") or ())
    )


RULES: Final = (
    crds_are_guarded,
    policy_is_guarded,
    policy_stays,
    webhooks_are_guarded,
    aggregated_roles_are_harmless,
)
