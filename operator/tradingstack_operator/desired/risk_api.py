"""The risk API: the service that checks orders."""

from typing import Any, Final

from tradingstack_contract import endpoints
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.api.workloads import Autoscaling
from tradingstack_operator.desired import parts
from tradingstack_operator.desired.clients import bus_client, cache_client, database_client
from tradingstack_operator.desired.credentials import Credential, Remote, external_secret
from tradingstack_operator.desired.partners import order_partners, proxy_environment
from tradingstack_operator.desired.sizing import resources
from tradingstack_operator.desired.workload import (
    HEALTH_PORT,
    Program,
    client_credentials,
    client_env,
    pod_template,
)
from tradingstack_operator.model.components import RISK_API, RISK_API_REPLICAS
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import AUTOSCALER, DEPLOYMENT, SERVICE, Kind
from tradingstack_operator.model.objects import Manifest

DEFAULT_REPLICAS: Final = 2
DEFAULT_CPU_PERCENT: Final = 60
DRAIN_SECONDS: Final = 10
"""How long a stopping pod keeps serving, so that no client meets it after its last answer."""
PORT_NAME: Final = "api"
HALT_PORT_NAME: Final = "halt"


def build_risk_api(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    autoscaling = stack.spec.risk_api.autoscaling
    return (
        parts.service_account(stack, RISK_API),
        *external_secret(stack, RISK_API, credentials(stack)),
        {
            **_head(SERVICE, stack),
            "spec": {
                "type": "ClusterIP",
                "selector": parts.selector(stack, RISK_API),
                "ports": [
                    parts.service_port(PORT_NAME, endpoints.RISK_API_PORT),
                    parts.service_port(parts.HEALTH_PORT_NAME, endpoints.HEALTH_PORT),
                ],
            },
        },
        _every_replica(stack),
        parts.disruption_budget(stack, parts.object_name(stack, RISK_API), RISK_API),
        _deployment(stack, facts),
        *((_autoscaler(stack, autoscaling),) if autoscaling else ()),
    )


STORES: Final = (cache_client(RISK_API), database_client(RISK_API), bus_client(RISK_API))
EXCHANGE: Final = Credential(
    "exchange-api",
    {
        "exchange_key": Remote("exchange-api", "key"),
        "exchange_secret": Remote("exchange-api", "secret"),
    },
    {"key": "{{ .exchange_key }}", "secret": "{{ .exchange_secret }}"},
)
"""What opens the venue; only a stack that routes orders gets it."""


def credentials(stack: TradingStack) -> tuple[Credential, ...]:
    routes = stack.spec.order_routing is not None and not stack.simulated
    return (*client_credentials(STORES), *((EXCHANGE,) if routes else ()))


def _head(kind: Kind, stack: TradingStack) -> Manifest:
    return parts.head(kind, stack, parts.object_name(stack, RISK_API), RISK_API)


def _every_replica(stack: TradingStack) -> Manifest:
    """Name every replica, ready or not.

    The halt relay has to reach them all, and an order must remain cancellable while no replica is
    ready to take new ones.
    """
    return {
        **parts.head(SERVICE, stack, parts.object_name(stack, RISK_API_REPLICAS), RISK_API),
        "spec": {
            "type": "ClusterIP",
            "clusterIP": "None",
            "publishNotReadyAddresses": True,
            "selector": parts.selector(stack, RISK_API),
            "ports": [
                parts.service_port(PORT_NAME, endpoints.RISK_API_PORT),
                parts.service_port(HALT_PORT_NAME, endpoints.HALT_PORT),
            ],
        },
    }


def _deployment(stack: TradingStack, facts: Facts) -> Manifest:
    risk_api = stack.spec.risk_api
    return {
        **_head(DEPLOYMENT, stack),
        "spec": {
            **_replicas(stack),
            "selector": {"matchLabels": parts.selector(stack, RISK_API)},
            # An order that cannot be checked is refused, so capacity never dips in a rollout.
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
            },
            "template": pod_template(
                stack,
                Program(
                    RISK_API,
                    image=risk_api.image,
                    granted=resources(stack, RISK_API, risk_api.resources),
                    credentials=credentials(stack),
                    env={
                        **client_env(STORES),
                        **proxy_environment(stack, facts, RISK_API, order_partners(stack, facts)),
                    },
                    user_env=risk_api.env,
                    container={
                        "ports": [
                            parts.port(PORT_NAME, endpoints.RISK_API_PORT),
                            parts.port(HALT_PORT_NAME, endpoints.HALT_PORT),
                            HEALTH_PORT,
                        ],
                        "lifecycle": {"preStop": {"sleep": {"seconds": DRAIN_SECONDS}}},
                    },
                ),
            ),
        },
    }


def _replicas(stack: TradingStack) -> dict[str, Any]:
    """Leave the number out under an autoscaler: applying it would take the field from it."""
    if stack.spec.risk_api.autoscaling:
        return {}
    replicas = stack.spec.risk_api.replicas
    return {"replicas": DEFAULT_REPLICAS if replicas is None else replicas}


def _autoscaler(stack: TradingStack, autoscaling: Autoscaling) -> Manifest:
    utilization = autoscaling.cpu_percent or DEFAULT_CPU_PERCENT
    return {
        **_head(AUTOSCALER, stack),
        "spec": {
            "scaleTargetRef": {
                "apiVersion": DEPLOYMENT.api_version,
                "kind": DEPLOYMENT.kind,
                "name": parts.object_name(stack, RISK_API),
            },
            "minReplicas": autoscaling.min_replicas,
            "maxReplicas": autoscaling.max_replicas,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": "cpu",
                        "target": {"type": "Utilization", "averageUtilization": utilization},
                    },
                }
            ],
        },
    }
