"""The pods that bring data back: they reach the object store, the cluster's DNS and nothing else.

No Service selects them and no policy lets them reach another pod, so a server that is restored to
look at it can neither be mistaken for the real one nor talk to anybody as if it were.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from tradingstack_operator.api.stack_operation import StackOperation
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import database, parts, pgbackrest, postgres
from tradingstack_operator.desired.claims import volume_claim
from tradingstack_operator.desired.credentials import (
    CREDENTIALS_MOUNT,
    Credential,
    credentials_volume,
    external_secret,
)
from tradingstack_operator.desired.sizing import resources
from tradingstack_operator.model.components import DATABASE, OPERATION
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.objects import Manifest

GRACE_SECONDS: Final = 60
DATA: Final = "data"
TARGET_FORMAT: Final = "%Y-%m-%d %H:%M:%S.%f+00"


def build_recovery(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    """Render what the pods of operations need, whether one runs or not."""
    del facts
    return (
        parts.service_account(stack, OPERATION),
        *external_secret(stack, OPERATION, credentials(stack)),
    )


def credentials(stack: TradingStack) -> tuple[Credential, ...]:
    """List what an operation may know: how to read the backups."""
    backup = stack.spec.database.backup
    return (pgbackrest.repository(backup),) if backup and can_restore(stack) else ()


def can_restore(stack: TradingStack) -> bool:
    """Tell whether there are backups that the operator itself restores."""
    return stack.spec.database.provider == "Builtin" and stack.spec.database.backup is not None


def pod(
    stack: TradingStack, containers: Sequence[dict[str, Any]], volumes: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Make the template of an operation's pod, which is never started twice."""
    return {
        "metadata": {"labels": parts.labels(stack, OPERATION)},
        "spec": {
            **parts.pod_settings(stack, OPERATION, grace_seconds=GRACE_SECONDS),
            "restartPolicy": "Never",
            "containers": list(containers),
            "volumes": [*volumes, parts.TMP_VOLUME],
        },
    }


def restore_objects(
    stack: TradingStack, facts: Facts, operation: StackOperation
) -> tuple[dict[str, Any], Manifest]:
    """Make the pod that restores the database, and the claim of the new volume that it fills."""
    target = operation.spec.restore.target_time if operation.spec.restore else None
    storage = stack.spec.database.storage
    name = database.restored_claim(stack, operation)
    claim = volume_claim(stack, DATABASE, name, storage, postgres.DEFAULT_STORAGE)
    volume = {"name": DATA, "persistentVolumeClaim": {"claimName": name}}
    script = restore_script(stack, target) + START_SCRIPT + HAND_OVER_SCRIPT
    container = database_container(stack, facts, script)
    return pod(stack, [container], [volume, *database_volumes(stack)]), claim


def database_container(stack: TradingStack, facts: Facts, script: str) -> dict[str, Any]:
    """Run a script where a server of the stack's own configuration can be restored and started."""
    spec = stack.spec.database
    return {
        "name": DATABASE,
        "image": spec.image or facts.images.database,
        "command": ["sh", "-c", script],
        # as much as the server itself: it recovers with the same settings
        "resources": resources(stack, DATABASE, spec.resources),
        "securityContext": parts.container_security(),
        "volumeMounts": [
            {"name": DATA, "mountPath": postgres.DATA_MOUNT},
            parts.mount("conf", postgres.CONFIG_DIR),
            parts.mount("conf", pgbackrest.CONFIG_DIR),
            CREDENTIALS_MOUNT,
            parts.TMP_MOUNT,
            {"name": "run", "mountPath": postgres.SOCKET_DIR},
            {"name": "shared-memory", "mountPath": "/dev/shm"},  # noqa: S108 - inside a container
        ],
    }


def database_volumes(stack: TradingStack) -> list[dict[str, Any]]:
    """List the volumes of that container, but for the one of the data."""
    memory = {"medium": "Memory", "sizeLimit": database.SHARED_MEMORY_SIZE}
    return [
        database.config_volume(stack),
        credentials_volume(stack, OPERATION, credentials(stack)),
        {"name": "run", "emptyDir": {"sizeLimit": "1Mi"}},
        {"name": "shared-memory", "emptyDir": memory},
    ]


def restore_script(stack: TradingStack, target: datetime | None) -> str:
    """Write the fetching of a backup and its log into an empty volume.

    Without a target the log is followed to its end. A log that ends before the target is an error
    of the server's start.
    """
    moment = target.astimezone(UTC).strftime(TARGET_FORMAT) if target else ""
    to = f"--type=time '--target={moment}' --target-action=promote" if target else "--type=default"
    return f"""\
set -eu
umask 077
data={postgres.DATA_DIR}
if [ -e "$data" ]; then
  echo "the volume holds data already: a restore needs an empty one" >&2
  exit 1
fi
mkdir "$data"
{pgbackrest.command(stack)} {to} restore
"""


START_SCRIPT: Final = f"""\
trap 'pg_ctl stop -D "$data" -m fast -w -s' EXIT
pg_ctl start -D "$data" -w -t 86400 -s -o "\\
  -c config_file={postgres.CONFIG_DIR}/{postgres.CONFIG_FILE} -c listen_addresses= \\
  -c ssl=off -c hot_standby=off -c archive_mode=off"
sockets={postgres.SOCKET_DIR} superuser={postgres.SUPERUSER}
ask() {{ psql -qAtX -v ON_ERROR_STOP=1 -h "$sockets" -U "$superuser" "$@"; }}
until test "$(ask -d postgres -c 'SELECT NOT pg_is_in_recovery()' 2>/dev/null)" = t; do
  pg_ctl status -D "$data" >/dev/null || {{ echo "the server ended during recovery" >&2; exit 1; }}
  sleep 1
done
"""
"""Start a server that nobody can reach and wait until it has recovered, where no probe ends it.

pg_ctl itself only waits until the server is about to read the archive. Nothing is archived: every
later recovery would follow the timeline that begins here, whether its data are ever used or not.
"""

HAND_OVER_SCRIPT: Final = """\
for file in "$data"/pg_wal/*.history; do
  touch "$data/pg_wal/archive_status/${file##*/}.ready"
done
echo "restored up to $(ask -d postgres -c 'SELECT pg_current_wal_lsn()')"
"""
"""Have the server that takes the volume over archive the history of its timeline at once.

Without it no recovery would find the way from an older backup to what is written from then on.
"""
