"""What a stack's surroundings say, besides its own spec."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tradingstack_operator.api.platform_policy import PlatformPolicy
from tradingstack_operator.api.trading_stack import TradingStack


@dataclass(frozen=True, slots=True)
class Facts:
    """A snapshot of everything outside a TradingStack that its rules and builders may ask."""

    namespace_labels: Mapping[str, str] = field(default_factory=dict)
    namespace_terminating: bool = False
    stacks: tuple[str, ...] = ()
    """The names of all TradingStacks of the namespace, sorted."""
    halts: tuple[str, ...] = ()
    """The names of all TradingHalts of the namespace, sorted."""
    policy: PlatformPolicy | None = None
    """The PlatformPolicy of the cluster; None when there is none or it does not parse."""
    policy_problem: str = ""
    """Why ``policy`` is None, in words for a user."""
    missing_kinds: frozenset[str] = frozenset()
    """The optional kinds that the API server does not serve."""
    cache_image: str = ""
    """The image of the Builtin cache; empty when the operator was given none."""
    broken_guards: tuple[str, ...] = ()
    """Every guard in the API server that is missing, changed or unreadable, with what is wrong."""

    def freeze(self, stack: TradingStack) -> bool:
        """Tell whether nothing of an accepted stack may change: no guard would refuse a mistake."""
        return stack.production and bool(self.broken_guards)
