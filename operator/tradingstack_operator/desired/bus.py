"""The bus: NATS with JetStream, one server or a cluster that keeps its majority when one fails."""

import hashlib
from typing import Any, Final

from tradingstack_contract import endpoints
from tradingstack_operator.api import names
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import nats, parts
from tradingstack_operator.desired.credentials import (
    CREDENTIALS_MOUNT,
    Credential,
    credentials_volume,
    external_secret,
)
from tradingstack_operator.desired.sizing import resources
from tradingstack_operator.model.components import BUS
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import CONFIG_MAP, SERVICE, STATEFUL_SET
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.model.quantity import canonical, whole_bytes

ANNOTATION_CONFIG_HASH: Final = f"{names.GROUP}/config-hash"
DEFAULT_REPLICAS: Final = 3
DEFAULT_STORAGE: Final = "10Gi"
DEFAULT_SYNC_INTERVAL: Final = "1s"
"""NATS acknowledges before it flushes, by default for two minutes; see docs/reference/bus.md."""
STORE_PERCENT: Final = 85
"""What JetStream may fill of a volume; the rest is for the file system and for compaction."""
MEMORY_PERCENT: Final = 90
"""What Go may use of the memory limit before it collects garbage at any price."""
GRACE_SECONDS: Final = 60
"""Longer than a lame duck's grace and its duration together."""
NODES: Final = "nodes"
"""The Service that names each server ends in this."""
CLIENT_PORT: Final = "client"
ROUTES_PORT: Final = "routes"
MONITOR_PORT: Final = "monitor"


def build_bus(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    if stack.spec.bus.provider == "External":
        return ()
    name = parts.object_name(stack, BUS)
    return (
        parts.service_account(stack, BUS),
        {
            **parts.head(CONFIG_MAP, stack, name, BUS),
            "data": {nats.CONFIG_FILE: _conf(stack)},
        },
        *external_secret(stack, BUS, _credentials(stack)),
        _service(stack, name, CLIENT_PORT, endpoints.BUS_PORT, {}),
        # A server that is not ready yet has to find the others to become ready.
        _service(
            stack,
            nodes_name(stack),
            ROUTES_PORT,
            endpoints.BUS_ROUTES_PORT,
            {"clusterIP": "None", "publishNotReadyAddresses": True},
        ),
        parts.disruption_budget(stack, name, BUS),
        _stateful_set(stack, facts),
    )


def servers_of(stack: TradingStack) -> int:
    return stack.spec.bus.replicas or DEFAULT_REPLICAS


def store_bytes(stack: TradingStack) -> int:
    """Tell how much JetStream may keep on each server's volume."""
    return whole_bytes(_size(stack)) * STORE_PERCENT // 100


def nodes_name(stack: TradingStack) -> str:
    return parts.object_name(stack, BUS, NODES)


def _size(stack: TradingStack) -> str:
    storage = stack.spec.bus.storage
    return storage.size if storage else DEFAULT_STORAGE


def _credentials(stack: TradingStack) -> tuple[Credential, ...]:
    return (nats.users(simulation=stack.simulated), nats.TLS)


def _conf(stack: TradingStack) -> str:
    name, nodes = parts.object_name(stack, BUS), nodes_name(stack)
    return nats.render_conf(
        name,
        [f"{name}-{number}.{nodes}" for number in range(servers_of(stack))],
        max_bytes=store_bytes(stack),
        sync_interval=stack.spec.bus.sync_interval or DEFAULT_SYNC_INTERVAL,
    )


def _service(
    stack: TradingStack, name: str, port: str, number: int, more: dict[str, Any]
) -> Manifest:
    return {
        **parts.head(SERVICE, stack, name, BUS),
        "spec": {
            "type": "ClusterIP",
            "selector": parts.selector(stack, BUS),
            "ports": [parts.service_port(port, number)],
            **more,
        },
    }


def _stateful_set(stack: TradingStack, facts: Facts) -> Manifest:
    name = parts.object_name(stack, BUS)
    return {
        **parts.head(STATEFUL_SET, stack, name, BUS),
        "spec": {
            "replicas": servers_of(stack),
            "serviceName": nodes_name(stack),
            # The first server is not ready before it has a majority, so all have to start at once.
            "podManagementPolicy": "Parallel",
            "selector": {"matchLabels": parts.selector(stack, BUS)},
            "persistentVolumeClaimRetentionPolicy": {
                "whenDeleted": "Delete" if stack.spec.deletion_policy == "Delete" else "Retain",
                "whenScaled": "Retain",
            },
            "template": {
                "metadata": {
                    "labels": parts.labels(stack, BUS),
                    "annotations": {ANNOTATION_CONFIG_HASH: _config_hash(stack)},
                },
                "spec": {
                    **parts.pod_settings(stack, BUS, grace_seconds=GRACE_SECONDS),
                    "containers": [_container(stack, facts)],
                    "volumes": [
                        {"name": "conf", "configMap": {"name": name}},
                        credentials_volume(stack, BUS, _credentials(stack)),
                        parts.TMP_VOLUME,
                    ],
                },
            },
            "volumeClaimTemplates": [_claim(stack)],
        },
    }


def _config_hash(stack: TradingStack) -> str:
    """Fingerprint what a server reads at its start only: its settings and its users' rights."""
    users = nats.users(simulation=stack.simulated).files[nats.USERS_FILE]
    return hashlib.sha256(f"{_conf(stack)}{users}".encode()).hexdigest()[:16]


def _container(stack: TradingStack, facts: Facts) -> dict[str, Any]:
    granted = resources(stack, BUS, stack.spec.bus.resources)
    heap = whole_bytes(granted["limits"]["memory"]) * MEMORY_PERCENT // 100
    return {
        "name": BUS,
        "image": stack.spec.bus.image or facts.images.bus,
        "command": ["nats-server", "--config", f"{nats.CONFIG_DIR}/{nats.CONFIG_FILE}"],
        "env": [
            {"name": "GOMEMLIMIT", "value": str(heap)},
            {
                "name": "POD_NAME",
                "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}},
            },
        ],
        "ports": [
            parts.port(CLIENT_PORT, endpoints.BUS_PORT),
            parts.port(ROUTES_PORT, endpoints.BUS_ROUTES_PORT),
            parts.port(MONITOR_PORT, nats.MONITOR_PORT),
        ],
        "resources": granted,
        "securityContext": parts.container_security(),
        "lifecycle": {
            "preStop": {
                "exec": {"command": ["nats-server", "--signal", f"ldm={nats.PID_FILE}"]},
            }
        },
        "startupProbe": _ask(nats.ALIVE, period=2, failures=150),
        "readinessProbe": _ask(nats.READY, period=5, failures=2),
        "livenessProbe": _ask(nats.ALIVE, period=10, failures=6),
        "volumeMounts": [
            {"name": "data", "mountPath": nats.DATA_DIR},
            parts.mount("conf", nats.CONFIG_DIR),
            CREDENTIALS_MOUNT,
            parts.TMP_MOUNT,
        ],
    }


def _ask(path: str, *, period: int, failures: int) -> dict[str, Any]:
    question = {"httpGet": {"path": path, "port": MONITOR_PORT}}
    return parts.probe(question, period=period, timeout=5, failures=failures)


def _claim(stack: TradingStack) -> dict[str, Any]:
    storage = stack.spec.bus.storage
    chosen = (
        {"storageClassName": storage.storage_class} if storage and storage.storage_class else {}
    )
    return {
        # The server adds these two to a claim template, and the list is compared whole.
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "labels": parts.selector(stack, BUS)},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": canonical(_size(stack))}},
            "volumeMode": "Filesystem",
            **chosen,
        },
    }
