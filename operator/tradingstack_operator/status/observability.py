"""Whether the stack's metrics are scraped, its alerts evaluated and routed, its dashboards there.

Judged by the objects as they are in the cluster: the labels that Prometheus sees are those.
"""

from collections.abc import Iterable
from typing import Final

import orjson

from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.model.components import OBSERVABILITY
from tradingstack_operator.model.kinds import (
    ALERTMANAGER_CONFIG,
    CONFIG_MAP,
    MONITOR_KINDS,
    PROMETHEUS_RULE,
    SERVICE_MONITOR,
)
from tradingstack_operator.model.monitoring import Selection
from tradingstack_operator.model.observed import Child
from tradingstack_operator.status.findings import Findings
from tradingstack_operator.status.verdict import Verdict

_BROUGHT: Final = (SERVICE_MONITOR, PROMETHEUS_RULE, ALERTMANAGER_CONFIG)
_KIND: Final = ConditionType.OBSERVABILITY_READY


def observability_ready(found: Findings) -> Verdict:
    """Say what keeps an alert or a dashboard from the people it is for, the worst first."""
    return (
        _crds(found)
        or _loading(found)
        or _routing(found)
        or _dashboards(found)
        or Verdict(_KIND, "True", "Loaded", "Rules and monitors are loaded, alerts are routed.")
    )


def _crds(found: Findings) -> Verdict | None:
    missing = [kind.kind for kind in _BROUGHT if kind.kind in found.facts.missing_kinds]
    if not missing:
        return None
    listed = ", ".join(missing)
    return _false(
        "CRDsMissing",
        f"The API server does not serve {listed}: install the Prometheus Operator. The rest of "
        "the stack does not need it.",
    )


def _loading(found: Findings) -> Verdict | None:
    unread = [kind.kind for kind in MONITOR_KINDS if kind.kind in found.facts.missing_kinds]
    if unread:
        return Verdict(
            _KIND,
            "Unknown",
            "RulesNotSelected",
            f"The API server does not serve {', '.join(unread)}: nobody can tell who loads the "
            "rules.",
        )
    rule, monitor = _own(found, PROMETHEUS_RULE.kind), _own(found, SERVICE_MONITOR.kind)
    if rule is None or monitor is None:
        text = "Not both of the stack's PrometheusRule and ServiceMonitor exist yet."
        return _false("RulesNotSelected", text)
    monitors = found.facts.monitors
    for child, selections in ((rule, monitors.rules), (monitor, monitors.targets)):
        if not _takers(found, child, selections):
            return _false(
                "RulesNotSelected",
                f"No Prometheus selects {child.ref}: set spec.observability.prometheus.labels to "
                "what its selectors want, or let them take this namespace in.",
            )
    return _let_in(found, _takers(found, monitor, monitors.targets))


def _let_in(found: Findings, takers: Iterable[Selection]) -> Verdict | None:
    """Notice a Prometheus that wants to scrape the stack and meets its network policies."""
    policy = found.facts.policy
    open_to = policy.spec.monitoring_namespaces if policy else ()
    homes = sorted({item.namespace for item in takers})
    if set(homes) & set(open_to):
        return None
    return _false(
        "RulesNotSelected",
        f"Prometheus in namespace {', '.join(homes)} may not reach the pods: add it to "
        "monitoringNamespaces of the PlatformPolicy.",
    )


def _routing(found: Findings) -> Verdict | None:
    child = _own(found, ALERTMANAGER_CONFIG.kind)
    if child is None:
        return _false(
            "RoutingMissing", "Alerts reach nobody: add a receiver to spec.observability.alerting."
        )
    if not _takers(found, child, found.facts.monitors.routes):
        return _false(
            "RoutingMissing",
            f"No Alertmanager selects {child.ref}: set spec.observability.prometheus.labels to "
            "what its selectors want, or let them take this namespace in.",
        )
    return None


def _dashboards(found: Findings) -> Verdict | None:
    if _own(found, CONFIG_MAP.kind) is not None:
        return None
    return _false(
        "DashboardsMissing", "No dashboard is delivered: set spec.observability.grafana.enabled."
    )


def _own(found: Findings, kind: str) -> Child | None:
    """Find the stack's object of a kind for its observability; there is one at most."""
    for ref in found.of_kind(kind):
        if found.component_of(ref) == OBSERVABILITY and ref in found.children:
            return found.children[ref]
    return None


def _takers(
    found: Findings, child: Child, selections: Iterable[Selection]
) -> tuple[Selection, ...]:
    labels = orjson.loads(child.body)["metadata"].get("labels", {})
    here = found.facts.namespace_labels
    return tuple(item for item in selections if item.takes(child.namespace, here, labels))


def _false(reason: str, message: str) -> Verdict:
    return Verdict(_KIND, "False", reason, message)
