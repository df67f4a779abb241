"""Whether the cache is ready."""

from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.model import components
from tradingstack_operator.status.findings import Findings
from tradingstack_operator.status.verdict import Verdict, component_ready


def cache_ready(found: Findings) -> Verdict | None:
    """Judge the cache; a pod that restores and one that loads look the same from here."""
    return component_ready(
        found, ConditionType.CACHE_READY, (components.CACHE,), "Loading", "Loading"
    )
