"""How Prometheus finds a stack: what it scrapes and what it evaluates."""

from typing import Any, Final

from tradingstack_contract import endpoints
from tradingstack_operator.api import names
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import alerts, parts, slo
from tradingstack_operator.desired.condition_alerts import condition_alerts
from tradingstack_operator.desired.program_alerts import (
    objective_alerts,
    program_alerts,
    scraped,
)
from tradingstack_operator.model.components import (
    LABEL_INGESTOR,
    OBSERVABILITY,
    RISK_API,
)
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import (
    PROMETHEUS_RULE,
    SERVICE,
    SERVICE_MONITOR,
    Kind,
)
from tradingstack_operator.model.objects import Manifest

SCRAPE_INTERVAL: Final = "15s"
EVALUATION_INTERVAL: Final = "15s"
"""Of the alerts on programs: stale market data must be told within seconds."""


def build_monitoring(stack: TradingStack, _: Facts) -> tuple[Manifest, ...]:
    return (
        *(_service(stack, name) for name in scraped(stack) if name != RISK_API),
        _service_monitor(stack),
        _prometheus_rule(stack),
    )


def observability_head(kind: Kind, stack: TradingStack, name: str) -> Manifest:
    """Begin an object that Prometheus or Alertmanager selects by the labels of the spec."""
    head = parts.head(kind, stack, name, OBSERVABILITY)
    observability = stack.spec.observability
    prometheus = observability.prometheus if observability else None
    labels = {**(prometheus.labels if prometheus else {}), **head["metadata"]["labels"]}
    return {**head, "metadata": {**head["metadata"], "labels": labels}}


def _service(stack: TradingStack, component: str) -> Manifest:
    """List the pods of a program that has no Service of its own; nobody else connects to them."""
    return {
        **parts.head(SERVICE, stack, parts.object_name(stack, component), component),
        "spec": {
            "type": "ClusterIP",
            "clusterIP": "None",
            "selector": parts.selector(stack, component),
            "ports": [parts.service_port(parts.HEALTH_PORT_NAME, endpoints.HEALTH_PORT)],
        },
    }


def _service_monitor(stack: TradingStack) -> Manifest:
    return {
        **observability_head(SERVICE_MONITOR, stack, stack.metadata.name),
        "spec": {
            "selector": {
                "matchLabels": {names.LABEL_STACK: stack.metadata.name},
                "matchExpressions": [_component_in(scraped(stack))],
            },
            "endpoints": [
                {
                    "port": parts.HEALTH_PORT_NAME,
                    "path": endpoints.METRICS,
                    "interval": SCRAPE_INTERVAL,
                    "relabelings": [
                        _label_of_pod(names.LABEL_COMPONENT, "component"),
                        _label_of_pod(LABEL_INGESTOR, "ingestor"),
                    ],
                }
            ],
        },
    }


def _component_in(components: list[str]) -> dict[str, Any]:
    return {"key": names.LABEL_COMPONENT, "operator": "In", "values": sorted(components)}


def _label_of_pod(label: str, target: str) -> dict[str, Any]:
    """Carry a label of the pod over to its series."""
    spelt = "".join(letter if letter.isalnum() else "_" for letter in label)
    return {
        "action": "replace",
        "sourceLabels": [f"__meta_kubernetes_pod_label_{spelt}"],
        "targetLabel": target,
    }


def _prometheus_rule(stack: TradingStack) -> Manifest:
    def group(name: str, rules: list[dict[str, Any]], **more: str) -> dict[str, Any]:
        return {"name": f"{stack.metadata.name}-{name}", "rules": rules, **more}

    return {
        **observability_head(PROMETHEUS_RULE, stack, stack.metadata.name),
        "spec": {
            "groups": [
                group("stack", alerts.alert_rules(condition_alerts(stack), stack)),
                group(
                    "programs",
                    alerts.alert_rules(program_alerts(stack), stack),
                    interval=EVALUATION_INTERVAL,
                ),
                group(
                    "objectives",
                    [
                        *slo.recording_rules(stack),
                        *alerts.alert_rules(objective_alerts(stack), stack),
                    ],
                ),
                group("heartbeat", alerts.alert_rules([alerts.heartbeat()], stack)),
            ]
        },
    }
