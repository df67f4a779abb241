"""The network policies: everything is shut, and what EDGES and the platform name is opened."""

from collections.abc import Iterable
from typing import Any, Final

from tradingstack_contract import endpoints
from tradingstack_operator.api.platform_policy import EgressProxy, Partner
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import parts
from tradingstack_operator.desired.outside import external_services, foreign, object_stores
from tradingstack_operator.desired.partners import market_data_partners, order_partners
from tradingstack_operator.model.components import (
    ARCHIVING,
    EDGES,
    HALT_RELAY,
    INGESTOR,
    LABEL_INGESTOR,
    MONITORED,
    NETWORK,
    RISK_API,
)
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import NETWORK_POLICY
from tradingstack_operator.model.objects import Manifest

Openings = list[dict[str, Any]]
"""The rules of one direction of a policy."""

_NAMESPACE: Final = "kubernetes.io/metadata.name"
_DNS: Final = {
    "namespaceSelector": {"matchLabels": {_NAMESPACE: "kube-system"}},
    "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
}


def build_network(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    away = foreign(stack)
    talking = {name for edge in EDGES for name in (edge.client, edge.server)}
    components = sorted((talking | set(ARCHIVING)) - away)
    return (
        default_deny(stack),
        allow_dns(stack),
        *filter(None, (component_policy(stack, facts, component) for component in components)),
        *_partner_policies(stack, facts),
    )


def _policy(stack: TradingStack, name: str, spec: dict[str, Any]) -> Manifest:
    return {
        **parts.head(NETWORK_POLICY, stack, parts.object_name(stack, name), NETWORK),
        "spec": spec,
    }


def default_deny(stack: TradingStack) -> Manifest:
    """Shut every pod of the namespace both ways, ours and others'."""
    return _policy(stack, "default-deny", {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})


def allow_dns(stack: TradingStack) -> Manifest:
    """Let every pod ask the cluster's DNS, and no other server."""
    return _policy(
        stack,
        "allow-dns",
        {
            "podSelector": {},
            "policyTypes": ["Egress"],
            "egress": [
                {
                    "to": [_DNS],
                    "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
                }
            ],
        },
    )


def component_policy(stack: TradingStack, facts: Facts, component: str) -> Manifest | None:
    """Open a component's side of its edges; the other side's policy opens the other half.

    A component without any way in or out needs none: the default deny holds for its pods.
    """
    ingress, egress = _ingress(stack, facts, component), _egress(stack, facts, component)
    if not ingress and not egress:
        return None
    return _policy(
        stack,
        component,
        {
            "podSelector": {"matchLabels": parts.selector(stack, component)},
            "policyTypes": [
                *(["Ingress"] if ingress else []),
                *(["Egress"] if egress else []),
            ],
            **({"ingress": ingress} if ingress else {}),
            **({"egress": egress} if egress else {}),
        },
    )


def _ingress(stack: TradingStack, facts: Facts, component: str) -> Openings:
    away = foreign(stack)
    neighbours = [
        {"from": [_pods(stack, edge.client)], "ports": _tcp(edge.port)}
        for edge in sorted(EDGES)
        if edge.server == component and edge.client not in away
    ]
    return [*neighbours, *_from_monitoring(facts, component), *_from_relay(facts, component)]


def _egress(stack: TradingStack, facts: Facts, component: str) -> Openings:
    away = foreign(stack)
    servers = [edge for edge in sorted(EDGES) if edge.client == component]
    neighbours = [
        {"to": [_pods(stack, edge.server)], "ports": _tcp(edge.port)}
        for edge in servers
        if edge.server not in away
    ]
    services = external_services(stack, facts)
    outside = [
        _to_ranges(service.cidrs, service.port)
        for server in sorted({edge.server for edge in servers} & services.keys())
        for service in (services[server],)
    ]
    stores = object_stores(stack, facts) if component in ARCHIVING else ()
    return [
        *neighbours,
        *outside,
        *(_to_ranges(store.cidrs, store.port) for store in stores),
    ]


def _from_monitoring(facts: Facts, component: str) -> Openings:
    """Let the platform's monitoring read metrics, from the namespaces the platform names."""
    port = MONITORED.get(component)
    namespaces = facts.policy.spec.monitoring_namespaces if facts.policy else ()
    if port is None or not namespaces:
        return []
    peers = [
        {"namespaceSelector": {"matchLabels": {_NAMESPACE: namespace}}, "podSelector": {}}
        for namespace in sorted(namespaces)
    ]
    return [{"from": peers, "ports": _tcp(port)}]


def _from_relay(facts: Facts, component: str) -> Openings:
    """Let the halt relay reach the risk API; it runs beside the operator."""
    if component != RISK_API or facts.policy is None:
        return []
    _, _, namespace, _ = facts.policy.spec.operator_service_account.split(":")
    relay = {
        "namespaceSelector": {"matchLabels": {_NAMESPACE: namespace}},
        "podSelector": {"matchLabels": {"app.kubernetes.io/component": HALT_RELAY}},
    }
    return [{"from": [relay], "ports": _tcp(endpoints.HALT_PORT)}]


def _partner_policies(stack: TradingStack, facts: Facts) -> Iterable[Manifest]:
    if facts.policy is None:
        return
    proxy = facts.policy.spec.egress.proxy
    orders = order_partners(stack, facts)
    if orders and not facts.network_cut:
        pods = parts.selector(stack, RISK_API)
        yield _partner_policy(stack, f"{RISK_API}-partners", pods, orders, proxy)
    for ingestor in stack.spec.ingestors:
        feeds = market_data_partners(stack, facts, ingestor)
        if feeds:
            pods = parts.selector(stack, INGESTOR) | {LABEL_INGESTOR: ingestor.name}
            yield _partner_policy(stack, f"{INGESTOR}-{ingestor.name}", pods, feeds, proxy)


def _partner_policy(
    stack: TradingStack,
    name: str,
    pods: dict[str, str],
    partners: Iterable[Partner],
    proxy: EgressProxy,
) -> Manifest:
    """Open the way to partners for one set of pods.

    A partner behind the proxy adds the proxy's own address instead of its ranges: which hosts the
    proxy lets through is the proxy's business.
    """
    direct = [
        _to_ranges(partner.cidrs, *partner.ports) for partner in partners if partner.via == "Direct"
    ]
    bits = 128 if ":" in proxy.host else 32
    by_proxy = _to_ranges((f"{proxy.host}/{bits}",), proxy.port)
    proxied = any(partner.via == "Proxy" for partner in partners)
    return _policy(
        stack,
        name,
        {
            "podSelector": {"matchLabels": pods},
            "policyTypes": ["Egress"],
            "egress": [*direct, *([by_proxy] if proxied else [])],
        },
    )


def _pods(stack: TradingStack, component: str) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": parts.selector(stack, component)}}


def _to_ranges(cidrs: Iterable[str], *ports: int) -> dict[str, Any]:
    return {"to": [{"ipBlock": {"cidr": cidr}} for cidr in sorted(cidrs)], "ports": _tcp(*ports)}


def _tcp(*ports: int) -> list[dict[str, Any]]:
    return [{"protocol": "TCP", "port": port} for port in sorted(ports)]
