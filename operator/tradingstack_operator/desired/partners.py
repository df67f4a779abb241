"""Which counterparties outside the cluster a pod may reach, and by which way."""

from collections.abc import Iterable
from typing import Literal

from tradingstack_contract import paths
from tradingstack_operator.api.platform_policy import Partner
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.api.workloads import Ingestor
from tradingstack_operator.desired.clients import stack_endpoints
from tradingstack_operator.model.components import BUS, CACHE, DATABASE, EDGES, FEATURES
from tradingstack_operator.model.facts import Facts


def market_data_partners(
    stack: TradingStack, facts: Facts, ingestor: Ingestor
) -> tuple[Partner, ...]:
    return _named(stack, facts, ingestor.partners, "MarketData")


def order_partners(stack: TradingStack, facts: Facts) -> tuple[Partner, ...]:
    """Name the venues orders may go to; a simulation has none, whatever its spec says."""
    spec = stack.spec
    if spec.order_routing is None or stack.simulated:
        return ()
    return _named(stack, facts, spec.order_routing.partners, "OrderEntry")


def _named(
    stack: TradingStack,
    facts: Facts,
    names: Iterable[str],
    partner_class: Literal["MarketData", "OrderEntry"],
) -> tuple[Partner, ...]:
    """Look partners up in the platform's policy, sorted by name.

    One that is unknown there, of another class or barred from the environment opens nothing. A
    rule refuses such a spec before it is built; this is the second fence.
    """
    if facts.policy is None:
        return ()
    return tuple(
        partner
        for partner in sorted(facts.policy.spec.egress.partners, key=lambda partner: partner.name)
        if partner.name in names
        and partner.partner_class == partner_class
        and stack.spec.environment in partner.environments
    )


def proxy_environment(
    stack: TradingStack, facts: Facts, component: str, partners: Iterable[Partner]
) -> dict[str, str]:
    """Point a program at the proxy when it has a partner behind it; its neighbours stay direct."""
    if facts.policy is None or all(partner.via == "Direct" for partner in partners):
        return {}
    proxy = facts.policy.spec.egress.proxy
    host = f"[{proxy.host}]" if ":" in proxy.host else proxy.host
    return {
        paths.ENV_HTTPS_PROXY: f"http://{host}:{proxy.port}",
        paths.ENV_NO_PROXY: ",".join(("localhost", "127.0.0.1", *neighbours(stack, component))),
    }


def neighbours(stack: TradingStack, component: str) -> tuple[str, ...]:
    """List the hosts that a component talks to inside the stack, whoever runs them there."""
    known = stack_endpoints(stack)
    hosts = {
        BUS: known.bus.host,
        CACHE: known.cache.host,
        DATABASE: known.database.host,
        FEATURES: known.features.host,
    }
    servers = {edge.server for edge in EDGES if edge.client == component}
    return tuple(hosts[server] for server in sorted(servers & hosts.keys()))
