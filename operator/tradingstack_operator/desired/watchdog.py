"""The watchdog: it looks at what the stack's programs really do, apart from all of them.

The operator renders it for every stack; the program of that name is what the tools image holds.
"""

from typing import Final

from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import parts
from tradingstack_operator.desired.clients import bus_client, cache_client, database_client
from tradingstack_operator.desired.credentials import external_secret
from tradingstack_operator.desired.sizing import resources
from tradingstack_operator.desired.workload import (
    HEALTH_PORT,
    Program,
    client_credentials,
    client_env,
    pod_template,
)
from tradingstack_operator.model.components import WATCHDOG
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import DEPLOYMENT
from tradingstack_operator.model.objects import Manifest

STORES: Final = (cache_client(WATCHDOG), database_client(WATCHDOG), bus_client(WATCHDOG))
COMMAND: Final = "tradingstack-watchdog"


def build_watchdog(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    credentials = client_credentials(STORES)
    name = parts.object_name(stack, WATCHDOG)
    return (
        parts.service_account(stack, WATCHDOG),
        *external_secret(stack, WATCHDOG, credentials),
        {
            **parts.head(DEPLOYMENT, stack, name, WATCHDOG),
            "spec": {
                "replicas": 1,
                "selector": {"matchLabels": parts.selector(stack, WATCHDOG)},
                # Two would report everything twice.
                "strategy": {"type": "Recreate"},
                "template": pod_template(
                    stack,
                    Program(
                        WATCHDOG,
                        image=facts.images.tools,
                        granted=resources(stack, WATCHDOG, None),
                        credentials=credentials,
                        env=client_env(STORES),
                        container={"command": [COMMAND], "ports": [HEALTH_PORT]},
                    ),
                ),
            },
        },
    )
