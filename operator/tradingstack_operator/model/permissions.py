"""Everything the operator may do: the chart's roles and the start-up check read this table."""

from dataclasses import dataclass
from typing import Final

from tradingstack_operator.model.kinds import (
    EVENT,
    GUARD_KINDS,
    LEASE,
    MANAGED_KINDS,
    MONITOR_KINDS,
    NAMESPACE,
    PLATFORM_POLICY,
    POD,
    STACK_OPERATION,
    TRADING_HALT,
    TRADING_STACK,
    Kind,
)


@dataclass(frozen=True, slots=True)
class Permission:
    """Some verbs on one resource."""

    group: str
    resource: str
    verbs: tuple[str, ...]
    subresource: str = ""
    own_namespace: bool = False
    """Granted in the operator's own namespace only, not in the whole cluster."""

    @property
    def path(self) -> str:
        """The resource as a role's rule names it."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def _on(kind: Kind, *verbs: str, subresource: str = "", own_namespace: bool = False) -> Permission:
    return Permission(kind.group, kind.plural, verbs, subresource, own_namespace)


PERMISSIONS: Final = (
    # informers list and watch, server-side apply creates and patches: nothing needs get or update
    *(
        _on(kind, "list", "watch", "create", "patch", *([] if kind.kept else ["delete"]))
        for kind in MANAGED_KINDS
    ),
    _on(NAMESPACE, "list", "watch"),
    _on(TRADING_STACK, "list", "watch", "patch"),
    _on(TRADING_STACK, "patch", subresource="status"),
    _on(TRADING_HALT, "list", "watch"),
    _on(STACK_OPERATION, "list", "watch", "create"),
    _on(STACK_OPERATION, "patch", subresource="status"),
    _on(PLATFORM_POLICY, "list", "watch"),
    *(_on(kind, "list", "watch") for kind in GUARD_KINDS),
    *(_on(kind, "list", "watch") for kind in MONITOR_KINDS),
    # only what keeps pods from running is kept of them
    _on(POD, "list", "watch"),
    _on(EVENT, "list", "watch", "create"),
    _on(LEASE, "get", "create", "update", own_namespace=True),
)
