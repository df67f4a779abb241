"""How a Redis is configured, who may use it, and how to tell that it is well.

Redis and Valkey are the same here: the files and commands are those both understand.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

from tradingstack_contract import endpoints, paths
from tradingstack_operator.api import names
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import parts
from tradingstack_operator.desired.credentials import (
    CREDENTIALS_MOUNT,
    Credential,
    Remote,
    credentials_volume,
    external_secret,
)
from tradingstack_operator.desired.sizing import Limits
from tradingstack_operator.model.kinds import CONFIG_MAP, SERVICE, STATEFUL_SET
from tradingstack_operator.model.objects import Manifest

ACL_FILE: Final = "users.acl"
PROBE_PASSWORD_FILE: Final = "probe-password"  # noqa: S105 - a file's name
CONFIG_DIR: Final = "/etc/redis"
CONFIG_FILE: Final = "redis.conf"
PROBE_USER: Final = "probe"
PORT_NAME: Final = "redis"
ANNOTATION_CONFIG_HASH: Final = f"{names.GROUP}/config-hash"
GRACE_SECONDS: Final = 60
"""Long enough to write a last snapshot."""

_HOURLY: Final = 3600

READ_AND_WRITE: Final = "-@all +@read +@write +@connection +@transaction"
NOT_DANGEROUS: Final = "-@dangerous +ping"
"""``@dangerous`` holds commands without a key, such as FLUSHALL, that ``@write`` lets in."""


def users(server: str, rights: Mapping[str, str]) -> Credential:
    """Describe a server's users file: who may do what, each with a password of the store.

    Passwords reach Redis as hashes, so no character of one can break the file. A user's name is its
    component's, and its line starts from nothing.
    """
    rights = {PROBE_USER: "resetkeys resetchannels -@all +ping +info", **rights}
    variables = {user: user.replace("-", "_") for user in rights}
    lines = [
        "user default off resetpass resetkeys resetchannels -@all",
        *(
            f"user {user} on #{{{{ .{variables[user]} | sha256sum }}}} {rights[user]}"
            for user in rights
        ),
    ]
    return Credential(
        server,
        {variables[user]: Remote(f"{server}-{user}") for user in rights},
        {
            ACL_FILE: "\n".join((*lines, "")),
            PROBE_PASSWORD_FILE: f"{{{{ .{variables[PROBE_USER]} }}}}",
        },
    )


def snapshot_seconds(schedule: str) -> int:
    """Turn a snapshot schedule into the interval Redis can keep.

    Redis takes snapshots by interval, not by calendar. Every N minutes is an interval; any other
    schedule becomes hourly.
    """
    minutes = re.fullmatch(r"\*(?:/([1-9][0-9]?))? \* \* \* \*", schedule)
    return int(minutes[1] or 1) * 60 if minutes else _HOURLY


def render_conf(server: str, *, max_memory: int, directory: str, durability: str) -> str:
    """Write redis.conf; ``max_memory`` in bytes.

    A full server refuses to write: one that evicts would forget without a word.
    """
    return f"""\
bind * -::*
port {endpoints.CACHE_PORT}
protected-mode yes
aclfile {paths.credential_file(server, ACL_FILE)}
dir {directory}
daemonize no
tcp-keepalive 60
maxmemory {max_memory}
maxmemory-policy noeviction
{durability}"""


def durable(*, appendfsync: str, snapshot_every: int) -> str:
    """Write down every change, and a snapshot of all data each ``snapshot_every`` seconds."""
    return f"""\
appendonly yes
appendfsync {appendfsync}
aof-use-rdb-preamble yes
aof-load-truncated yes
save {snapshot_every} 1
stop-writes-on-bgsave-error yes
"""


VOLATILE: Final = """\
appendonly no
save ""
"""
"""Keep data in memory only."""


def _ask(server: str) -> str:
    """Define the shell function ``ask``; the password travels by environment, not by argument."""
    return (
        f'export REDISCLI_AUTH="$(cat {paths.credential_file(server, PROBE_PASSWORD_FILE)})"; '
        f'ask() {{ redis-cli -p {endpoints.CACHE_PORT} --user {PROBE_USER} "$@" 2>&1; }}; '
    )


def ready_script(server: str) -> str:
    """Ask for a server that has loaded its data and can write it down.

    While it loads, or after a snapshot has failed, Redis answers PING with an error.
    """
    return (
        _ask(server) + 'test "$(ask ping)" = PONG || exit 1; '
        'case "$(ask info persistence)" in *aof_last_write_status:ok*) exit 0;; esac; exit 1'
    )


def alive_script(server: str) -> str:
    """Ask for a server that answers as itself.

    Loading takes as long as there is data, and a restart would begin it anew; a full disk is not
    mended by a restart. A refused password is: Redis reads its users at its start only, so a
    rotated one takes effect by the restart this probe brings about.
    """
    return _ask(server) + 'case "$(ask ping)" in PONG|*LOADING*|*MISCONF*) exit 0;; esac; exit 1'


def objects(stack: TradingStack, server: str, known: Credential, conf: str) -> tuple[Manifest, ...]:
    """Render all of a server but its pod; ``server`` is a component and names its objects."""
    name = parts.object_name(stack, server)
    return (
        parts.service_account(stack, server),
        {**parts.head(CONFIG_MAP, stack, name, server), "data": {CONFIG_FILE: conf}},
        *external_secret(stack, server, (known,)),
        {
            **parts.head(SERVICE, stack, name, server),
            "spec": {
                "type": "ClusterIP",
                "selector": parts.selector(stack, server),
                "ports": [parts.service_port(PORT_NAME, endpoints.CACHE_PORT)],
            },
        },
        parts.disruption_budget(stack, name, server),
    )


def stateful_set(
    stack: TradingStack, server: str, known: Credential, conf: str, pod: dict[str, Any]
) -> Manifest:
    """Render a server's pod, of which there are never two at once.

    ``pod`` holds the containers and the volumes beside those of configuration and credentials.
    """
    name = parts.object_name(stack, server)
    return {
        **parts.head(STATEFUL_SET, stack, name, server),
        "spec": {
            "replicas": 1,
            "serviceName": name,
            "selector": {"matchLabels": parts.selector(stack, server)},
            "template": {
                "metadata": {
                    "labels": parts.labels(stack, server),
                    # Redis reads its configuration at its start only.
                    "annotations": {
                        ANNOTATION_CONFIG_HASH: hashlib.sha256(conf.encode()).hexdigest()[:16]
                    },
                },
                "spec": {
                    **parts.pod_settings(stack, server, grace_seconds=GRACE_SECONDS),
                    **pod,
                    "volumes": [
                        {"name": "conf", "configMap": {"name": name}},
                        credentials_volume(stack, server, (known,)),
                        parts.TMP_VOLUME,
                        *pod.get("volumes", ()),
                    ],
                },
            },
        },
    }


def container(
    server: str, image: str, granted: Limits, mounts: tuple[dict[str, Any], ...] = ()
) -> dict[str, Any]:
    return {
        "name": server,
        "image": image,
        "command": ["redis-server", f"{CONFIG_DIR}/{CONFIG_FILE}"],
        "ports": [parts.port(PORT_NAME, endpoints.CACHE_PORT)],
        "resources": granted,
        "securityContext": parts.container_security(),
        "startupProbe": _probe(alive_script(server), period=2, failures=60),
        "readinessProbe": _probe(ready_script(server), period=5, failures=2),
        "livenessProbe": _probe(alive_script(server), period=10, failures=3),
        "volumeMounts": [
            *mounts,
            parts.mount("conf", CONFIG_DIR),
            CREDENTIALS_MOUNT,
            parts.TMP_MOUNT,
        ],
    }


def _probe(script: str, *, period: int, failures: int) -> dict[str, Any]:
    question = {"exec": {"command": ["sh", "-c", script]}}
    return parts.probe(question, period=period, timeout=5, failures=failures)
