"""What a stack's surroundings say, besides its own spec."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tradingstack_contract.files import Relay
from tradingstack_operator.api.platform_policy import PlatformPolicy
from tradingstack_operator.api.stack_operation import StackOperation
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.model.halts import Halt
from tradingstack_operator.model.images import Images
from tradingstack_operator.model.monitoring import Monitors
from tradingstack_operator.model.rotation import SecretVersion


@dataclass(frozen=True, slots=True)
class Facts:
    """A snapshot of everything outside a TradingStack that its rules and builders may ask."""

    namespace_labels: Mapping[str, str] = field(default_factory=dict)
    namespace_terminating: bool = False
    stacks: tuple[str, ...] = ()
    """The names of all TradingStacks of the namespace, sorted."""
    halts: tuple[Halt, ...] = ()
    """All TradingHalts of the namespace, sorted by name."""
    network_cut: bool = False
    """Whether a halt has lasted so long that the routes to venues are closed."""
    relay: Relay | None = None
    """By what the stack's replicas know the halt relay; None when there is none."""
    operations: tuple[StackOperation, ...] = ()
    """The StackOperations of the namespace, in the order in which they were asked for."""
    policy: PlatformPolicy | None = None
    """The PlatformPolicy of the cluster; None when there is none or it does not parse."""
    policy_problem: str = ""
    """Why ``policy`` is None, in words for a user."""
    missing_kinds: frozenset[str] = frozenset()
    """The optional kinds that the API server does not serve."""
    images: Images = field(default_factory=Images)
    """The images that the operator was installed with."""
    credential_versions: Mapping[str, SecretVersion] = field(default_factory=dict)
    """The entries of the secret store whose value is newer than the stack."""
    monitors: Monitors = field(default_factory=Monitors)
    """What the cluster's Prometheus and Alertmanager objects take up."""
    broken_guards: tuple[str, ...] = ()
    """Every guard in the API server that is missing, changed or unreadable, with what is wrong."""

    def freeze(self, stack: TradingStack) -> bool:
        """Tell whether nothing of an accepted stack may change: no guard would refuse a mistake."""
        return stack.production and bool(self.broken_guards)
