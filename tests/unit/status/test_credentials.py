"""The history goes on from the status before: versions, failures, the last transitions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.observed import SYNCED
from tests.unit.status.findings import RUNNING, healthy, rejected
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.model.rotation import SecretReport, SecretVersion
from tradingstack_operator.status.credentials import (
    MOST_TRANSITIONS,
    credential_history,
    read_entries,
)

NOW = datetime(2026, 8, 1, 10, tzinfo=UTC)
STAMP = "2026-08-01T10:00:00Z"
CREATED = datetime(2026, 7, 1, tzinfo=UTC)
SECRET = ObjectRef("ExternalSecret", "alpha-cache")
PROBE = {"name": "cache-probe", "version": 1, "createdAt": "2026-07-01T00:00:00Z"}
FAILED = {"conditions": [{"type": "Ready", "status": "False", "reason": "SecretSyncedError"}]}


def report(number=1, entry="cache-probe", **more):
    return SecretReport({entry: SecretVersion(number, CREATED)} | more)


def history(found, **before):
    return credential_history(found, {"credentials": before}, NOW)


def failing(**status):
    return healthy(children=RUNNING | {SECRET: replace(RUNNING[SECRET], status=FAILED | status)})


def refreshed(time, **fields):
    status = SYNCED | {"refreshTime": time}
    children = RUNNING | {SECRET: replace(RUNNING[SECRET], status=status)}
    return healthy(children=children, effective={"secrets": {"refreshInterval": "15m"}}, **fields)


def changed(minutes, what="Changed"):
    time = (NOW - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"time": time, "name": "cache-probe", "what": what}


def test_nothing_is_told_while_nothing_is_known():
    assert credential_history(healthy(), {}, NOW) is None


def test_the_entries_that_the_stack_reads_are_told():
    assert history(healthy(secrets=report())) == {"entries": [PROBE]}


def test_an_entry_that_the_stack_does_not_read_is_nobodys_business():
    assert history(healthy(secrets=report(entry="other"))) is None


def test_what_is_known_stays_while_the_store_was_not_asked():
    assert history(healthy(), entries=[PROBE]) == {"entries": [PROBE]}


def test_what_is_known_stays_while_the_spec_is_rejected():
    assert history(rejected(secrets=report(2)), entries=[PROBE]) == {"entries": [PROBE]}


def test_an_entry_that_is_new_has_not_changed():
    assert "transitions" not in history(healthy(secrets=report(7)))


def test_a_new_version_is_a_change():
    assert history(healthy(secrets=report(2)), entries=[PROBE])["transitions"] == [
        {"time": STAMP, "name": "cache-probe", "what": "Changed", "version": 2}
    ]


def test_a_change_outside_of_every_window_is_told_as_that():
    found = healthy(secrets=report(2), in_window=False)
    (change,) = history(found, entries=[PROBE])["transitions"]
    assert change["what"] == "ChangedOutsideWindow"


@pytest.mark.parametrize(("minutes", "what"), [(59, "Flapping"), (60, "Changed")])
def test_two_changes_within_an_hour_are_one_too_many(minutes, what):
    found = healthy(secrets=report(2))
    *_, change = history(found, entries=[PROBE], transitions=[changed(minutes)])["transitions"]
    assert change["what"] == what


def test_a_failure_is_no_change():
    found = healthy(secrets=report(2))
    *_, change = history(found, entries=[PROBE], transitions=[changed(5, "SyncFailed")])[
        "transitions"
    ]
    assert change["what"] == "Changed"


def test_a_failed_sync_is_told_once():
    first = history(failing())
    assert first == {
        "failing": ["alpha-cache"],
        "transitions": [{"time": STAMP, "name": "alpha-cache", "what": "SyncFailed"}],
    }
    assert history(failing(), **first) == first


def test_a_sync_that_works_again_is_told():
    (back,) = history(healthy(), failing=["alpha-cache"])["transitions"]
    assert back == {"time": STAMP, "name": "alpha-cache", "what": "Synced"}


def test_an_external_secret_that_is_gone_has_not_recovered():
    assert history(healthy(), failing=["alpha-gone"]) is None


def test_a_sync_that_was_never_tried_has_not_failed():
    children = RUNNING | {SECRET: replace(RUNNING[SECRET], status={})}
    assert history(healthy(children=children)) is None


def test_an_external_secret_that_does_not_exist_yet_has_not_failed():
    children = {ref: child for ref, child in RUNNING.items() if ref != SECRET}
    assert history(healthy(children=children)) is None


@pytest.mark.parametrize(
    ("time", "told"), [("2026-08-01T09:30:00Z", None), ("2026-08-01T09:29:59Z", ["alpha-cache"])]
)
def test_a_sync_that_missed_two_intervals_fails(time, told):
    assert (history(refreshed(time)) or {}).get("failing") == told


def test_only_the_last_transitions_are_kept():
    earlier = [changed(number) for number in range(MOST_TRANSITIONS, 0, -1)]
    kept = history(failing(), transitions=earlier)["transitions"]
    assert (len(kept), kept[0], kept[-1]["what"]) == (MOST_TRANSITIONS, earlier[1], "SyncFailed")


def test_of_a_rejected_spec_no_folder_is_known():
    assert read_entries(rejected()) == frozenset()
