"""Whether credentials are delivered, whether they changed as they should, and how old they are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.observed import SYNCED
from tests.support.stacks import facts, stack
from tests.unit.status.findings import RUNNING, healthy, rejected
from tradingstack_operator.model.findings import Waiting
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.model.rotation import SecretReport, SecretVersion
from tradingstack_operator.status.credentials import read_entries
from tradingstack_operator.status.secrets import credentials_rotated, credentials_synced

NOW = datetime(2026, 8, 1, 10, tzinfo=UTC)
SECRET = ObjectRef("ExternalSecret", "alpha-cache")
FAILED = {"conditions": [{"type": "Ready", "status": "False", "reason": "SecretSyncedError"}]}
UNSYNCED = "ExternalSecret/alpha-cache is not synced: SecretSyncedError."
REQUESTED = "cache-probe=2@2026-08-01T09:59:00Z"


def told(verdict):
    return verdict.status, verdict.reason


def with_secret(found=None, **fields):
    children = RUNNING | {SECRET: replace(RUNNING[SECRET], **fields)}
    return replace(found or healthy(), children=children)


def full(*without):
    """Report every entry that the stack reads, apart from some."""
    names = read_entries(healthy()) - set(without)
    return SecretReport(dict.fromkeys(names, SecretVersion(1, NOW)))


def change(what, hours):
    time = (NOW - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"transitions": [{"time": time, "name": "cache-probe", "what": what}]}


def test_credentials_that_were_delivered_are_synced():
    assert told(credentials_synced(healthy(), NOW)) == ("True", "AllSynced")


def test_a_missing_operator_of_external_secrets_is_named():
    found = healthy(facts=facts(missing_kinds=frozenset({"ExternalSecret"})))
    assert told(credentials_synced(found, NOW)) == ("False", "StoreNotReady")


def test_of_a_rejected_spec_without_objects_nothing_is_known():
    assert told(credentials_synced(rejected(children={}), NOW)) == ("Unknown", "SyncError")


def test_a_failed_sync_is_named():
    verdict = credentials_synced(with_secret(status=FAILED), NOW)
    assert (told(verdict), verdict.message) == (("False", "SyncError"), UNSYNCED)


def test_a_failed_sync_of_what_the_store_has_stays_a_failed_sync():
    found = with_secret(healthy(secrets=full()), status=FAILED)
    assert told(credentials_synced(found, NOW)) == ("False", "SyncError")


def test_what_the_store_lacks_is_named():
    found = with_secret(healthy(secrets=full("cache-probe")), status=FAILED)
    verdict = credentials_synced(found, NOW)
    assert (told(verdict), verdict.message) == (
        ("False", "MissingKey"),
        (
            f"{UNSYNCED} The store has no production/trading-prod/alpha/cache-probe: write what is "
            "missing."
        ),
    )


def test_the_stores_own_trouble_is_told():
    found = with_secret(healthy(secrets=SecretReport(problem="It is sealed.")), status=FAILED)
    verdict = credentials_synced(found, NOW)
    assert (told(verdict), verdict.message) == (
        ("False", "StoreNotReady"),
        f"{UNSYNCED} It is sealed.",
    )


def test_a_store_that_cannot_be_asked_takes_nothing_away_that_was_delivered():
    found = healthy(secrets=SecretReport(problem="It is sealed."))
    assert told(credentials_synced(found, NOW)) == ("True", "AllSynced")


def test_a_sync_that_missed_two_intervals_is_stale():
    status = SYNCED | {"refreshTime": "2026-08-01T09:00:00Z"}
    found = with_secret(healthy(effective={"secrets": {"refreshInterval": "15m"}}), status=status)
    verdict = credentials_synced(found, NOW)
    assert (told(verdict), verdict.message) == (
        ("False", "Stale"),
        (
            "ExternalSecret/alpha-cache was not refreshed for two intervals: see whether External "
            "Secrets runs."
        ),
    )


@pytest.mark.parametrize(
    ("what", "hours", "reason"),
    [
        ("Changed", 1, "AllSynced"),
        ("Flapping", 1, "UnexpectedChange"),
        ("ChangedOutsideWindow", 23, "UnexpectedChange"),
        ("ChangedOutsideWindow", 24, "AllSynced"),
    ],
)
def test_an_unexpected_change_is_told_for_a_day(what, hours, reason):
    found = healthy(credentials=change(what, hours))
    assert told(credentials_synced(found, NOW)) == ("True", reason)


def calendar(*rules, **fields):
    rotation = [{"credential": name, "maxAgeDays": days} for name, days in rules]
    return healthy(stack=stack(spec={"secrets": {"rotation": rotation}}), **fields)


def entry(days, name="cache-probe"):
    created = (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"entries": [{"name": name, "version": 1, "createdAt": created}]}


def test_a_rejected_spec_has_no_calendar():
    assert credentials_rotated(rejected(), NOW) is None


def test_without_a_calendar_nothing_is_late():
    assert told(credentials_rotated(healthy(), NOW)) == ("True", "WithinPolicy")


@pytest.mark.parametrize(
    ("days", "verdict"),
    [
        (75, ("True", "WithinPolicy")),
        (77, ("True", "RotationDue")),
        (90, ("True", "RotationDue")),
        (91, ("False", "RotationOverdue")),
    ],
)
def test_a_credential_is_due_two_weeks_before_its_last_day(days, verdict):
    found = calendar(("cache-probe", 90), credentials=entry(days))
    assert told(credentials_rotated(found, NOW)) == verdict


def test_a_credential_that_is_due_is_named_with_its_last_day():
    found = calendar(("cache-probe", 90), credentials=entry(85))
    assert credentials_rotated(found, NOW).message == (
        "cache-probe is to be changed by 2026-08-06: write a new value to the store."
    )


def test_an_overdue_credential_counts_more_than_an_unknown_one():
    found = calendar(("cache-probe", 90), ("other", 90), credentials=entry(100))
    assert told(credentials_rotated(found, NOW)) == ("False", "RotationOverdue")


@pytest.mark.parametrize(
    ("name", "report", "why"),
    [
        ("cache-probe", None, "the operator was not told where the secret store is"),
        ("cache-probe", SecretReport(problem="It is sealed"), "It is sealed"),
        ("cache-probe", SecretReport(), "is not in the store"),
        ("mistyped", SecretReport(), "is no entry of the stack's folder"),
    ],
)
def test_an_unknown_age_is_not_taken_for_a_good_one(name, report, why):
    verdict = credentials_rotated(calendar((name, 90), secrets=report), NOW)
    assert told(verdict) == ("Unknown", "AgeUnknown")
    assert why in verdict.message


def test_a_store_that_cannot_be_asked_hides_new_values():
    found = calendar(
        ("cache-probe", 90), credentials=entry(1), secrets=SecretReport(problem="It is sealed")
    )
    verdict = credentials_rotated(found, NOW)
    assert (told(verdict), verdict.message) == (
        ("Unknown", "AgeUnknown"),
        "No new value would be noticed: It is sealed.",
    )


def test_a_value_that_was_asked_for_is_on_its_way():
    verdict = credentials_rotated(with_secret(requested=REQUESTED), NOW)
    assert (told(verdict), verdict.message) == (
        ("False", "RotationInProgress"),
        "ExternalSecret/alpha-cache is being fetched anew.",
    )


def test_a_component_that_waits_for_its_new_credentials_is_named():
    found = healthy(rotating=(Waiting("ingestor", "ingestor waits for the cache"),))
    verdict = credentials_rotated(found, NOW)
    assert (told(verdict), verdict.message) == (
        ("False", "RotationInProgress"),
        "ingestor waits for the cache.",
    )


def test_a_value_that_does_not_arrive_is_a_failed_rotation():
    later = NOW + timedelta(minutes=10)
    verdict = credentials_rotated(with_secret(requested=REQUESTED), later)
    assert (told(verdict), verdict.message) == (
        ("False", "RotationFailed"),
        (
            "ExternalSecret/alpha-cache has not fetched the new value that it was asked for: see "
            "its Events."
        ),
    )


def test_a_value_that_was_noticed_late_has_its_time_to_arrive():
    noticed = replace(
        with_secret(requested="cache-probe=2@2026-08-01T06:00:00Z"),
        credentials=change("Changed", 0),
    )
    assert told(credentials_rotated(noticed, NOW)) == ("False", "RotationInProgress")


def test_a_value_that_has_arrived_is_rotated():
    status = SYNCED | {"refreshTime": "2026-08-01T09:59:30Z"}
    found = with_secret(requested=REQUESTED, status=status)
    assert told(credentials_rotated(found, NOW)) == ("True", "WithinPolicy")
