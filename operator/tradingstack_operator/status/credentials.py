"""What became of the credentials so far: their versions, and the last changes of their state."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from tradingstack_operator.model.health import condition
from tradingstack_operator.model.kinds import EXTERNAL_SECRET
from tradingstack_operator.model.objects import Manifest, ObjectRef
from tradingstack_operator.model.observed import Child
from tradingstack_operator.model.rotation import SecretReport, entries_of, parse_time
from tradingstack_operator.status.findings import Findings

MOST_TRANSITIONS: Final = 20
MOST_ENTRIES: Final = 64
FLAPPING: Final = timedelta(hours=1)
"""Two changes of one credential within it are one too many."""
STALE_AFTER: Final = 2
"""Refresh intervals without a refresh."""
CHANGES: Final = frozenset({"Changed", "ChangedOutsideWindow", "Flapping"})
_STAMP: Final = "%Y-%m-%dT%H:%M:%SZ"
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}


def credential_history(
    found: Findings, previous: Mapping[str, Any], now: datetime
) -> Manifest | None:
    """Go on from what the earlier status says; None while nothing is known.

    What is known of the store stays when it cannot be asked, or was not asked yet.
    """
    before: Mapping[str, Any] = previous.get("credentials", {})
    entries = before.get("entries", [])
    if found.secrets is not None and found.stack is not None:
        listed = {rule.credential for rule in found.stack.spec.secrets.rotation}
        entries = list(_entries(found.secrets, read_entries(found) | listed))[:MOST_ENTRIES]
    secrets = external_secrets(found)
    failing = sorted(ref.name for ref in secrets if _fails(found, ref, now))
    transitions = [
        *before.get("transitions", ()),
        *_changes(found, before, entries, now),
        *_syncs(before, failing, {ref.name for ref in secrets}, now),
    ]
    history = {
        "entries": entries,
        "failing": failing,
        "transitions": transitions[-MOST_TRANSITIONS:],
    }
    return {name: items for name, items in history.items() if items} or None


def external_secrets(found: Findings) -> tuple[ObjectRef, ...]:
    return found.of_kind(EXTERNAL_SECRET.kind)


def read_entries(found: Findings) -> frozenset[str]:
    """Name the entries of the store that the stack's ExternalSecrets read."""
    if found.stack is None:
        return frozenset()
    prefix = f"{found.stack.spec.secrets.path_prefix}/"
    bodies = (found.children[ref].body for ref in external_secrets(found) if ref in found.children)
    return frozenset(entry for body in bodies for entry in entries_of(orjson.loads(body), prefix))


def is_stale(found: Findings, child: Child, now: datetime) -> bool:
    """Tell whether an ExternalSecret has missed two refreshes in a row."""
    refreshed = child.status.get("refreshTime")
    interval = (found.effective or {}).get("secrets", {}).get("refreshInterval")
    if not refreshed or not interval:
        return False
    seconds = int(interval[:-1]) * _SECONDS[interval[-1]]
    return now - parse_time(refreshed) > timedelta(seconds=STALE_AFTER * seconds)


def _fails(found: Findings, ref: ObjectRef, now: datetime) -> bool:
    """Tell whether a sync has gone wrong; one that was never tried has not."""
    child = found.children.get(ref)
    if child is None:
        return False
    return condition(child, "Ready").get("status") == "False" or is_stale(found, child, now)


def _entries(report: SecretReport, names: frozenset[str]) -> Iterator[Manifest]:
    for name, version in sorted(report.versions.items()):
        if name in names:
            created = version.created.strftime(_STAMP)
            yield {"name": name, "version": version.number, "createdAt": created}


def _changes(
    found: Findings, before: Mapping[str, Any], entries: list[Manifest], now: datetime
) -> Iterator[Manifest]:
    known = {item["name"]: item["version"] for item in before.get("entries", ())}
    for entry in entries:
        name, version = entry["name"], entry["version"]
        if known.get(name, version) != version:
            what = _kind_of_change(found, before, name, now)
            yield _transition(name, what, now) | {"version": version}


def _kind_of_change(found: Findings, before: Mapping[str, Any], name: str, now: datetime) -> str:
    if not found.in_window:
        return "ChangedOutsideWindow"
    recent = any(
        item["name"] == name
        and item["what"] in CHANGES
        and now - parse_time(item["time"]) < FLAPPING
        for item in before.get("transitions", ())
    )
    return "Flapping" if recent else "Changed"


def _syncs(
    before: Mapping[str, Any], failing: list[str], wanted: set[str], now: datetime
) -> Iterator[Manifest]:
    earlier = before.get("failing", [])
    mended = [name for name in earlier if name not in failing and name in wanted]
    yield from (_transition(name, "SyncFailed", now) for name in failing if name not in earlier)
    yield from (_transition(name, "Synced", now) for name in mended)


def _transition(name: str, what: str, now: datetime) -> Manifest:
    return {"time": now.strftime(_STAMP), "name": name, "what": what}
