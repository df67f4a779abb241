"""The ingestors: one Deployment a feed."""

from typing import Final

from tradingstack_contract import paths
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.api.workloads import Ingestor
from tradingstack_operator.desired import parts
from tradingstack_operator.desired.clients import bus_client, cache_client, database_client
from tradingstack_operator.desired.credentials import external_secret
from tradingstack_operator.desired.partners import market_data_partners, proxy_environment
from tradingstack_operator.desired.sizing import resources
from tradingstack_operator.desired.workload import (
    HEALTH_PORT,
    Program,
    client_credentials,
    client_env,
    pod_template,
)
from tradingstack_operator.model.components import INGESTOR
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import DEPLOYMENT
from tradingstack_operator.model.objects import Manifest

STORES: Final = (cache_client(INGESTOR), database_client(INGESTOR), bus_client(INGESTOR))
DEFAULT_REPLICAS: Final = 1
"""Every replica spends from the one connection budget a venue gives an address."""


def build_ingestors(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    """Render the feeds; no Service, because nothing opens connections to an ingestor."""
    ingestors = stack.spec.ingestors
    if not ingestors:
        return ()
    return (
        parts.service_account(stack, INGESTOR),
        *external_secret(stack, INGESTOR, client_credentials(STORES)),
        *(_deployment(stack, facts, ingestor) for ingestor in ingestors),
        *(
            parts.disruption_budget(
                stack, parts.object_name(stack, INGESTOR, ingestor.name), INGESTOR, ingestor.name
            )
            for ingestor in ingestors
            if _replicas(ingestor) > 1
        ),
    )


def _replicas(ingestor: Ingestor) -> int:
    return DEFAULT_REPLICAS if ingestor.replicas is None else ingestor.replicas


def _deployment(stack: TradingStack, facts: Facts, ingestor: Ingestor) -> Manifest:
    name = parts.object_name(stack, INGESTOR, ingestor.name)
    partners = market_data_partners(stack, facts, ingestor)
    return {
        **parts.head(DEPLOYMENT, stack, name, INGESTOR, ingestor.name),
        "spec": {
            "replicas": _replicas(ingestor),
            "selector": {"matchLabels": parts.selector(stack, INGESTOR, ingestor.name)},
            # Never more feeds than asked for: a second one doubles the venue's messages and
            # spends its connection budget. A short gap makes the feed stale, which is safe.
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1},
            },
            "template": pod_template(
                stack,
                Program(
                    INGESTOR,
                    image=ingestor.image,
                    granted=resources(stack, INGESTOR, ingestor.resources),
                    credentials=client_credentials(STORES),
                    env={
                        **client_env(STORES),
                        paths.ENV_INGESTOR: ingestor.name,
                        **proxy_environment(stack, facts, INGESTOR, partners),
                    },
                    user_env=ingestor.env,
                    container={"ports": [HEALTH_PORT]},
                    ingestor=ingestor.name,
                ),
            ),
        },
    }
