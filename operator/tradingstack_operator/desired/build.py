"""The desired state of a whole stack."""

from typing import Final

from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired.alert_routing import build_alert_routing
from tradingstack_operator.desired.backups import build_backups
from tradingstack_operator.desired.bus import build_bus
from tradingstack_operator.desired.cache import build_cache
from tradingstack_operator.desired.config import build_config
from tradingstack_operator.desired.dashboards import build_dashboards
from tradingstack_operator.desired.database import build_database
from tradingstack_operator.desired.features import build_features
from tradingstack_operator.desired.grafana import build_grafana
from tradingstack_operator.desired.ingestors import build_ingestors
from tradingstack_operator.desired.monitoring import build_monitoring
from tradingstack_operator.desired.network import build_network
from tradingstack_operator.desired.online_store import build_online_store
from tradingstack_operator.desired.operations import launched
from tradingstack_operator.desired.probe import build_probe
from tradingstack_operator.desired.recovery import build_recovery
from tradingstack_operator.desired.risk_api import build_risk_api
from tradingstack_operator.desired.rotation import follow_rotation
from tradingstack_operator.desired.schema import build_schema
from tradingstack_operator.desired.streams import build_streams
from tradingstack_operator.desired.watchdog import build_watchdog
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import MANAGED_KINDS
from tradingstack_operator.model.objects import Manifest

_BUILDERS: Final = (
    build_network,
    build_config,
    build_database,
    build_backups,
    build_schema,
    build_cache,
    build_online_store,
    build_features,
    build_bus,
    build_streams,
    build_ingestors,
    build_risk_api,
    build_watchdog,
    build_recovery,
    build_probe,
    build_monitoring,
    build_alert_routing,
    build_dashboards,
    build_grafana,
)
_RANK: Final = {kind.kind: rank for rank, kind in enumerate(MANAGED_KINDS)}


def build(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    """Render every object of a stack, in the order they are applied.

    Never fails for a stack that parses, and equal arguments give equal manifests. Secrets appear
    by reference only.
    """
    manifests = [manifest for builder in _BUILDERS for manifest in builder(stack, facts)]
    return tuple(
        sorted(
            follow_rotation(stack, facts, [*manifests, *launched(stack, facts, manifests)]),
            key=lambda manifest: (_RANK[manifest["kind"]], manifest["metadata"]["name"]),
        )
    )
