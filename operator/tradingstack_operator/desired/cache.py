"""The cache: one Redis with an append-only file on a volume that outlives it."""

import hashlib
from typing import Any, Final

from tradingstack_contract import endpoints
from tradingstack_operator.api import names
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import parts, redis
from tradingstack_operator.desired.secrets import (
    credentials_mount,
    credentials_volume,
    external_secret,
)
from tradingstack_operator.desired.sizing import Limits, resources
from tradingstack_operator.model.components import CACHE
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import CONFIG_MAP, SERVICE, STATEFUL_SET, Kind
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.model.quantity import canonical, whole_bytes

ANNOTATION_CONFIG_HASH: Final = f"{names.GROUP}/config-hash"
DEFAULT_APPENDFSYNC: Final = "everysec"
DEFAULT_MAX_MEMORY_PERCENT: Final = 70
"""Leaves room for the copy-on-write of a snapshot, the client buffers and fragmentation."""
DEFAULT_STORAGE: Final = "10Gi"
GRACE_SECONDS: Final = 60
"""Long enough to write a last snapshot."""
PORT_NAME: Final = "redis"


def build_cache(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    """Render the Builtin cache.

    An External one is somebody else's Redis, which answers under the same Service name and whose
    pods carry the same two labels; only its clients' credentials and network policies are ours.
    """
    if stack.spec.cache.provider == "External":
        return ()
    granted = resources(stack, CACHE, stack.spec.cache.resources)
    conf = _conf(stack, granted)
    return (
        parts.service_account(stack, CACHE),
        {**_head(CONFIG_MAP, stack), "data": {redis.CONFIG_FILE: conf}},
        *external_secret(stack, CACHE),
        {
            **_head(SERVICE, stack),
            "spec": {
                "type": "ClusterIP",
                "selector": parts.selector(stack, CACHE),
                "ports": [parts.service_port(PORT_NAME, endpoints.CACHE_PORT)],
            },
        },
        parts.disruption_budget(stack, parts.object_name(stack, CACHE), CACHE),
        _stateful_set(stack, facts, granted, conf),
    )


def _head(kind: Kind, stack: TradingStack) -> Manifest:
    return parts.head(kind, stack, parts.object_name(stack, CACHE), CACHE)


def _conf(stack: TradingStack, granted: Limits) -> str:
    cache = stack.spec.cache
    percent = cache.max_memory_percent or DEFAULT_MAX_MEMORY_PERCENT
    persistence = cache.persistence
    schedule = persistence.snapshot_schedule if persistence else None
    return redis.render_conf(
        max_memory=whole_bytes(granted["limits"]["memory"]) * percent // 100,
        appendfsync=(persistence and persistence.appendfsync) or DEFAULT_APPENDFSYNC,
        snapshot_every=redis.snapshot_seconds(schedule),
    )


def _stateful_set(stack: TradingStack, facts: Facts, granted: Limits, conf: str) -> Manifest:
    name = parts.object_name(stack, CACHE)
    return {
        **_head(STATEFUL_SET, stack),
        "spec": {
            "replicas": 1,
            "serviceName": name,
            "selector": {"matchLabels": parts.selector(stack, CACHE)},
            "persistentVolumeClaimRetentionPolicy": {
                "whenDeleted": "Delete" if stack.spec.deletion_policy == "Delete" else "Retain",
                "whenScaled": "Retain",
            },
            "template": {
                "metadata": {
                    "labels": parts.labels(stack, CACHE),
                    # Redis reads its configuration at its start only.
                    "annotations": {
                        ANNOTATION_CONFIG_HASH: hashlib.sha256(conf.encode()).hexdigest()[:16]
                    },
                },
                "spec": {
                    **parts.pod_settings(stack, CACHE, grace_seconds=GRACE_SECONDS),
                    "containers": [_container(stack, facts, granted)],
                    "volumes": [
                        {"name": "conf", "configMap": {"name": name}},
                        credentials_volume(stack, CACHE),
                        parts.TMP_VOLUME,
                    ],
                },
            },
            "volumeClaimTemplates": [_claim(stack)],
        },
    }


def _container(stack: TradingStack, facts: Facts, granted: Limits) -> dict[str, Any]:
    return {
        "name": CACHE,
        "image": stack.spec.cache.image or facts.cache_image,
        "command": ["redis-server", f"{redis.CONFIG_DIR}/{redis.CONFIG_FILE}"],
        "ports": [parts.port(PORT_NAME, endpoints.CACHE_PORT)],
        "resources": granted,
        "securityContext": parts.container_security(),
        "startupProbe": _ask(redis.ALIVE_SCRIPT, period=2, failures=60),
        "readinessProbe": _ask(redis.READY_SCRIPT, period=5, failures=2),
        "livenessProbe": _ask(redis.ALIVE_SCRIPT, period=10, failures=3),
        "volumeMounts": [
            {"name": "data", "mountPath": redis.DATA_DIR},
            parts.mount("conf", redis.CONFIG_DIR),
            credentials_mount(CACHE),
            parts.TMP_MOUNT,
        ],
    }


def _ask(script: str, *, period: int, failures: int) -> dict[str, Any]:
    question = {"exec": {"command": ["sh", "-c", script]}}
    return parts.probe(question, period=period, timeout=5, failures=failures)


def _claim(stack: TradingStack) -> dict[str, Any]:
    storage = stack.spec.cache.storage
    size = canonical(storage.size if storage else DEFAULT_STORAGE)
    chosen = (
        {"storageClassName": storage.storage_class} if storage and storage.storage_class else {}
    )
    return {
        # The server adds these two to a claim template, and the list is compared whole.
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "labels": parts.selector(stack, CACHE)},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": size}},
            "volumeMode": "Filesystem",
            **chosen,
        },
    }
