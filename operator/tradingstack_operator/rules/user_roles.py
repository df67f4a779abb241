"""The ClusterRoles for people: who reads, who edits, and who may do what the rules ask about.

They are bound in the namespaces of the stacks; reading and editing join the roles ``view`` and
``edit`` that most clusters already bind.
"""

from typing import Any, Final

from tradingstack_operator.api.names import GROUP, LABEL_PART_OF, PART_OF
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.rules.request import BREAK_GLASS, GUARD, RELEASE, Right

_READ: Final = ("get", "list", "watch")
_WRITE: Final = ("create", "update", "patch", "delete")
_RBAC: Final = "rbac.authorization.k8s.io"


def build_user_roles() -> list[Manifest]:
    """Write the roles, each with what it is for."""
    kinds = ("tradingstacks", "tradinghalts", "stackoperations")
    return [
        _role("viewer", [_on(kinds, _READ)], joins="view"),
        _role(
            "editor",
            [
                _on(("tradingstacks", "tradingstacks/scale"), _WRITE),
                _on(("tradinghalts", "stackoperations"), ("create",)),
            ],
            joins="edit",
        ),
        _role("releaser", [_on(("tradinghalts",), (*_READ, "delete")), _right(RELEASE)]),
        _role(
            "break-glass",
            [
                _right(BREAK_GLASS),
                _on(("pods", "pods/log"), _READ, group=""),
                # some clients open a connection with GET
                _on(("pods/exec", "pods/attach", "pods/portforward"), ("create", "get"), group=""),
                _on(("pods/ephemeralcontainers",), ("patch",), group=""),
            ],
        ),
        _role("platform", [_on(("platformpolicies",), (*_READ, *_WRITE)), _right(GUARD)]),
    ]


def _role(name: str, rules: list[dict[str, Any]], joins: str = "") -> Manifest:
    labels = {LABEL_PART_OF: PART_OF}
    if joins:
        labels[f"{_RBAC}/aggregate-to-{joins}"] = "true"
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": f"tradingstack-{name}", "labels": labels},
        "rules": rules,
    }


def _on(
    resources: tuple[str, ...], verbs: tuple[str, ...], *, group: str = GROUP
) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}


def _right(right: Right) -> dict[str, Any]:
    return _on((f"{right.resource}/{right.subresource}",), (right.verb,))
