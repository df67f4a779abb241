"""What Redis is told: its configuration, its users, and the questions the kubelet asks it.

Everything here is valid from Redis 6.2 to 7.4 and for Valkey.
"""

import re
from typing import Final

from tradingstack_contract import endpoints, paths

CREDENTIAL: Final = "cache"
ACL_FILE: Final = "users.acl"
PROBE_PASSWORD_FILE: Final = "probe-password"  # noqa: S105 - a file's name
DATA_DIR: Final = "/data"
CONFIG_DIR: Final = "/etc/redis"
CONFIG_FILE: Final = "redis.conf"

PROBE_USER: Final = "probe"

DEFAULT_SNAPSHOT_SECONDS: Final = 1800
_HOURLY: Final = 3600

# Passwords reach Redis as hashes, so no character of one can break the file. A user's name is its
# component's, and its line starts from nothing. ``@dangerous`` holds commands without a key, such
# as FLUSHALL, that ``@write`` lets in.
ACL_TEMPLATE: Final = """\
user default off resetpass resetkeys resetchannels -@all
user probe on #{{ .probe | sha256sum }} resetkeys resetchannels -@all +ping +info
user ingestor on #{{ .ingestor | sha256sum }} ~quote:* resetchannels \
-@all +@write +@connection +@transaction -@dangerous +ping
user risk-api on #{{ .risk_api | sha256sum }} ~quote:* ~risk:* resetchannels &risk:* \
-@all +@read +@write +@connection +@transaction +@scripting +@pubsub -@dangerous +ping
"""
"""The users file for External Secrets' template engine, which is Go's with the sprig functions."""


def snapshot_seconds(schedule: str | None) -> int:
    """Turn a snapshot schedule into the interval Redis can keep.

    Redis takes snapshots by interval, not by calendar. Every N minutes is an interval; any other
    schedule becomes hourly. A snapshot only shortens a restart: the append-only file already
    holds every write.
    """
    if schedule is None:
        return DEFAULT_SNAPSHOT_SECONDS
    minutes = re.fullmatch(r"\*(?:/([1-9][0-9]?))? \* \* \* \*", schedule)
    return int(minutes[1] or 1) * 60 if minutes else _HOURLY


def render_conf(*, max_memory: int, appendfsync: str, snapshot_every: int) -> str:
    """Write redis.conf; ``max_memory`` in bytes, ``snapshot_every`` in seconds."""
    return f"""\
bind * -::*
port {endpoints.CACHE_PORT}
protected-mode yes
aclfile {paths.credential_file(CREDENTIAL, ACL_FILE)}
dir {DATA_DIR}
daemonize no
tcp-keepalive 60
maxmemory {max_memory}
maxmemory-policy noeviction
appendonly yes
appendfsync {appendfsync}
aof-use-rdb-preamble yes
aof-load-truncated yes
save {snapshot_every} 1
stop-writes-on-bgsave-error yes
"""


# The password travels by environment: an argument would show in the process list.
_ASK: Final = (
    f'export REDISCLI_AUTH="$(cat {paths.credential_file(CREDENTIAL, PROBE_PASSWORD_FILE)})"; '
    f'ask() {{ redis-cli -p {endpoints.CACHE_PORT} --user {PROBE_USER} "$@" 2>&1; }}; '
)

READY_SCRIPT: Final = (
    _ASK + 'test "$(ask ping)" = PONG || exit 1; '
    'case "$(ask info persistence)" in *aof_last_write_status:ok*) exit 0;; esac; exit 1'
)
"""Ready is a server that has loaded its data and can write it down.

While it loads, or after a snapshot has failed, Redis answers PING with an error.
"""

ALIVE_SCRIPT: Final = _ASK + 'case "$(ask ping)" in PONG|*LOADING*|*MISCONF*) exit 0;; esac; exit 1'
"""Alive is a server that answers as itself.

Loading takes as long as there is data, and a restart would begin it anew; a full disk is not
mended by a restart. A refused password is: Redis reads its users at its start only, so a rotated
one takes effect by the restart this probe brings about.
"""
