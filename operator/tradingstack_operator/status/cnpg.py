"""What CloudNativePG reports of a database that it runs, as conditions of the stack.

How far a standby lags behind is in none of its objects, only in its metrics, so the reason
ReplicationLagging is never given here.
"""

from datetime import UTC, datetime
from typing import Any, Final

import orjson
from cronsim import CronSim

from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.model.components import DATABASE, SCHEMA
from tradingstack_operator.model.health import condition, health
from tradingstack_operator.model.kinds import CNPG_CLUSTER, CNPG_OBJECT_STORE, CNPG_SCHEDULED_BACKUP
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.model.observed import Child
from tradingstack_operator.status.findings import Findings
from tradingstack_operator.status.verdict import Verdict, sentence, workloads_of

_HEALTHY: Final = "healthy"
"""The state in ``instancesStatus`` of an instance that is up and takes connections."""
NEXT_STEPS: Final = {
    "Cluster cannot proceed to reconciliation due to an unknown plugin being required": (
        "install the Barman Cloud plugin in the namespace of CloudNativePG"
    ),
    "Unable to create required cluster objects": (
        "let CloudNativePG and its plugin write Secrets, by PlatformPolicy's secretWriters"
    ),
    "Cluster is unrecoverable and needs manual intervention": (
        "restore its backup into another Cluster, by bootstrap.recovery"
    ),
}
"""Phases that waiting does not end, each with what does."""


def cluster_ref(found: Findings) -> ObjectRef | None:
    """Name the database's cluster; None when CloudNativePG does not run it."""
    return next(iter(found.of_kind(CNPG_CLUSTER.kind)), None)


def database_ready(found: Findings, ref: ObjectRef) -> Verdict:
    """Call the database ready while its primary is, whatever becomes of the standbys."""
    kind = ConditionType.DATABASE_READY
    child = found.children.get(ref)
    if child is None:
        held = (item.message for item in found.waiting if item.component == DATABASE)
        text = next(held, f"{ref} does not exist yet")
        return Verdict(kind, "False", "Bootstrapping", f"{text}.")
    primary = child.status.get("currentPrimary", "")
    if not primary:
        return Verdict(kind, "False", "Bootstrapping", _told(ref, child))
    moving = child.status.get("targetPrimary", primary) != primary
    if child.deleting or moving or primary not in _healthy(child):
        text = f"The primary {primary} takes no connections: {_told(ref, child)}"
        return Verdict(kind, "False", "PrimaryUnavailable", text)
    schema = found.trouble(workloads_of(found, SCHEMA))
    if schema:
        return Verdict(kind, "False", "Bootstrapping", sentence(schema))
    return Verdict(kind, "True", "Ready", f"The primary {primary} takes connections.")


def highly_available(found: Findings, ref: ObjectRef) -> Verdict:
    kind = ConditionType.DATABASE_HIGHLY_AVAILABLE
    child = found.children.get(ref)
    if child is None:
        return Verdict(kind, "False", "Degraded", f"{ref} does not exist yet.")
    wanted = orjson.loads(child.body)["spec"].get("instances", 1)
    if wanted == 1:
        text = "One instance has no standby: set spec.database.instances to 3."
        return Verdict(kind, "False", "SingleInstance", text)
    if health(child).ready:
        text = f"{wanted} instances replicate; any one may fail."
        return Verdict(kind, "True", "Replicated", text)
    text = f"{len(_healthy(child))} of {wanted} instances are up: {_told(ref, child)}"
    return Verdict(kind, "False", "Degraded", text)


def backups_healthy(found: Findings, ref: ObjectRef, now: datetime) -> Verdict | None:
    """Judge the archive first: without it a backup restores to its own moment only."""
    kind = ConditionType.BACKUPS_HEALTHY
    backup = found.stack.spec.database.backup if found.stack else None
    if backup is None:
        return None
    child = found.children.get(ref)
    if child and condition(child, "ContinuousArchiving").get("status") == "False":
        text = f"{ref} cannot archive its log: read the events and logs of its primary."
        return Verdict(kind, "False", "WALArchivingFailing", text)
    refused = found.trouble(found.of_kind(CNPG_SCHEDULED_BACKUP.kind))
    if refused:
        return Verdict(kind, "False", "NoBackupYet", sentence(refused))
    return _base_backups(recovery_window(found), backup.schedule, now)


def _base_backups(window: dict[str, Any], schedule: str, now: datetime) -> Verdict:
    kind = ConditionType.BACKUPS_HEALTHY
    last, failed = (_time(window, f"last{what}BackupTime") for what in ("Successful", "Failed"))
    if failed and (last is None or last < failed):
        text = f"The backup of {_spelled(failed)} failed: read the newest Backup object."
        return Verdict(kind, "False", "LastBackupFailed", text)
    if last is None:
        return Verdict(kind, "False", "NoBackupYet", "No base backup is complete yet.")
    text = f"The last base backup is of {_spelled(last)}"
    due = CronSim(schedule, now, reverse=True)
    if last < (next(due), next(due))[1]:
        return Verdict(kind, "False", "TooOld", f"{text}: two that were due since are missing.")
    first = _time(window, "firstRecoverabilityPoint")
    since = f"; any moment since {_spelled(first)} can be restored" if first else ""
    return Verdict(kind, "True", "Recent", f"{text}{since}.")


def last_backup_time(found: Findings) -> str | None:
    """Tell when a base backup was complete last; None before the first."""
    last = _time(recovery_window(found), "lastSuccessfulBackupTime")
    return _spelled(last) if last else None


def recovery_window(found: Findings) -> dict[str, Any]:
    """Read what the Barman Cloud plugin notes on the object store; empty before it has."""
    for ref in found.of_kind(CNPG_OBJECT_STORE.kind):
        child = found.children.get(ref)
        if child:
            # by the name of the server, which is that of the one cluster which archives there
            windows = child.status.get("serverRecoveryWindow", {})
            return dict(windows.get(ref.name, {}))
    return {}


def _healthy(child: Child) -> list[str]:
    return list(child.status.get("instancesStatus", {}).get(_HEALTHY, ()))


def _told(ref: ObjectRef, child: Child) -> str:
    """Say how a cluster is, and the next step where waiting will not help."""
    step = NEXT_STEPS.get(child.status.get("phase", ""))
    what = health(child).message or "has nothing to do"
    return f"{ref} {what}{f'; {step}' if step else ''}."


def _time(window: dict[str, Any], name: str) -> datetime | None:
    text = window.get(name)
    return datetime.fromisoformat(text) if text else None


def _spelled(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
