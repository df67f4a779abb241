"""The cache: one Redis with an append-only file on a volume that outlives it."""

from typing import Any, Final

from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import parts, redis, snapshots
from tradingstack_operator.desired.claims import claim_spec
from tradingstack_operator.desired.sizing import Limits, resources
from tradingstack_operator.model.components import CACHE, INGESTOR, RISK_API, WATCHDOG
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.model.quantity import whole_bytes

DEFAULT_APPENDFSYNC: Final = "everysec"
DEFAULT_MAX_MEMORY_PERCENT: Final = 70
"""Leaves room for the copy-on-write of a snapshot, the client buffers and fragmentation."""
DEFAULT_SNAPSHOT_SCHEDULE: Final = "*/30 * * * *"
DEFAULT_STORAGE: Final = "10Gi"

USERS: Final = redis.users(
    CACHE,
    {
        INGESTOR: "~quote:* resetchannels"
        f" -@all +@write +@connection +@transaction {redis.NOT_DANGEROUS}",
        RISK_API: "~quote:* ~risk:* resetchannels &risk:*"
        f" {redis.READ_AND_WRITE} +@scripting +@pubsub {redis.NOT_DANGEROUS}",
        WATCHDOG: "~quote:* ~risk:* resetchannels"
        f" -@all +@read +@connection {redis.NOT_DANGEROUS} +info",
    },
)


def build_cache(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    """Render the Builtin cache; of an External one only its clients' credentials are ours."""
    if stack.spec.cache.provider == "External":
        return ()
    granted = resources(stack, CACHE, stack.spec.cache.resources)
    conf = _conf(stack, granted)
    return (
        *redis.objects(stack, CACHE, USERS, conf),
        snapshots.snapshots_claim(stack, DEFAULT_STORAGE),
        _stateful_set(stack, facts, granted, conf),
    )


def _conf(stack: TradingStack, granted: Limits) -> str:
    cache = stack.spec.cache
    percent = cache.max_memory_percent or DEFAULT_MAX_MEMORY_PERCENT
    persistence = cache.persistence
    schedule = (persistence and persistence.snapshot_schedule) or DEFAULT_SNAPSHOT_SCHEDULE
    return redis.render_conf(
        CACHE,
        max_memory=whole_bytes(granted["limits"]["memory"]) * percent // 100,
        directory=snapshots.DATA_DIR,
        durability=redis.durable(
            appendfsync=(persistence and persistence.appendfsync) or DEFAULT_APPENDFSYNC,
            snapshot_every=redis.snapshot_seconds(schedule),
        ),
    )


def _stateful_set(stack: TradingStack, facts: Facts, granted: Limits, conf: str) -> Manifest:
    image = stack.spec.cache.image or facts.images.cache
    restores = stack.spec.cache.restore_on_empty_volume is not False
    pod = {
        "initContainers": [
            *([snapshots.restore_container(image, granted)] if restores else []),
            snapshots.keeper_container(image),
        ],
        "containers": [redis.container(CACHE, image, granted, (snapshots.DATA_MOUNT,))],
        "volumes": [snapshots.snapshots_volume(stack)],
    }
    manifest = redis.stateful_set(stack, CACHE, USERS, conf, pod)
    manifest["spec"] |= {
        "persistentVolumeClaimRetentionPolicy": {
            "whenDeleted": "Delete" if stack.spec.deletion_policy == "Delete" else "Retain",
            "whenScaled": "Retain",
        },
        "volumeClaimTemplates": [_claim(stack)],
    }
    return manifest


def _claim(stack: TradingStack) -> dict[str, Any]:
    return {
        # The server adds these two to a claim template, and the list is compared whole.
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": snapshots.DATA_VOLUME, "labels": parts.selector(stack, CACHE)},
        "spec": claim_spec(stack.spec.cache.storage, DEFAULT_STORAGE),
    }
