"""What the rules of a stack judge: the stack together with its surroundings."""

from dataclasses import dataclass

from tradingstack_operator.api.names import POLICY_NAME
from tradingstack_operator.api.platform_policy import PlatformPolicySpec
from tradingstack_operator.api.trading_stack import TradingStack, TradingStackSpec
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.rules.rule import Broken


@dataclass(frozen=True, slots=True)
class Case:
    """A parsed stack and everything around it that a rule may ask."""

    stack: TradingStack
    facts: Facts

    @property
    def spec(self) -> TradingStackSpec:
        return self.stack.spec

    @property
    def name(self) -> str:
        return self.stack.metadata.name

    @property
    def production(self) -> bool:
        return self.stack.production

    @property
    def policy(self) -> PlatformPolicySpec | None:
        return self.facts.policy.spec if self.facts.policy else None

    def undecided(self, field: str) -> Broken:
        """Refuse what only PlatformPolicy could allow: what nobody decided is not safe."""
        problem = self.facts.policy_problem or "it was not found"
        return Broken(
            field, f"no policy allows it ({problem}), so create PlatformPolicy {POLICY_NAME}"
        )
