import pytest

from tests.support.stacks import NAME, NAMESPACE, manifest
from tradingstack_operator.cluster.store import Address, Store
from tradingstack_operator.model.images import Images
from tradingstack_operator.model.kinds import ALERTMANAGER, PROMETHEUS, TRADING_STACK
from tradingstack_operator.model.objects import StackKey

KEY = StackKey(NAMESPACE, NAME)


@pytest.fixture
def woken():
    return []


@pytest.fixture
def store(woken):
    """Have a store that knows one stack."""
    store = Store(lambda key, **_: woken.append(key), Images())
    store.upsert(TRADING_STACK, manifest())
    woken.clear()
    return store


def monitor(version="1", spec=None, **more):
    metadata = {"name": "k8s", "namespace": "monitoring", "uid": "m", "resourceVersion": version}
    return {"metadata": metadata, "spec": spec or {}, **more}


def selected(store):
    return store.observe(KEY).facts.monitors


def test_a_prometheus_of_any_namespace_is_a_fact_of_every_stack(store, woken):
    store.upsert(PROMETHEUS, monitor(spec={"ruleSelector": {}}))
    (rules,) = selected(store).rules
    assert (rules.namespace, rules.objects) == ("monitoring", {})
    assert woken == [KEY]


def test_an_alertmanager_is_one_as_well(store, woken):
    store.upsert(ALERTMANAGER, monitor(spec={"alertmanagerConfigSelector": {}}))
    (routes,) = selected(store).routes
    assert routes.objects == {}
    assert woken == [KEY]


def test_its_status_is_nobodys_concern(store, woken):
    store.upsert(PROMETHEUS, monitor(spec={"ruleSelector": {}}))
    woken.clear()
    store.upsert(PROMETHEUS, monitor("2", {"ruleSelector": {}}, status={"replicas": 1}))
    assert woken == []


def test_one_that_is_gone_selects_nothing_any_more(store, woken):
    store.upsert(PROMETHEUS, monitor(spec={"ruleSelector": {}}))
    woken.clear()
    store.forget(PROMETHEUS, Address("monitoring", "k8s", "m"))
    assert selected(store).rules == ()
    assert woken == [KEY]
