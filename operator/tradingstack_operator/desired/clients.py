"""What a program of the stack needs to open a connection to each store: a user, files, an address.

The user's name is the component's own, so that a store's log tells who asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tradingstack_contract import endpoints, paths
from tradingstack_contract.files import BusEndpoint, DatabaseEndpoint, Endpoint, Endpoints
from tradingstack_operator.api.database import ExternalDatabase
from tradingstack_operator.api.parts import ExternalAddress
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired.credentials import Credential, Remote, password, password_file
from tradingstack_operator.desired.parts import object_name
from tradingstack_operator.model.components import BUS, CACHE, DATABASE, FEATURES, RISK_API

CA_FILE: Final = "ca.crt"


@dataclass(frozen=True, slots=True)
class Client:
    """One program's way into one store."""

    credentials: tuple[Credential, ...]
    env: Mapping[str, str]


def cache_client(component: str) -> Client:
    credential = f"{CACHE}-{component}"
    return Client(
        (password(credential),),
        {
            paths.ENV_CACHE_USER: component,
            paths.ENV_CACHE_PASSWORD_FILE: password_file(credential),
        },
    )


def database_client(component: str) -> Client:
    credential = f"{DATABASE}-{component}"
    return Client(
        (password(credential), authority(DATABASE)),
        {
            paths.ENV_DATABASE_USER: role(component),
            paths.ENV_DATABASE_PASSWORD_FILE: password_file(credential),
            paths.ENV_DATABASE_CA_FILE: authority_file(DATABASE),
        },
    )


def bus_client(component: str) -> Client:
    credential = f"{BUS}-{component}"
    return Client(
        (password(credential), authority(BUS)),
        {
            paths.ENV_BUS_USER: component,
            paths.ENV_BUS_PASSWORD_FILE: password_file(credential),
            paths.ENV_BUS_CA_FILE: authority_file(BUS),
        },
    )


def role(component: str) -> str:
    """Name a component's role in PostgreSQL, where a dash would need quotes everywhere."""
    return component.replace("-", "_")


def authority(server: str) -> Credential:
    """Describe the certificate authority that a server's clients check; public, but not ours."""
    variable = f"{server}_ca"
    return Credential(
        f"{server}-ca",
        {variable: Remote(f"{server}-tls", CA_FILE)},
        {CA_FILE: f"{{{{ .{variable} }}}}"},
    )


def authority_file(server: str) -> str:
    return paths.credential_file(f"{server}-ca", CA_FILE)


def stack_endpoints(stack: TradingStack) -> Endpoints:
    """Say where each component listens, whoever runs it."""
    spec = stack.spec
    bus = _endpoint(spec.bus.external, object_name(stack, BUS), endpoints.BUS_PORT)
    return Endpoints(
        database=database_endpoint(stack),
        cache=_endpoint(spec.cache.external, object_name(stack, CACHE), endpoints.CACHE_PORT),
        bus=BusEndpoint(host=bus.host, port=bus.port, kind=spec.bus.kind),
        features=_endpoint(
            spec.features.external, object_name(stack, FEATURES), endpoints.FEATURES_PORT
        ),
        risk_api=Endpoint(host=object_name(stack, RISK_API), port=endpoints.RISK_API_PORT),
    )


DATABASE_NAME: Final = "trading"
CNPG_PRIMARY: Final = "rw"
"""The Service that CloudNativePG keeps on its primary ends in this."""


def database_endpoint(stack: TradingStack) -> DatabaseEndpoint:
    spec = stack.spec.database
    more = (CNPG_PRIMARY,) if spec.provider == "CloudNativePG" else ()
    address = _endpoint(spec.external, object_name(stack, DATABASE, *more), endpoints.DATABASE_PORT)
    return DatabaseEndpoint(
        host=address.host,
        port=address.port,
        database=spec.external.database if spec.external else DATABASE_NAME,
        ssl_mode=(spec.tls and spec.tls.mode) or "verify-full",
    )


def _endpoint(
    external: ExternalAddress | ExternalDatabase | None, service: str, port: int
) -> Endpoint:
    if external:
        return Endpoint(host=external.host, port=external.port)
    return Endpoint(host=service, port=port)
