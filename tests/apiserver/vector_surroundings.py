"""Who sends vectors, what they may do, and the namespaces they send them to."""

from typing import Any

from tests.support.vectors import RIGHTS, namespaces, users, vectors
from tradingstack_operator.api.names import GROUP

_OPEN_GROUPS = [
    "",
    "apiextensions.k8s.io",
    "apps",
    "autoscaling",
    "batch",
    "cilium.io",
    "crd.projectcalico.org",
    "discovery.k8s.io",
    "external-secrets.io",
    "generators.external-secrets.io",
    "networking.k8s.io",
    "policy",
    "policy.networking.k8s.io",
    "postgresql.cnpg.io",
    "projectcalico.org",
    "rbac.authorization.k8s.io",
]
"""What everybody may write: the policies alone are to decide."""


def labelled_namespaces() -> list[dict[str, Any]]:
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        for name, labels in namespaces().items()
    ]


def roles() -> list[dict[str, Any]]:
    """Let everybody do everything that no rule of ours is about, and each what the vectors say."""
    everybody = sorted(
        {vector.user.name for vector in vectors()} | {u.name for u in users().values()}
    )
    ours = ["tradingstacks", "tradingstacks/scale", "tradinghalts", "stackoperations"]
    rules = [
        {"apiGroups": _OPEN_GROUPS, "resources": ["*"], "verbs": ["*"]},
        {"apiGroups": [GROUP], "resources": [*ours, "platformpolicies"], "verbs": ["*"]},
        {
            "apiGroups": ["admissionregistration.k8s.io"],
            "resources": ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"],
            "verbs": ["*"],
        },
    ]
    roles = _grant("vectors", everybody, rules)
    for short, right in RIGHTS.items():
        holders = [user.name for user in users().values() if right in user.rights]
        resource = f"{right.resource}/{right.subresource}"
        rule = {"apiGroups": [GROUP], "resources": [resource], "verbs": [right.verb]}
        roles += _grant(f"vectors-{short}", holders, [rule])
    return roles


def _grant(name: str, to: list[str], rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kind = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": name}}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
    subjects = [
        {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user} for user in to
    ]
    return [
        kind | {"kind": "ClusterRole", "rules": rules},
        kind | {"kind": "ClusterRoleBinding", "roleRef": role, "subjects": subjects},
    ]
