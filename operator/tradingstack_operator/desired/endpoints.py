"""The connection contract as status shows it: the same addresses that every pod is given."""

from typing import Final

from tradingstack_operator.api.status import EndpointStatus
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired.clients import stack_endpoints
from tradingstack_operator.desired.parts import object_name
from tradingstack_operator.model.components import BUS, CACHE, DATABASE, FEATURES, RISK_API


def endpoint_statuses(stack: TradingStack) -> tuple[EndpointStatus, ...]:
    """List every endpoint by name; stores come with the Secret that opens them to the risk API."""
    known = stack_endpoints(stack)
    named = {
        BUS: known.bus,
        CACHE: known.cache,
        DATABASE: known.database,
        FEATURES: known.features,
        RISK_API: known.risk_api,
    }
    return tuple(
        EndpointStatus(
            name=name,
            host=endpoint.host,
            port=endpoint.port,
            database=known.database.database if name == DATABASE else "",
            tls_mode=known.database.ssl_mode if name == DATABASE else "",
            secret=_secret(stack, name) if name in _OPENED else "",
        )
        for name, endpoint in named.items()
    )


_OPENED: Final = (BUS, CACHE, DATABASE)


def _secret(stack: TradingStack, store: str) -> str:
    existing = stack.spec.secrets.existing.get(f"{store}-{RISK_API}")
    return existing or object_name(stack, RISK_API)
