"""Whether the database could be restored to a recent moment, as far as its backups tell.

Whether the Builtin server archives its log shows in its metrics and its log, in no object.
"""

from datetime import datetime
from typing import Final

from cronsim import CronSim

from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.model.components import BACKUP
from tradingstack_operator.model.kinds import CRON_JOB
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status import cnpg
from tradingstack_operator.status.findings import Findings
from tradingstack_operator.status.verdict import Verdict, sentence

_KIND: Final = ConditionType.BACKUPS_HEALTHY


def backups_healthy(found: Findings, now: datetime) -> Verdict | None:
    """Judge the base backups; None for a database that has none of this operator's making."""
    if found.stack is None or found.stack.spec.database.backup is None:
        return None
    cluster = cnpg.cluster_ref(found)
    if cluster is not None:
        return cnpg.backups_healthy(found, cluster, now)
    clocks = (ref for ref in found.of_kind(CRON_JOB.kind) if found.component_of(ref) == BACKUP)
    clock = next(clocks, None)
    if clock is None:
        return None
    return _by_clock(found, clock, found.stack.spec.database.backup.schedule, now)


def _by_clock(found: Findings, ref: ObjectRef, schedule: str, now: datetime) -> Verdict:
    child = found.children.get(ref)
    done = child.status.get("lastSuccessfulTime") if child else None
    trouble = found.trouble((ref,))
    if child is not None and trouble:
        return Verdict(_KIND, "False", "LastBackupFailed", sentence(trouble))
    if done is None:
        text = "No base backup is complete yet: wait for the schedule or create a StackOperation."
        return Verdict(_KIND, "False", "NoBackupYet", text)
    text = f"The last base backup is of {done}"
    due = CronSim(schedule, now, reverse=True)
    if datetime.fromisoformat(done) < (next(due), next(due))[1]:
        missing = f"{text}: two that were due since are missing; see the Jobs of {ref}."
        return Verdict(_KIND, "False", "TooOld", missing)
    return Verdict(_KIND, "True", "Recent", f"{text}.")
