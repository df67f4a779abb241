"""The network policies: everything is shut, and what EDGES and the platform name is opened."""

from collections.abc import Iterable
from typing import Any, Final

from tradingstack_operator.api.platform_policy import EgressProxy, Partner
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import parts
from tradingstack_operator.desired.partners import market_data_partners, order_partners
from tradingstack_operator.model.components import (
    EDGES,
    INGESTOR,
    LABEL_INGESTOR,
    NETWORK,
    RISK_API,
)
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import NETWORK_POLICY
from tradingstack_operator.model.objects import Manifest

_DNS: Final = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
    "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
}


def build_network(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    components = sorted({name for edge in EDGES for name in (edge.client, edge.server)})
    return (
        default_deny(stack),
        allow_dns(stack),
        *(component_policy(stack, component) for component in components),
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


def component_policy(stack: TradingStack, component: str) -> Manifest:
    """Open a component's side of its edges; the other side's policy opens the other half."""
    ingress = [
        {"from": [_pods(stack, edge.client)], "ports": _tcp(edge.port)}
        for edge in sorted(EDGES)
        if edge.server == component
    ]
    egress = [
        {"to": [_pods(stack, edge.server)], "ports": _tcp(edge.port)}
        for edge in sorted(EDGES)
        if edge.client == component
    ]
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


def _partner_policies(stack: TradingStack, facts: Facts) -> Iterable[Manifest]:
    if facts.policy is None:
        return
    proxy = facts.policy.spec.egress.proxy
    orders = order_partners(stack, facts)
    if orders:
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
        {
            "to": [{"ipBlock": {"cidr": cidr}} for cidr in sorted(partner.cidrs)],
            "ports": _tcp(*sorted(partner.ports)),
        }
        for partner in partners
        if partner.via == "Direct"
    ]
    bits = 128 if ":" in proxy.host else 32
    by_proxy = {"to": [{"ipBlock": {"cidr": f"{proxy.host}/{bits}"}}], "ports": _tcp(proxy.port)}
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


def _tcp(*ports: int) -> list[dict[str, Any]]:
    return [{"protocol": "TCP", "port": port} for port in ports]
