"""Whether the credentials are there and as young as they should be."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.model.kinds import EXTERNAL_SECRET
from tradingstack_operator.model.observed import Child
from tradingstack_operator.model.rotation import delivered, parse_time, read
from tradingstack_operator.status.credentials import (
    CHANGES,
    external_secrets,
    is_stale,
    read_entries,
)
from tradingstack_operator.status.findings import Findings
from tradingstack_operator.status.verdict import Verdict, sentence

NOT_SERVED: Final = (
    "The API server does not serve ExternalSecret: install the External Secrets Operator."
)
ANOMALY_SHOWN: Final = timedelta(hours=24)
"""Long enough that whoever comes in the morning sees what happened at night."""
ROTATION_TAKES: Final = timedelta(minutes=10)
"""How long External Secrets may take to fetch what it was asked for."""
DUE_BEFORE: Final = timedelta(days=14)


def credentials_synced(found: Findings, now: datetime) -> Verdict:
    kind = ConditionType.CREDENTIALS_SYNCED
    if EXTERNAL_SECRET.kind in found.facts.missing_kinds:
        return Verdict(kind, "False", "StoreNotReady", NOT_SERVED)
    secrets = external_secrets(found)
    if found.stack is None and not secrets:
        return Verdict(kind, "Unknown", "SyncError", "No ExternalSecret exists yet.")
    trouble = sentence(found.trouble(secrets))
    if trouble:
        return _unsynced(found, trouble)
    stale = [ref for ref in secrets if is_stale(found, found.children[ref], now)]
    if stale:
        text = "was not refreshed for two intervals: see whether External Secrets runs"
        return Verdict(kind, "False", "Stale", sentence((ref, text) for ref in stale))
    odd = "; ".join(_anomalies(found, now))
    if odd:
        return Verdict(kind, "True", "UnexpectedChange", f"{odd}: ask who changed it.")
    return Verdict(kind, "True", "AllSynced", "Every ExternalSecret is synced.")


def _unsynced(found: Findings, trouble: str) -> Verdict:
    """Tell by the store's own account why an ExternalSecret is not synced."""
    kind, report = ConditionType.CREDENTIALS_SYNCED, found.secrets
    if report is None or found.stack is None:
        return Verdict(kind, "False", "SyncError", trouble)
    if report.problem:
        return Verdict(kind, "False", "StoreNotReady", f"{trouble} {report.problem}")
    missing = sorted(read_entries(found) - report.versions.keys())
    if missing:
        folder = found.stack.spec.secrets.path_prefix
        listed = ", ".join(f"{folder}/{entry}" for entry in missing)
        text = f"{trouble} The store has no {listed}: write what is missing."
        return Verdict(kind, "False", "MissingKey", text)
    return Verdict(kind, "False", "SyncError", trouble)


def _anomalies(found: Findings, now: datetime) -> Iterator[str]:
    """Describe the changes of the last day that nobody should have made."""
    for item in _transitions(found):
        if item["what"] in _ODD and now - parse_time(item["time"]) < ANOMALY_SHOWN:
            yield f"{item['name']} changed {_ODD[item['what']]} at {item['time']}"


_ODD: Final = {
    "ChangedOutsideWindow": "outside of every maintenance window",
    "Flapping": "twice within an hour",
}


def credentials_rotated(found: Findings, now: datetime) -> Verdict | None:
    """Compare the age of every credential with the calendar; None while the spec is rejected."""
    if found.stack is None:
        return None
    kind = ConditionType.CREDENTIALS_ROTATED
    undelivered = [
        child
        for ref in external_secrets(found)
        if (child := found.children.get(ref)) and not _is_delivered(child)
    ]
    late = [child for child in undelivered if now - _asked_at(found, child) > ROTATION_TAKES]
    if late:
        text = "has not fetched the new value that it was asked for: see its Events"
        return Verdict(
            kind, "False", "RotationFailed", sentence((child.ref, text) for child in late)
        )
    if undelivered or found.rotating:
        waits = [f"{child.ref} is being fetched anew" for child in undelivered]
        waits += [item.message for item in found.rotating]
        return Verdict(kind, "False", "RotationInProgress", f"{'; '.join(waits)}.")
    return _calendar(found, now)


def _is_delivered(child: Child) -> bool:
    return delivered(child.requested, child.status.get("refreshTime", ""))


def _asked_at(found: Findings, child: Child) -> datetime:
    """Tell when the newest change that an ExternalSecret should deliver was noticed."""
    versions = read(child.requested)
    noticed = [
        parse_time(item["time"])
        for item in _transitions(found)
        if item["what"] in CHANGES and item["name"] in versions
    ]
    return max([*noticed, *(version.created for version in versions.values())])


def _calendar(found: Findings, now: datetime) -> Verdict:
    kind = ConditionType.CREDENTIALS_ROTATED
    overdue, due, unknown = [], [], []
    entries = (found.credentials or {}).get("entries", ())
    known = {entry["name"]: parse_time(entry["createdAt"]) for entry in entries}
    calendar = found.stack.spec.secrets.rotation if found.stack else ()
    for rule in calendar:
        created = known.get(rule.credential)
        if created is None:
            unknown.append(f"{rule.credential} {_why_unknown(found, rule.credential)}")
            continue
        deadline = created + timedelta(days=rule.max_age_days)
        text = f"{rule.credential} is to be changed by {deadline:%Y-%m-%d}"
        if now > deadline:
            overdue.append(text)
        elif now > deadline - DUE_BEFORE:
            due.append(text)
    if overdue:
        text = f"{'; '.join(overdue)}: write a new value to the store."
        return Verdict(kind, "False", "RotationOverdue", text)
    if not unknown and found.secrets is not None and found.secrets.problem:
        unknown.append(f"No new value would be noticed: {found.secrets.problem}")
    if unknown:
        return Verdict(kind, "Unknown", "AgeUnknown", f"{'; '.join(unknown)}.")
    if due:
        text = f"{'; '.join(due)}: write a new value to the store."
        return Verdict(kind, "True", "RotationDue", text)
    return Verdict(kind, "True", "WithinPolicy", "No credential is older than the calendar allows.")


def _why_unknown(found: Findings, entry: str) -> str:
    report = found.secrets
    if report is None:
        return (
            "has an unknown age: the operator was not told where the secret store is, or has not"
            " asked it yet (vault.address of chart tradingstack-operator)"
        )
    if report.problem:
        return f"has an unknown age: {report.problem}"
    if entry in read_entries(found):
        return "is not in the store: write it"
    return (
        "is in spec.secrets.rotation and is no entry of the stack's folder in the store: correct"
        " the name or remove it"
    )


def _transitions(found: Findings) -> list[dict[str, Any]]:
    history: list[dict[str, Any]] = (found.credentials or {}).get("transitions", [])
    return history
