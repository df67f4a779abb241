from datetime import timedelta

import pytest

from tests.support.operations import ASKED, an_operation
from tests.support.stacks import IMAGES, NAMESPACE, manifest
from tradingstack_operator.cluster.store import Store
from tradingstack_operator.model.kinds import STACK_OPERATION, TRADING_STACK
from tradingstack_operator.model.objects import StackKey

KEY = StackKey(NAMESPACE, "alpha")


@pytest.fixture
def woken():
    return []


@pytest.fixture
def store(woken):
    store = Store(lambda key, *, urgent: woken.append((key, urgent)), IMAGES)
    store.upsert(TRADING_STACK, manifest())
    woken.clear()
    return store


def stored(**fields):
    """Write an operation as the API server sends it."""
    body = an_operation(**fields).to_json()
    return {"apiVersion": "tradingstack.io/v1alpha1", "kind": "StackOperation"} | body


def names(store):
    return [one.metadata.name for one in store.observe(KEY).facts.operations]


def test_the_operations_of_a_namespace_are_facts_in_the_order_they_were_asked_for(store):
    for name, asked in (("second", ASKED + timedelta(seconds=1)), ("first", ASKED)):
        store.upsert(STACK_OPERATION, stored(name=name, asked=asked))
    assert names(store) == ["first", "second"]


def test_an_operation_that_nobody_could_ask_for_now_is_no_fact(store):
    body = stored()
    body["spec"]["type"] = "Explode"
    store.upsert(STACK_OPERATION, body)
    assert names(store) == []


def test_an_operation_that_is_gone_is_no_fact_any_more(store):
    store.upsert(STACK_OPERATION, stored())
    store.remove(STACK_OPERATION, stored())
    assert names(store) == []


def test_a_new_operation_is_looked_at_at_once(store, woken):
    store.upsert(STACK_OPERATION, stored())
    assert woken == [(KEY, True)]
