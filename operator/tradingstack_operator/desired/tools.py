"""The pods of the project's own commands, which are all in one image; see workloads/jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tradingstack_contract import paths
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import parts
from tradingstack_operator.desired.config import CONFIG_MOUNT, config_volume
from tradingstack_operator.desired.credentials import (
    CREDENTIALS_MOUNT,
    Credential,
    credentials_volume,
)
from tradingstack_operator.desired.sizing import resources
from tradingstack_operator.model.facts import Facts

PROGRAM: Final = "tradingstack-jobs"
MORE_CONFIG_DIR: Final = "/etc/tradingstack-jobs"
GRACE_SECONDS: Final = 10
"""A command may be stopped at any moment: it is begun anew."""
_MORE_CONFIG: Final = "more-config"


@dataclass(frozen=True, slots=True)
class Command:
    """What a pod runs, and with what."""

    component: str
    arguments: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    credentials: tuple[Credential, ...] = ()
    config_map: str = ""
    """A ConfigMap mounted at MORE_CONFIG_DIR; empty for none."""


def pod_template(stack: TradingStack, facts: Facts, command: Command) -> dict[str, Any]:
    component, known = command.component, command.credentials
    env = {
        paths.ENV_CONFIG_DIR: paths.CONFIG_DIR,
        paths.ENV_COMPONENT: component,
        **command.env,
    }
    mounts = [CONFIG_MOUNT, parts.TMP_MOUNT]
    volumes = [config_volume(stack), parts.TMP_VOLUME]
    if known:
        mounts.append(CREDENTIALS_MOUNT)
        volumes.append(credentials_volume(stack, component, known))
    if command.config_map:
        mounts.append(parts.mount(_MORE_CONFIG, MORE_CONFIG_DIR))
        volumes.append({"name": _MORE_CONFIG, "configMap": {"name": command.config_map}})
    return {
        "metadata": {"labels": parts.labels(stack, component)},
        "spec": {
            **parts.pod_settings(stack, component, grace_seconds=GRACE_SECONDS),
            "restartPolicy": "Never",
            "containers": [
                {
                    "name": component,
                    "image": facts.images.tools,
                    "command": [PROGRAM, *command.arguments],
                    "env": [{"name": name, "value": env[name]} for name in sorted(env)],
                    "resources": resources(stack, component, None),
                    "securityContext": parts.container_security(),
                    "volumeMounts": mounts,
                }
            ],
            "volumes": volumes,
        },
    }


def failure_policy(component: str, *exit_codes: int) -> dict[str, Any]:
    """Let a Job fail at once where another attempt is of no use."""
    return {
        "rules": [
            {
                "action": "FailJob",
                "onExitCodes": {
                    "containerName": component,
                    "operator": "In",
                    "values": sorted(exit_codes),
                },
            }
        ]
    }
