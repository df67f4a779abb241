"""The pod of a program that keeps the contract: an ingestor, the risk API or the watchdog."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tradingstack_contract import endpoints, paths
from tradingstack_operator.api.parts import EnvVar
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import parts
from tradingstack_operator.desired.clients import Client
from tradingstack_operator.desired.config import CONFIG_MOUNT, config_volume
from tradingstack_operator.desired.credentials import (
    CREDENTIALS_MOUNT,
    Credential,
    credentials_volume,
)
from tradingstack_operator.desired.sizing import Limits

GRACE_SECONDS: Final = 60
"""Long enough to drain requests and to flush what was received."""


@dataclass(frozen=True, slots=True)
class Program:
    """What tells one program's pod from another's."""

    component: str
    image: str
    granted: Limits
    credentials: tuple[Credential, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    """The operator's variables; they override the user's."""
    user_env: Iterable[EnvVar] = ()
    container: Mapping[str, Any] = field(default_factory=dict)
    """What is added to the container."""
    ingestor: str | None = None


def client_env(clients: Iterable[Client]) -> dict[str, str]:
    return {name: value for client in clients for name, value in client.env.items()}


def client_credentials(clients: Iterable[Client]) -> tuple[Credential, ...]:
    return tuple(item for client in clients for item in client.credentials)


def pod_template(stack: TradingStack, program: Program) -> dict[str, Any]:
    component, known = program.component, program.credentials
    return {
        "metadata": {"labels": parts.labels(stack, component, program.ingestor)},
        "spec": {
            **parts.pod_settings(
                stack, component, grace_seconds=GRACE_SECONDS, ingestor=program.ingestor
            ),
            "containers": [
                {
                    "name": component,
                    "image": program.image,
                    "env": _environment(program),
                    "resources": program.granted,
                    "securityContext": parts.container_security(),
                    **parts.http_probes(),
                    "volumeMounts": [
                        CONFIG_MOUNT,
                        *([CREDENTIALS_MOUNT] if known else []),
                        parts.TMP_MOUNT,
                    ],
                    **program.container,
                }
            ],
            "volumes": [
                config_volume(stack),
                *([credentials_volume(stack, component, known)] if known else []),
                parts.TMP_VOLUME,
            ],
        },
    }


HEALTH_PORT: Final = parts.port(parts.HEALTH_PORT_NAME, endpoints.HEALTH_PORT)


def _environment(program: Program) -> list[dict[str, str]]:
    """List the operator's variables, then the user's that do not contradict them."""
    ours = {
        paths.ENV_CONFIG_DIR: paths.CONFIG_DIR,
        paths.ENV_COMPONENT: program.component,
        **program.env,
    }
    theirs = {item.name: item.value for item in program.user_env if item.name not in ours}
    return [
        {"name": name, "value": variables[name]}
        for variables in (ours, theirs)
        for name in sorted(variables)
    ]
