"""The cache's snapshots: kept on a volume of their own, and loaded when the data's is empty.

Redis writes a snapshot beside its append-only file, and loses both with their volume. One container
of the pod copies each finished snapshot to a second volume. Another runs before Redis: when there
is no append-only file but a snapshot, it makes the one from the other.
"""

from typing import Any, Final

from tradingstack_contract import cache_keys
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import parts
from tradingstack_operator.desired.claims import volume_claim
from tradingstack_operator.desired.sizing import Limits, fixed
from tradingstack_operator.model.components import CACHE
from tradingstack_operator.model.objects import Manifest

DATA_DIR: Final = "/data"
DATA_VOLUME: Final = "data"
DATA_MOUNT: Final = {"name": DATA_VOLUME, "mountPath": DATA_DIR}
SNAPSHOTS_DIR: Final = "/snapshots"
RESTORE_NAME: Final = "restore"
KEEPER_NAME: Final = "snapshots"
TURN_SECONDS: Final = 30
_TURN_FILE: Final = "/tmp/turn"  # noqa: S108 - inside a container
_SOCKET: Final = "/tmp/restore.sock"  # noqa: S108 - inside a container

_FORGET: Final = (
    "local at = '0' repeat local page = redis.call('scan', at, 'match', ARGV[1], 'count', 1000) "
    "at = page[1] for _, key in ipairs(page[2]) do redis.call('unlink', key) end until at == '0'"
)

KEEP_SCRIPT: Final = f"""\
keep() {{
  test -e {DATA_DIR}/dump.rdb || return 0
  if test -e {SNAPSHOTS_DIR}/dump.rdb; then
    test {DATA_DIR}/dump.rdb -nt {SNAPSHOTS_DIR}/dump.rdb || return 0
  fi
  cp {DATA_DIR}/dump.rdb {SNAPSHOTS_DIR}/next.rdb || return 0
  redis-check-rdb {SNAPSHOTS_DIR}/next.rdb >{_TURN_FILE}.log 2>&1 || {{
    echo "the snapshot is damaged; the one before it is kept"
    return 0
  }}
  sync && mv {SNAPSHOTS_DIR}/next.rdb {SNAPSHOTS_DIR}/dump.rdb && echo "kept a snapshot"
}}
trap 'keep; exit 0' TERM
while :; do
  keep
  touch {_TURN_FILE}
  sleep {TURN_SECONDS} &
  wait $!
done
"""
"""Copy whatever snapshot Redis has finished, once it proves sound; also the last one.

Redis gives a snapshot its name only when all of it is written.
"""

TURNING_SCRIPT: Final = f'test -n "$(find {_TURN_FILE} -mmin -{4 * TURN_SECONDS // 60})"'
"""The keeper still makes its rounds."""

RESTORE_SCRIPT: Final = f"""\
set -eu
cd {DATA_DIR}
if test -e appendonlydir || test -e appendonly.aof; then exit 0; fi
if ! test -e {SNAPSHOTS_DIR}/dump.rdb; then exit 0; fi
echo "the volume is empty: restoring the latest snapshot"
redis-check-rdb {SNAPSHOTS_DIR}/dump.rdb >{_TURN_FILE}.log 2>&1 || {{
  echo "the snapshot is damaged: set spec.cache.restoreOnEmptyVolume to false to start empty"
  exit 1
}}
rm -rf restoring
mkdir restoring
cp {SNAPSHOTS_DIR}/dump.rdb restoring/dump.rdb
redis-server --port 0 --unixsocket {_SOCKET} --dir {DATA_DIR}/restoring \
  --appendonly no --aof-use-rdb-preamble yes --save '' &
server=$!
ask() {{ redis-cli -s {_SOCKET} "$@" 2>&1; }}
field() {{ ask info persistence | tr -d '\\r' | sed -n "s/^$1://p"; }}
until test "$(ask ping)" = PONG; do
  kill -0 $server
  sleep 1
done
for pattern in {" ".join(f"'{pattern}'" for pattern in cache_keys.FORGOTTEN_BY_A_RESTORE)}; do
  ask eval "{_FORGET}" 0 "$pattern"
done
ask config set appendonly yes
until test "$(field aof_rewrite_in_progress)$(field aof_rewrite_scheduled)" = 00; do
  sleep 1
done
test "$(field aof_last_bgrewrite_status)" = ok
ask shutdown nosave || true
wait $server
rm restoring/dump.rdb
sync
mv restoring/append* .
rmdir restoring
echo "restored"
"""
"""Make an append-only file of a snapshot: Redis with one switched on reads nothing else.

It appears under its name only when it is whole, so an interrupted restore begins anew.
"""


def snapshots_claim(stack: TradingStack, default: str) -> Manifest:
    name = claim_name(stack)
    return volume_claim(stack, CACHE, name, stack.spec.cache.storage, default)


def claim_name(stack: TradingStack) -> str:
    return parts.object_name(stack, CACHE, "snapshots")


def snapshots_volume(stack: TradingStack) -> dict[str, Any]:
    return {
        "name": "snapshots",
        "persistentVolumeClaim": {"claimName": claim_name(stack)},
    }


def restore_container(image: str, granted: Limits) -> dict[str, Any]:
    """Load the snapshot before Redis starts; it needs as much memory as Redis itself."""
    return {
        "name": RESTORE_NAME,
        "image": image,
        "command": ["sh", "-c", RESTORE_SCRIPT],
        "resources": granted,
        "securityContext": parts.container_security(),
        "volumeMounts": [
            DATA_MOUNT,
            parts.mount("snapshots", SNAPSHOTS_DIR),
            parts.TMP_MOUNT,
        ],
    }


def keeper_container(image: str) -> dict[str, Any]:
    """Keep snapshots as long as Redis runs, and outlive it by the copy of its last one."""
    alive = {"exec": {"command": ["sh", "-c", TURNING_SCRIPT]}}
    return {
        "name": KEEPER_NAME,
        "image": image,
        "command": ["sh", "-c", KEEP_SCRIPT],
        # Kubernetes starts it before Redis and stops it after.
        "restartPolicy": "Always",
        "resources": fixed("10m", "500m", "128Mi"),
        "securityContext": parts.container_security(),
        "livenessProbe": parts.probe(alive, period=60, timeout=5, failures=3),
        "volumeMounts": [
            parts.mount(DATA_VOLUME, DATA_DIR),
            {"name": "snapshots", "mountPath": SNAPSHOTS_DIR},
            parts.TMP_MOUNT,
        ],
    }
