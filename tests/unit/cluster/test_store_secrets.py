"""What the secret store and the pods say reaches the snapshot of the stack that it is about."""

from datetime import UTC, datetime

import pytest

from tests.support.observed import live
from tests.support.stacks import IMAGES, NAME, NAMESPACE, manifest
from tradingstack_operator.cluster.store import Store
from tradingstack_operator.model.kinds import EXTERNAL_SECRET, TRADING_STACK
from tradingstack_operator.model.objects import ObjectRef, StackKey
from tradingstack_operator.model.rotation import SecretReport, SecretVersion
from tradingstack_operator.model.signals import Signal

KEY = StackKey(NAMESPACE, NAME)
BORN = {"creationTimestamp": "2026-08-01T10:00:00Z"}
OLD = SecretVersion(1, datetime(2026, 7, 1, tzinfo=UTC))
NEW = SecretVersion(2, datetime(2026, 8, 2, tzinfo=UTC))
REPORT = SecretReport({"cache-probe": NEW, "bus-risk-api": OLD})
SIGNALS = {ObjectRef("Deployment", "alpha-risk-api"): Signal("pod x waits")}


@pytest.fixture
def woken():
    return []


@pytest.fixture
def store(woken):
    store = Store(lambda key, *, urgent: woken.append((key, urgent)), IMAGES)
    store.upsert(TRADING_STACK, manifest(metadata=BORN))
    woken.clear()
    return store


def test_the_folder_of_every_stack_is_known(store):
    assert store.folders() == {KEY: f"production/{NAMESPACE}/{NAME}"}


def test_a_stack_that_was_not_asked_about_has_no_report(store):
    assert store.observe(KEY).secrets is None


def test_what_the_store_says_is_in_the_snapshot(store):
    store.learn_secrets(KEY, REPORT)
    assert store.observe(KEY).secrets == REPORT


def test_values_newer_than_the_stack_are_facts(store):
    store.learn_secrets(KEY, REPORT)
    assert store.observe(KEY).facts.credential_versions == {"cache-probe": NEW}


def test_what_was_asked_for_is_a_fact_before_the_store_is_asked_again(store):
    annotations = {"force-sync": "cache-probe=2@2026-08-02T00:00:00Z"}
    secret = live("ExternalSecret", "alpha-cache", metadata={"annotations": annotations})
    store.upsert(EXTERNAL_SECRET, secret)
    assert store.observe(KEY).facts.credential_versions == {"cache-probe": NEW}


def test_a_store_that_cannot_be_asked_leaves_what_it_said_last(store):
    store.learn_secrets(KEY, REPORT)
    store.learn_secrets(KEY, SecretReport(problem="It is sealed"))
    assert store.observe(KEY).secrets == SecretReport(REPORT.versions, "It is sealed")


def test_a_first_report_is_no_news_to_hurry_for(store, woken):
    store.learn_secrets(KEY, REPORT)
    assert woken == [(KEY, False)]


def test_a_new_value_is(store, woken):
    store.learn_secrets(KEY, SecretReport({"cache-probe": OLD}))
    store.learn_secrets(KEY, SecretReport({"cache-probe": NEW}))
    assert woken[-1] == (KEY, True)


def test_the_same_report_wakes_nobody(store, woken):
    store.learn_secrets(KEY, REPORT)
    store.learn_secrets(KEY, REPORT)
    assert len(woken) == 1


def test_a_report_about_a_stack_that_is_gone_is_not_kept(store):
    store.remove(TRADING_STACK, manifest(metadata=BORN))
    store.learn_secrets(KEY, REPORT)
    assert store.reports == {}


def test_the_report_goes_with_its_stack(store):
    store.learn_secrets(KEY, REPORT)
    store.remove(TRADING_STACK, manifest(metadata=BORN))
    assert store.reports == {}


def test_what_keeps_pods_from_running_is_in_the_snapshot(store, woken):
    store.learn_signals(NAMESPACE, SIGNALS)
    assert (store.observe(KEY).signals, woken) == (SIGNALS, [(KEY, False)])


def test_the_same_signals_wake_nobody(store, woken):
    store.learn_signals(NAMESPACE, {})
    assert woken == []
