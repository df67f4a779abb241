"""Whether the stack's own programs are ready: the ingestors and the risk API."""

from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.model import components
from tradingstack_operator.status.findings import Findings
from tradingstack_operator.status.verdict import Verdict, component_ready


def ingestors_ready(found: Findings) -> Verdict | None:
    return component_ready(
        found, ConditionType.INGESTORS_READY, (components.INGESTOR,), "FeedStale", "FeedStale"
    )


def risk_api_ready(found: Findings) -> Verdict | None:
    return component_ready(
        found,
        ConditionType.RISK_API_READY,
        (components.RISK_API,),
        "NoReadyReplicas",
        "DependencyUnhealthy",
    )
