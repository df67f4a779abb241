"""The pod of a program that keeps the contract: an ingestor or the risk API."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tradingstack_contract import endpoints, paths
from tradingstack_operator.api.parts import EnvVar
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import parts
from tradingstack_operator.desired.config import CONFIG_MOUNT, config_volume
from tradingstack_operator.desired.secrets import (
    credentials_mount,
    credentials_volume,
    password_file,
)
from tradingstack_operator.desired.sizing import Limits

GRACE_SECONDS: Final = 60
"""Long enough to drain requests and to flush what was received."""


def pod_template(
    stack: TradingStack,
    component: str,
    *,
    image: str,
    granted: Limits,
    env: Mapping[str, str],
    user_env: Iterable[EnvVar],
    container: Mapping[str, Any],
    ingestor: str | None = None,
) -> dict[str, Any]:
    """Build the template; ``container`` adds to the container, ``env`` overrides ``user_env``."""
    return {
        "metadata": {"labels": parts.labels(stack, component, ingestor)},
        "spec": {
            **parts.pod_settings(stack, component, grace_seconds=GRACE_SECONDS, ingestor=ingestor),
            "containers": [
                {
                    "name": component,
                    "image": image,
                    "env": _environment(component, env, user_env),
                    "resources": granted,
                    "securityContext": parts.container_security(),
                    **parts.http_probes(),
                    "volumeMounts": [CONFIG_MOUNT, credentials_mount(component), parts.TMP_MOUNT],
                    **container,
                }
            ],
            "volumes": [
                config_volume(stack),
                credentials_volume(stack, component),
                parts.TMP_VOLUME,
            ],
        },
    }


HEALTH_PORT: Final = parts.port(parts.HEALTH_PORT_NAME, endpoints.HEALTH_PORT)


def _environment(
    component: str, env: Mapping[str, str], user_env: Iterable[EnvVar]
) -> list[dict[str, str]]:
    """List the operator's variables, then the user's that do not contradict them."""
    ours = {
        paths.ENV_CONFIG_DIR: paths.CONFIG_DIR,
        paths.ENV_COMPONENT: component,
        paths.ENV_CACHE_USER: component,
        paths.ENV_CACHE_PASSWORD_FILE: password_file(component),
        **env,
    }
    theirs = {variable.name: variable.value for variable in user_env if variable.name not in ours}
    return [
        {"name": name, "value": variables[name]}
        for variables in (ours, theirs)
        for name in sorted(variables)
    ]
