"""When a recovery drill is due."""

from datetime import datetime

from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.operations import DEFAULT_DRILL_SCHEDULE, created_at
from tradingstack_operator.planning.schedule import last_due


def due_drill(stack: TradingStack, facts: Facts, now: datetime) -> str | None:
    """Name the drill that was due last and was not asked for; None when there is none.

    Of several that were missed only the last one is made up for. A drill that somebody asked for
    since then counts, whatever came of it. The name follows from the time, so that two operators
    ask for the same one.
    """
    due = last_due(schedule(stack), now)
    born = stack.metadata.creation_timestamp
    name = f"{stack.metadata.name}-drill-{due:%Y%m%d%H%M}"
    known = any(
        one.metadata.name == name or (one.spec.type == "Drill" and created_at(one) >= due)
        for one in facts.operations
    )
    return None if known or born is None or due < born else name


def schedule(stack: TradingStack) -> str:
    return (stack.spec.drills and stack.spec.drills.schedule) or DEFAULT_DRILL_SCHEDULE
