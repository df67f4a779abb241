"""How old the online features of a stack may be."""

from datetime import timedelta
from typing import Final

from tradingstack_operator.api.trading_stack import TradingStack

DEFAULT_MAX_STALENESS_MINUTES: Final = 15


def max_staleness(stack: TradingStack) -> timedelta:
    """Tell how long after the last materialisation features count as stale."""
    materialization = stack.spec.features.materialization
    asked = materialization and materialization.max_staleness_minutes
    return timedelta(minutes=asked or DEFAULT_MAX_STALENESS_MINUTES)
