"""The base backups of the Builtin database; CloudNativePG makes its own."""

from typing import Any, Final

from tradingstack_operator.api.database import Backup
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import parts, pgbackrest
from tradingstack_operator.desired.clients import authority
from tradingstack_operator.desired.credentials import (
    CREDENTIALS_MOUNT,
    Credential,
    credentials_volume,
    external_secret,
)
from tradingstack_operator.desired.jobs import cron_job
from tradingstack_operator.desired.sizing import resources
from tradingstack_operator.model.components import BACKUP, DATABASE
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import CONFIG_MAP
from tradingstack_operator.model.objects import Manifest

SCRIPT_FILE: Final = "backup.sh"
STARTING_DEADLINE_SECONDS: Final = 3600
ACTIVE_DEADLINE_SECONDS: Final = 12 * 3600
GRACE_SECONDS: Final = 60


def build_backups(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    database = stack.spec.database
    if database.provider != "Builtin" or database.backup is None:
        return ()
    backup = database.backup
    host = parts.object_name(stack, DATABASE)
    files = {
        pgbackrest.CONFIG_FILE: pgbackrest.client_conf(stack, backup, host),
        SCRIPT_FILE: pgbackrest.backup_script(stack),
    }
    return (
        parts.service_account(stack, BACKUP),
        {**parts.head(CONFIG_MAP, stack, parts.object_name(stack, BACKUP), BACKUP), "data": files},
        *external_secret(stack, BACKUP, backup_credentials(backup)),
        cron_job(
            stack,
            BACKUP,
            backup_template(stack, facts, backup),
            schedule=backup.schedule,
            starting_deadline=STARTING_DEADLINE_SECONDS,
            active_deadline=ACTIVE_DEADLINE_SECONDS,
        ),
    )


def backup_credentials(backup: Backup) -> tuple[Credential, ...]:
    """List what a pod needs that writes base backups."""
    return (pgbackrest.CLIENT_CREDENTIAL, pgbackrest.repository(backup), authority(DATABASE))


def backup_template(stack: TradingStack, facts: Facts, backup: Backup) -> dict[str, Any]:
    """Make the pod that takes one base backup and then forgets the ones that are too old."""
    return {
        "metadata": {"labels": parts.labels(stack, BACKUP)},
        "spec": {
            **parts.pod_settings(stack, BACKUP, grace_seconds=GRACE_SECONDS),
            "restartPolicy": "Never",
            "containers": [
                {
                    "name": BACKUP,
                    "image": stack.spec.database.image or facts.images.database,
                    "command": ["sh", f"{pgbackrest.CONFIG_DIR}/{SCRIPT_FILE}"],
                    "resources": resources(stack, BACKUP, None),
                    "securityContext": parts.container_security(),
                    "volumeMounts": [
                        parts.mount("conf", pgbackrest.CONFIG_DIR),
                        CREDENTIALS_MOUNT,
                        parts.TMP_MOUNT,
                    ],
                }
            ],
            "volumes": [
                {"name": "conf", "configMap": {"name": parts.object_name(stack, BACKUP)}},
                credentials_volume(stack, BACKUP, backup_credentials(backup)),
                parts.TMP_VOLUME,
            ],
        },
    }
