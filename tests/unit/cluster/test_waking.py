"""Which stacks a change wakes, and whether their users are waiting for it."""

import pytest

from tests.support.observed import live
from tests.support.stacks import NAME, manifest
from tests.unit.cluster.test_store import KEY, config_map, halt, listed, namespace, policy, stack
from tradingstack_operator.cluster.store import Store
from tradingstack_operator.model.images import Images
from tradingstack_operator.model.kinds import (
    CONFIG_MAP,
    DEPLOYMENT,
    EXTERNAL_SECRET,
    PLATFORM_POLICY,
    TRADING_HALT,
    TRADING_STACK,
)
from tradingstack_operator.model.kinds import (
    NAMESPACE as NAMESPACES,
)
from tradingstack_operator.model.objects import StackKey

ELSEWHERE = StackKey("elsewhere", NAME)


@pytest.fixture
def woken():
    return []


@pytest.fixture
def store(woken):
    """Have a store that knows one stack in each of two namespaces."""
    store = Store(lambda key, *, urgent: woken.append((key, urgent)), Images())
    store.upsert(TRADING_STACK, manifest())
    store.upsert(TRADING_STACK, stack(namespace="elsewhere", uid="elsewhere"))
    woken.clear()
    return store


def test_a_new_stack_is_urgent(store, woken):
    store.upsert(TRADING_STACK, stack(namespace="new"))
    assert woken == [(StackKey("new", NAME), True)]


@pytest.mark.parametrize(
    "metadata", [{"generation": 2}, {"deletionTimestamp": "2026-01-01T00:00:00Z"}]
)
def test_what_a_user_changes_of_a_stack_is_urgent(store, woken, metadata):
    store.upsert(TRADING_STACK, stack(resourceVersion="2", **metadata))
    assert woken == [(KEY, True)]


def test_a_status_or_a_label_of_a_stack_is_not_urgent(store, woken):
    store.upsert(TRADING_STACK, stack(resourceVersion="2", labels={"a": "b"}))
    assert woken == [(KEY, False)]


@pytest.mark.parametrize("version", ["0", "1"])
def test_an_old_version_wakes_nobody(store, woken, version):
    store.upsert(TRADING_STACK, stack(resourceVersion=version, generation=9))
    assert woken == []


def test_a_stack_that_is_gone_is_urgent(store, woken):
    store.remove(TRADING_STACK, manifest())
    assert woken == [(KEY, True)]


def test_a_child_wakes_the_stack_of_its_namespace_without_urgency(store, woken):
    store.upsert(CONFIG_MAP, config_map())
    assert woken == [(KEY, False)]


def deployment(version, available):
    status = {"observedGeneration": 1, "updatedReplicas": 1, "availableReplicas": available}
    metadata = {"resourceVersion": version}
    return live("Deployment", "alpha", metadata=metadata, spec={"replicas": 1}, status=status)


@pytest.mark.parametrize(
    ("before", "after", "urgent"), [(0, 1, True), (1, 1, False), (1, 0, False), (0, 0, False)]
)
def test_a_child_that_others_may_wait_for_is_urgent_when_it_becomes_ready(
    store, woken, before, after, urgent
):
    store.upsert(DEPLOYMENT, deployment("1", before))
    woken.clear()
    store.upsert(DEPLOYMENT, deployment("2", after))
    assert woken == [(KEY, urgent)]


def test_a_child_that_is_gone_wakes_its_stack(store, woken):
    store.upsert(CONFIG_MAP, config_map())
    woken.clear()
    store.remove(CONFIG_MAP, config_map())
    assert woken == [(KEY, False)]


@pytest.mark.parametrize("version", ["4", "5"])
def test_an_old_version_of_a_child_wakes_nobody(store, woken, version):
    store.upsert(CONFIG_MAP, config_map("5"))
    woken.clear()
    store.upsert(CONFIG_MAP, config_map(version))
    assert woken == []


def test_a_halt_is_urgent(store, woken):
    store.upsert(TRADING_HALT, halt())
    assert woken == [(KEY, True)]


def test_the_end_of_a_halt_is_urgent(store, woken):
    store.upsert(TRADING_HALT, halt())
    woken.clear()
    store.remove(TRADING_HALT, halt())
    assert woken == [(KEY, True)]


def test_a_namespace_wakes_its_stack(store, woken):
    store.upsert(NAMESPACES, namespace())
    assert woken == [(KEY, False)]


def test_a_namespace_without_a_stack_wakes_nobody(store, woken):
    store.upsert(NAMESPACES, namespace(name="empty"))
    assert woken == []


def test_the_policy_wakes_every_stack(store, woken):
    store.upsert(PLATFORM_POLICY, policy())
    assert set(woken) == {(KEY, False), (ELSEWHERE, False)}


def test_a_list_that_says_nothing_new_wakes_nobody(store, woken):
    known = [manifest(), stack(namespace="elsewhere", uid="elsewhere")]
    listed(store, TRADING_STACK, known, 5)
    assert woken == []


def test_a_kind_that_goes_missing_wakes_every_stack_once(store, woken):
    store.missing(EXTERNAL_SECRET)
    store.missing(EXTERNAL_SECRET)
    assert sorted(woken) == sorted([(KEY, False), (ELSEWHERE, False)])


def test_a_kind_that_comes_back_wakes_every_stack(store, woken):
    store.missing(EXTERNAL_SECRET)
    woken.clear()
    listed(store, EXTERNAL_SECRET, [], 5)
    assert set(woken) == {(KEY, False), (ELSEWHERE, False)}


def test_a_restored_backup_wakes_whom_it_concerns(store, woken):
    listed(store, CONFIG_MAP, [config_map("90")], 100)
    woken.clear()
    listed(store, CONFIG_MAP, [config_map("40")], 50)
    assert set(woken) == {(KEY, False)}


def test_a_child_in_a_namespace_without_a_stack_wakes_nobody(store, woken):
    store.upsert(CONFIG_MAP, config_map(metadata={"namespace": "nobodys"}))
    assert woken == []


def test_a_guard_that_breaks_wakes_every_stack_once(store, woken):
    store.learn_guards(("Crd/a is missing",))
    store.learn_guards(("Crd/a is missing",))
    assert sorted(woken) == sorted([(KEY, False), (ELSEWHERE, False)])
