"""The dashboards of a stack, as Grafana's sidecar loads them: a ConfigMap, a file a dashboard."""

from typing import Any, Final

import orjson

from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired.panels import Panel, dashboards
from tradingstack_operator.desired.parts import head, object_name
from tradingstack_operator.model.components import OBSERVABILITY
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import CONFIG_MAP
from tradingstack_operator.model.objects import Manifest

DEFAULT_LABELS: Final = {"grafana_dashboard": "1"}
"""What the sidecar of Grafana's chart looks for unless it is told otherwise."""
SCHEMA_VERSION: Final = 39
"""Of Grafana 11; later versions migrate it when they load it."""
_DATASOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
_COLUMNS: Final = 24
_WIDE, _HIGH = 12, 8


def build_dashboards(stack: TradingStack, _: Facts) -> tuple[Manifest, ...]:
    """Deliver the dashboards unless the spec says otherwise."""
    observability = stack.spec.observability
    grafana = observability.grafana if observability else None
    if grafana is not None and grafana.enabled is False:
        return ()
    config_map = head(CONFIG_MAP, stack, object_name(stack, "dashboards"), OBSERVABILITY)
    metadata = config_map["metadata"]
    chosen = (grafana and grafana.dashboard_labels) or DEFAULT_LABELS
    return (
        {
            **config_map,
            "metadata": {**metadata, "labels": {**chosen, **metadata["labels"]}},
            "data": {
                f"{stack.metadata.namespace}-{name}.json": _text(_dashboard(stack, name, panels))
                for name, panels in dashboards(stack).items()
            },
        },
    )


def _text(dashboard: dict[str, Any]) -> str:
    return orjson.dumps(dashboard, option=orjson.OPT_SORT_KEYS).decode()


def _dashboard(stack: TradingStack, name: str, panels: tuple[Panel, ...]) -> dict[str, Any]:
    place = f"{stack.metadata.namespace}/{stack.metadata.name}"
    return {
        # the same in every Grafana, so that links to a dashboard outlive it
        "uid": f"{stack.metadata.uid[:8]}-{name}",
        "title": f"{name.replace('-', ' ').capitalize()} of {place}",
        "tags": ["tradingstack", stack.metadata.name],
        "schemaVersion": SCHEMA_VERSION,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}]
        },
        "panels": [_panel(number, panel) for number, panel in enumerate(panels)],
    }


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(number * _WIDE, _COLUMNS)
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "datasource": _DATASOURCE,
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "gridPos": {"x": column, "y": row * _HIGH, "w": _WIDE, "h": _HIGH},
        "targets": [{"expr": panel.expr, "legendFormat": panel.legend, "refId": "A"}],
    }
