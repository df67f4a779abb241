from dataclasses import replace

import pytest

from tests.support.observed import SYNCED, by_ref, child, counts, ready
from tests.support.stacks import NAMESPACE
from tradingstack_operator.model.components import CACHE, INGESTOR, RISK_API
from tradingstack_operator.model.findings import Waiting
from tradingstack_operator.model.objects import ObjectRef, Rendered
from tradingstack_operator.planning.gates import waiting_for

SECRET = child("ExternalSecret", "alpha-cache")
STORE = child("StatefulSet", "alpha-cache", spec={"replicas": 1})
FEED = child("Deployment", "alpha-ingestor-kraken", spec={"replicas": 1})
REQUESTED = "cache-probe=2@2026-08-01T10:00:00Z"


def wanted(ref, component, fingerprint=""):
    return Rendered(ref, NAMESPACE, component, fingerprint, b"")


DESIRED = {
    ref: wanted(ref, component)
    for ref, component in (
        (SECRET.ref, CACHE),
        (ObjectRef("ExternalSecret", "alpha-risk-api"), RISK_API),
        (ObjectRef("Service", "alpha-cache"), CACHE),
        (STORE.ref, CACHE),
        (FEED.ref, INGESTOR),
        (ObjectRef("Deployment", "alpha-risk-api"), RISK_API),
    )
}


def asked_for(refreshed, **fields):
    """Make an ExternalSecret that was asked for a version written at ten o'clock."""
    return replace(
        SECRET, requested=REQUESTED, status=SYNCED | {"refreshTime": refreshed}, **fields
    )


def test_a_component_starts_when_its_credentials_are_synced():
    assert waiting_for(CACHE, DESIRED, by_ref(ready(SECRET))) is None


def test_a_component_waits_for_credentials_that_do_not_exist():
    assert waiting_for(CACHE, DESIRED, {}) == Waiting(
        CACHE, "cache waits for ExternalSecret/alpha-cache, which does not exist yet"
    )


def test_a_component_waits_for_credentials_that_are_not_synced():
    assert waiting_for(CACHE, DESIRED, by_ref(SECRET)) == Waiting(
        CACHE,
        "cache waits for ExternalSecret/alpha-cache, which is not synced: not synced yet",
    )


@pytest.mark.parametrize("refreshed", ["2026-08-01T09:59:59Z", "2026-08-01T10:00:00Z"])
def test_a_component_waits_for_the_newest_values_of_its_credentials(refreshed):
    assert waiting_for(CACHE, DESIRED, by_ref(asked_for(refreshed))).message == (
        "cache waits for ExternalSecret/alpha-cache, which is to be fetched anew"
    )


def test_a_component_starts_when_the_newest_values_were_fetched():
    assert waiting_for(CACHE, DESIRED, by_ref(asked_for("2026-08-01T10:00:01Z"))) is None


def test_a_component_waits_for_credentials_that_were_not_asked_for_the_newest_values_yet():
    later = DESIRED | {SECRET.ref: wanted(SECRET.ref, CACHE, "newer")}
    assert waiting_for(CACHE, later, by_ref(ready(SECRET))).message == (
        "cache waits for ExternalSecret/alpha-cache, which is to be fetched anew"
    )


def test_a_component_does_not_wait_for_the_credentials_of_others():
    assert waiting_for(INGESTOR, DESIRED, by_ref(ready(STORE))) is None


def test_a_component_waits_for_the_workloads_it_depends_on():
    late = child("StatefulSet", "alpha-cache", spec={"replicas": 1}, status=counts(0))
    assert waiting_for(INGESTOR, DESIRED, by_ref(late)).message == (
        "ingestor waits for StatefulSet/alpha-cache, which has rolled out 0 of 1 replicas"
    )


def test_a_component_waits_for_no_other_objects_of_those_it_depends_on():
    assert waiting_for(INGESTOR, DESIRED, by_ref(SECRET, ready(STORE))) is None


def test_a_component_waits_for_all_it_depends_on():
    own = ready(child("ExternalSecret", "alpha-risk-api"))
    blocker = waiting_for(RISK_API, DESIRED, by_ref(own, ready(STORE)))
    assert blocker.message == (
        "risk-api waits for Deployment/alpha-ingestor-kraken, which does not exist yet"
    )


def test_what_somebody_else_runs_is_not_waited_for():
    desired = {ref: item for ref, item in DESIRED.items() if item.component != CACHE}
    assert waiting_for(INGESTOR, desired, {}) is None


@pytest.mark.parametrize("component", ["network", "config", ""])
def test_a_part_that_depends_on_nothing_waits_for_nothing(component):
    assert waiting_for(component, DESIRED, {}) is None
