"""What Roles of a stack namespace may grant, and to whom they are bound."""

from collections.abc import Iterator
from typing import Any, Final

from tradingstack_operator.rules import cel
from tradingstack_operator.rules.request import BREAK_GLASS, OPERATE, RELEASE, Request
from tradingstack_operator.rules.rule import Broken, Validation, rule


def _changed(resource: str, field: str) -> str:
    """Write CEL for a list of an object that a request changes; the API server may write null."""
    return (
        f"request.resource.resource == '{resource}' && dyn(object).?{field}.orValue(null) != null"
        f" && (oldObject == null || dyn(object).?{field} != dyn(oldObject).?{field})"
        f" ? dyn(object).{field} : []"
    )


ROLE_VARIABLES: Final = {"rules": _changed("roles", "rules")}
BINDING_VARIABLES: Final = {
    "subjects": _changed("rolebindings", "subjects"),
}

_VERBS: Final = ("escalate", "bind", "impersonate")
_RESOURCES: Final = (
    "serviceaccounts/token",
    "pods/exec",
    "pods/attach",
    "pods/portforward",
    "pods/proxy",
    "pods/ephemeralcontainers",
    "services/proxy",
    "tradingstacks/finalizers",
    *(f"{right.resource}/{right.subresource}" for right in (OPERATE, RELEASE, BREAK_GLASS)),
)
_READING: Final = ("get", "list", "watch")
"""With names, a list is one of these names only."""
_STRONG_ROLES: Final = ("edit", "admin", "cluster-admin")
_EVERYBODY: Final = (
    "system:authenticated",
    "system:unauthenticated",
    "system:anonymous",
    "system:serviceaccounts",
)
_ALL_OF_A_NAMESPACE: Final = "system:serviceaccounts:"
_SERVICE_ACCOUNT: Final = "system:serviceaccount:"


@rule(
    "INV-42",
    "a Role of a stack namespace spells out what it grants",
    Validation(
        "access",
        "variables.rules.all(grant, (grant.verbs + grant.?resources.orValue([])"
        " + grant.?apiGroups.orValue([])).all(word, !word.contains('*')))",
        "rules",
        "list verbs, resources and API groups instead of *",
        "Forbidden",
    ),
)
def grants_are_spelled_out(request: Request) -> Iterator[Broken]:
    """Keep a Role from growing by itself when somebody installs a new kind."""
    for number, grant in enumerate(_grants(request)):
        for part in ("verbs", "resources", "apiGroups"):
            if any("*" in word for word in grant.get(part) or []):
                yield Broken(f"rules[{number}].{part}")


@rule(
    "INV-42",
    "a Role of a stack namespace reads no Secrets",
    Validation(
        "secrets",
        "variables.rules.all(grant, !('secrets' in grant.?resources.orValue([]))"
        " || (variables.writer"
        " || request.userInfo.username == params.spec.operatorServiceAccount)"
        " && grant.?resourceNames.orValue([]).size() > 0"
        f" && grant.verbs.all(verb, verb in {cel.texts(_READING)}))",
        "rules",
        "remove secrets: a pod mounts what it needs",
        "Forbidden",
    ),
)
def grants_read_no_secrets(request: Request) -> Iterator[Broken]:
    """Keep credentials where they are used: in the files of the pods that need them.

    Operators that write Secrets hand their pods a Role for the few they made by name.
    """
    for number, grant in enumerate(_grants(request)):
        if "secrets" not in (grant.get("resources") or []):
            continue
        trusted = request.by_operator or request.user in request.allowed.secret_writers
        by_name = grant.get("resourceNames") and set(grant["verbs"]) <= set(_READING)
        if not (trusted and by_name):
            yield Broken(f"rules[{number}].resources")


@rule(
    "INV-42",
    "a Role of a stack namespace grants no way past the rules",
    Validation(
        "access",
        f"variables.rules.all(grant, grant.verbs.all(verb, !(verb in {cel.texts(_VERBS)}))"
        " && grant.?resources.orValue([]).all(resource,"
        f" !(resource in {cel.texts(_RESOURCES)})))",
        "rules",
        "remove it; the platform team grants tokens, exec, release and break-glass by ClusterRoles",
        "Forbidden",
    ),
)
def grants_respect_the_rules(request: Request) -> Iterator[Broken]:
    """Keep whoever may write Roles from becoming the operator, or releasing their own halt."""
    for number, grant in enumerate(_grants(request)):
        if any(verb in _VERBS for verb in grant["verbs"]):
            yield Broken(f"rules[{number}].verbs")
        if any(resource in _RESOURCES for resource in grant.get("resources") or []):
            yield Broken(f"rules[{number}].resources")


@rule(
    "INV-42",
    "a ServiceAccount gets none of the roles edit, admin and cluster-admin",
    Validation(
        "access",
        "variables.subjects.size() == 0 || dyn(object).roleRef.kind != 'ClusterRole'"
        f" || !(dyn(object).roleRef.name in {cel.texts(_STRONG_ROLES)})"
        " || variables.subjects.all(subject, subject.kind != 'ServiceAccount'"
        f" && !(subject.kind == 'User' && subject.name.startsWith('{_SERVICE_ACCOUNT}')))",
        "roleRef",
        "write a Role with what the program really does, and bind that",
        "Forbidden",
    ),
)
def programs_get_small_roles(request: Request) -> Iterator[Broken]:
    """Keep a stolen token of a pipeline from editing the namespace."""
    role = request.new.get("roleRef", {})
    if role.get("kind") != "ClusterRole" or role.get("name") not in _STRONG_ROLES:
        return
    for number, subject in enumerate(_subjects(request)):
        by_name = subject["kind"] == "User" and subject["name"].startswith(_SERVICE_ACCOUNT)
        if subject["kind"] == "ServiceAccount" or by_name:
            yield Broken(f"subjects[{number}]")


@rule(
    "INV-42",
    "nothing is granted to everybody",
    Validation(
        "access",
        f"variables.subjects.all(subject, !(subject.name in {cel.texts(_EVERYBODY)})"
        f" && !subject.name.startsWith('{_ALL_OF_A_NAMESPACE}'))",
        "subjects",
        "name the users, groups or ServiceAccounts that need it",
        "Forbidden",
    ),
)
def nothing_is_for_everybody(request: Request) -> Iterator[Broken]:
    """Keep every program of the cluster, and whoever reaches the API server, out of a stack."""
    for number, subject in enumerate(_subjects(request)):
        name = subject["name"]
        if name in _EVERYBODY or name.startswith(_ALL_OF_A_NAMESPACE):
            yield Broken(f"subjects[{number}]")


def _grants(request: Request) -> list[dict[str, Any]]:
    """List the rules of a Role that a request changes."""
    if request.resource != "roles" or not request.changes("rules"):
        return []
    return request.new.get("rules") or []


def _subjects(request: Request) -> list[dict[str, Any]]:
    """List the subjects of a RoleBinding that a request changes."""
    if request.resource != "rolebindings" or not request.changes("subjects"):
        return []
    return request.new.get("subjects") or []


RULES: Final = (
    grants_are_spelled_out,
    grants_read_no_secrets,
    grants_respect_the_rules,
    programs_get_small_roles,
    nothing_is_for_everybody,
)
