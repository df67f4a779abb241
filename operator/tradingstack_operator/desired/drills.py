"""Recovery drills: restore what was saved into a volume that nobody uses, and look at it."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from tradingstack_operator.api.operations import DrillKind
from tradingstack_operator.api.parts import Storage
from tradingstack_operator.api.stack_operation import StackOperation
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import cache, parts, postgres, recovery, snapshots
from tradingstack_operator.desired.claims import claim_spec
from tradingstack_operator.desired.clients import DATABASE_NAME
from tradingstack_operator.desired.sizing import resources
from tradingstack_operator.model.components import CACHE
from tradingstack_operator.model.facts import Facts

CACHE_DATA: Final = "cache-data"
_SOCKET: Final = "/tmp/drill.sock"  # noqa: S108 - inside a container


def drill_kinds(
    stack: TradingStack, operation: StackOperation | None = None
) -> tuple[DrillKind, ...]:
    """List the drills that are asked for and that this stack has something to restore for."""
    asked = operation.spec.drill.include if operation and operation.spec.drill else None
    usual = stack.spec.drills.include if stack.spec.drills else None
    wanted = asked or usual or tuple(_POSSIBLE)
    return tuple(kind for kind in sorted(wanted) if kind in _POSSIBLE and _POSSIBLE[kind](stack))


def drill_template(
    stack: TradingStack, facts: Facts, kinds: Collection[DrillKind]
) -> dict[str, Any]:
    """Make one pod of all drills, a container for each store: it passes when all of them do."""
    containers: list[dict[str, Any]] = []
    volumes: list[dict[str, Any]] = []
    if "DatabaseRestore" in kinds or "RegistryRestore" in kinds:
        script = database_script(stack, kinds)
        containers.append(recovery.database_container(stack, facts, script))
        volumes += [
            _scratch(recovery.DATA, stack.spec.database.storage, postgres.DEFAULT_STORAGE),
            *recovery.database_volumes(stack),
        ]
    if "CacheRestore" in kinds:
        containers.append(_cache_container(stack, facts))
        volumes += [
            _scratch(CACHE_DATA, stack.spec.cache.storage, cache.DEFAULT_STORAGE),
            snapshots.snapshots_volume(stack),
        ]
    template = recovery.pod(stack, containers, volumes)
    if "CacheRestore" in kinds:
        template["spec"]["affinity"] = _beside_cache(stack)
    return template


def database_script(stack: TradingStack, kinds: Collection[DrillKind]) -> str:
    """Restore the latest backup with its log, as a real restore does, and look at the data."""
    checks = [_CHECKS[kind] for kind in sorted(kinds) if kind in _CHECKS]
    return "".join(
        [
            recovery.restore_script(stack, None),
            recovery.START_SCRIPT,
            f"trading={DATABASE_NAME} registry={postgres.REGISTRY_DATABASE}\n",
            _EXPECT,
            *checks,
            'echo "the drill has passed"\n',
        ]
    )


_EXPECT: Final = """\
expect() {
  test "$(ask -d "$1" -c "$3")" = t || { echo "the restored $2" >&2; exit 1; }
}
"""
_CHECKS: Final[Mapping[DrillKind, str]] = {
    "DatabaseRestore": """\
expect $trading 'database lacks TimescaleDB' \
  "SELECT count(*) = 1 FROM pg_extension WHERE extname = 'timescaledb'"
expect $trading 'database has no hypertables' \
  'SELECT count(*) > 0 FROM timescaledb_information.hypertables'
expect $trading 'database does not say which environment it is of' \
  'SELECT count(*) = 1 FROM risk.environment'
ask -d $trading -c 'CREATE EXTENSION IF NOT EXISTS amcheck'
pg_amcheck -h "$sockets" -U "$superuser" $trading
ask -d $trading -c 'CREATE TABLE drill (n int); INSERT INTO drill VALUES (1); DROP TABLE drill'
""",
    "RegistryRestore": """\
expect $registry 'registry has no feature views' 'SELECT count(*) > 0 FROM feature_views'
""",
}


CACHE_SCRIPT: Final = f"""\
test -e {snapshots.SNAPSHOTS_DIR}/dump.rdb || {{ echo 'there is no snapshot yet' >&2; exit 1; }}
{snapshots.RESTORE_SCRIPT}
redis-server --port 0 --unixsocket {_SOCKET} --dir {snapshots.DATA_DIR} \\
  --appendonly yes --save '' &
server=$!
ask() {{ redis-cli -s {_SOCKET} "$@" 2>&1; }}
until test "$(ask ping)" = PONG; do
  kill -0 $server
  sleep 1
done
echo "the drill has restored $(ask dbsize) keys"
ask shutdown nosave || true
"""
"""Restore the latest snapshot as an empty volume does, and start from what came of it."""


def _cache_container(stack: TradingStack, facts: Facts) -> dict[str, Any]:
    return {
        "name": CACHE,
        "image": stack.spec.cache.image or facts.images.cache,
        "command": ["sh", "-c", CACHE_SCRIPT],
        "resources": resources(stack, CACHE, stack.spec.cache.resources),
        "securityContext": parts.container_security(),
        "volumeMounts": [
            {"name": CACHE_DATA, "mountPath": snapshots.DATA_DIR},
            parts.mount("snapshots", snapshots.SNAPSHOTS_DIR),
            parts.TMP_MOUNT,
        ],
    }


def _scratch(name: str, storage: Storage | None, default: str) -> dict[str, Any]:
    """Claim a volume as large as the store's own that lives and dies with the pod."""
    claim = {"spec": claim_spec(storage, default)}
    return {"name": name, "ephemeral": {"volumeClaimTemplate": claim}}


def _beside_cache(stack: TradingStack) -> dict[str, Any]:
    """Go where the cache is: one node at a time mounts the volume of the snapshots."""
    term = {
        "labelSelector": {"matchLabels": parts.selector(stack, CACHE)},
        "topologyKey": "kubernetes.io/hostname",
    }
    return {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def _restores_cache(stack: TradingStack) -> bool:
    cache = stack.spec.cache
    return cache.provider == "Builtin" and cache.restore_on_empty_volume is not False


def _restores_registry(stack: TradingStack) -> bool:
    return recovery.can_restore(stack) and stack.spec.features.provider == "Builtin"


_POSSIBLE: Final[Mapping[DrillKind, Callable[[TradingStack], bool]]] = {
    "CacheRestore": _restores_cache,
    "DatabaseRestore": recovery.can_restore,
    "RegistryRestore": _restores_registry,
}
"""A failover needs a replica, which CloudNativePG alone has and exercises by itself."""
