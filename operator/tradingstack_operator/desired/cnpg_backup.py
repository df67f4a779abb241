"""Base backups and the archive of the write-ahead log, by CloudNativePG's Barman Cloud plugin."""

from collections.abc import Iterator
from typing import Final

from tradingstack_operator.api.database import Backup
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired.credentials import Remote, fetched_secret
from tradingstack_operator.desired.parts import head, object_name
from tradingstack_operator.desired.pgbackrest import REPOSITORY
from tradingstack_operator.desired.sizing import fixed
from tradingstack_operator.model.components import BACKUP, DATABASE
from tradingstack_operator.model.kinds import CNPG_OBJECT_STORE, CNPG_SCHEDULED_BACKUP
from tradingstack_operator.model.objects import Manifest

PLUGIN: Final = "barman-cloud.cloudnative-pg.io"
_KEY_ID: Final = "access-key"
_KEY: Final = "secret-key"
_SIDECAR: Final = fixed("100m", "1", "512Mi")
"""What the plugin gets beside each instance. Its Python programs take about 200 MiB; parallel
uploads the rest."""


def build_backup(stack: TradingStack) -> tuple[Manifest, ...]:
    backup = stack.spec.database.backup
    if backup is None:
        return ()
    return (*_secret(stack, backup), _object_store(stack, backup), _schedule(stack, backup))


def _secret(stack: TradingStack, backup: Backup) -> tuple[Manifest, ...]:
    if REPOSITORY in stack.spec.secrets.existing:
        return ()
    entry = backup.credentials_remote_key or REPOSITORY
    remotes = {"id": Remote(entry, _KEY_ID), "key": Remote(entry, _KEY)}
    files = {_KEY_ID: "{{ .id }}", _KEY: "{{ .key }}"}
    # of the database, whose pods upload: they wait for it
    return (fetched_secret(stack, DATABASE, _secret_name(stack), remotes, files),)


def _secret_name(stack: TradingStack) -> str:
    return stack.spec.secrets.existing.get(REPOSITORY, object_name(stack, DATABASE, BACKUP))


def _object_store(stack: TradingStack, backup: Backup) -> Manifest:
    secret = _secret_name(stack)
    endpoint = {"endpointURL": backup.endpoint} if backup.endpoint else {}
    return {
        **head(CNPG_OBJECT_STORE, stack, object_name(stack, DATABASE), DATABASE),
        "spec": {
            "configuration": {
                "destinationPath": backup.bucket,
                **endpoint,
                "s3Credentials": {
                    "accessKeyId": {"name": secret, "key": _KEY_ID},
                    "secretAccessKey": {"name": secret, "key": _KEY},
                },
                "wal": {"compression": "gzip"},
                "data": {"compression": "gzip"},
            },
            "retentionPolicy": f"{backup.retention_days}d",
            "instanceSidecarConfiguration": {"resources": _SIDECAR},
        },
    }


def _schedule(stack: TradingStack, backup: Backup) -> Manifest:
    return {
        **head(CNPG_SCHEDULED_BACKUP, stack, object_name(stack, DATABASE), BACKUP),
        "spec": {
            "schedule": with_seconds(backup.schedule),
            # the first one at once: until there is one, nothing can be restored
            "immediate": True,
            "cluster": {"name": object_name(stack, DATABASE)},
            "backupOwnerReference": "cluster",
            "method": "plugin",
            "pluginConfiguration": {"name": PLUGIN},
        },
    }


def with_seconds(schedule: str) -> str:
    """Write a schedule of five fields, as CronJobs take it, with the six that CloudNativePG takes.

    Its first field is that of the seconds, and its week has no day 7 (robfig/cron, version 1).
    """
    *others, weekdays = schedule.split(" ")
    parts = (part for listed in weekdays.split(",") for part in _without_day_seven(listed))
    return " ".join(("0", *others, ",".join(dict.fromkeys(parts))))


def _without_day_seven(listed: str) -> Iterator[str]:
    """Spell out a range that ends with day 7, which is Sunday as 0 is; leave others alone."""
    days, slash, step = listed.partition("/")
    first, dash, last = days.partition("-")
    if days == "7":
        yield "0"
    elif dash and last == "7" and first.isdigit() and (not slash or step.isdigit()):
        every = max(1, int(step)) if slash else 1
        yield from (str(day % 7) for day in range(int(first), 8, every))
    else:
        yield listed
