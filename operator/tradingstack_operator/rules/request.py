"""One request to the API server, as its admission sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from tradingstack_operator.api.names import GROUP, LABEL_ENVIRONMENT, LABEL_STACK
from tradingstack_operator.api.platform_policy import PlatformPolicy, PlatformPolicySpec
from tradingstack_operator.model.objects import Manifest

Operation = Literal["CREATE", "UPDATE", "DELETE", "CONNECT"]


@dataclass(frozen=True, slots=True)
class Right:
    """What a role may grant on one of our resources; some exist for these checks alone."""

    resource: str
    subresource: str
    verb: str
    namespaced: bool = True

    @property
    def cel(self) -> str:
        """Ask the API server's authorizer whether the author of the request has it."""
        place = ".namespace(request.namespace)" if self.namespaced else ""
        return (
            f"authorizer.group('{GROUP}').resource('{self.resource}')"
            f".subresource('{self.subresource}'){place}.check('{self.verb}').allowed()"
        )


OPERATE: Final = Right("tradingstacks", "status", "patch")
"""Only the operator writes the status of a stack."""
RELEASE: Final = Right("tradinghalts", "release", "update")
"""Release the halt of somebody else."""
BREAK_GLASS: Final = Right("tradingstacks", "breakglass", "create")
"""Look into running pods in an emergency."""
GUARD: Final = Right("platformpolicies", "guard", "update", namespaced=False)
"""Change the rules themselves: the right of the platform team."""


@dataclass(frozen=True, slots=True)
class Request:
    """A write, or a connection, and everything around it that a rule may ask."""

    operation: Operation
    group: str
    resource: str
    kind: str
    name: str
    namespace: str = ""
    subresource: str = ""
    object: Manifest | None = None
    """As it would be stored; None when something is deleted or connected to."""
    old: Manifest | None = None
    """As it is stored; None when it is created."""
    user: str = ""
    field_manager: str = ""
    rights: frozenset[Right] = frozenset()
    """What the user may do, of the rights above."""
    namespace_labels: Mapping[str, str] = field(default_factory=dict)
    policy: PlatformPolicy | None = None

    @property
    def environment(self) -> str:
        """What the namespace says of itself: the only source of truth about production."""
        return self.namespace_labels.get(LABEL_ENVIRONMENT, "")

    @property
    def stack(self) -> str:
        """The name of the one stack that the namespace may hold."""
        return self.namespace_labels.get(LABEL_STACK, "")

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def allowed(self) -> PlatformPolicySpec:
        """What the platform team allows; only rules that are skipped without it may ask."""
        if self.policy is None:
            raise LookupError("this rule needs PlatformPolicy")
        return self.policy.spec

    @property
    def by_operator(self) -> bool:
        return self.user == self.allowed.operator_service_account

    @property
    def new(self) -> Manifest:
        """The object to be stored; empty when nothing is."""
        return self.object or {}

    @property
    def before(self) -> Manifest:
        """The stored object; empty when there is none."""
        return self.old or {}

    def changes(self, *path: str) -> bool:
        """Tell whether the request creates an object or alters this part of it."""
        if self.operation == "CREATE":
            return True
        return bool(part_of(self.new, path) != part_of(self.before, path))


def part_of(manifest: Manifest, path: tuple[str, ...]) -> Any:
    """Find part of an object; None when it, or what it would be in, is absent."""
    found: Any = manifest
    for part in path:
        found = (found or {}).get(part)
    return found
