"""What the relay makes of the objects it watches."""

from datetime import UTC, datetime

import pytest

from tests.support import stacks
from tests.support.stacks import merged
from tradingstack_operator.cluster.store import Address
from tradingstack_operator.model.kinds import ENDPOINT_SLICE, TRADING_HALT, TRADING_STACK
from tradingstack_operator.model.objects import StackKey
from tradingstack_operator.relay.view import Replica, View, is_engaged, replicas_in

KEY = StackKey(stacks.NAMESPACE, stacks.NAME)
NOW = datetime(2026, 8, 1, 10, tzinfo=UTC)


def a_slice(**overrides):
    whole = {
        "metadata": {
            "name": "slice-1",
            "namespace": stacks.NAMESPACE,
            "uid": "slice",
            "labels": {
                "kubernetes.io/service-name": "alpha-risk-api-replicas",
                "tradingstack.io/stack": "alpha",
            },
        },
        "endpoints": [endpoint("10.0.0.1", "risk-1")],
        "ports": [{"name": "api", "port": 8000}, {"name": "halt", "port": 8081}],
    }
    return merged(whole, overrides)


def endpoint(address, pod, **fields):
    return {"addresses": [address], "targetRef": {"kind": "Pod", "name": pod}} | fields


def a_halt(name="stop"):
    return {
        "metadata": {"name": name, "namespace": stacks.NAMESPACE, "uid": f"uid-of-{name}"},
        "spec": {"stack": "alpha", "reason": "runaway orders", "requestedBy": "alice"},
    }


def viewed(*objects):
    view = View(lambda _: None)
    for kind, manifest in objects:
        view.upsert(kind, manifest)
    return view


def names(view):
    return [halt.name for halt in view.order(KEY, "relay", 1, NOW).halts]


def test_a_replica_is_addressed_by_its_halt_port():
    assert list(replicas_in(a_slice())) == [
        Replica(KEY, "risk-1", "http://10.0.0.1:8081/internal/halt")
    ]


def test_an_ipv6_address_is_bracketed():
    (found,) = replicas_in(a_slice(endpoints=[endpoint("fd00::1", "risk-1")]))
    assert found.url == "http://[fd00::1]:8081/internal/halt"


@pytest.mark.parametrize(
    "conditions", [{"ready": False}, {"ready": False, "serving": False, "terminating": True}]
)
def test_a_replica_that_is_not_ready_or_going_is_one(conditions):
    found = list(replicas_in(a_slice(endpoints=[endpoint("10.0.0.1", "a", conditions=conditions)])))
    assert len(found) == 1


@pytest.mark.parametrize(
    "overrides",
    [
        {"metadata": {"labels": {"kubernetes.io/service-name": "alpha-risk-api"}}},
        {"metadata": {"labels": {"tradingstack.io/stack": "other"}}},
        {"ports": [{"name": "api", "port": 8000}]},
        {"ports": None},
        {"endpoints": None},
        {"endpoints": [{"addresses": ["10.0.0.1"]}]},
        {"endpoints": [endpoint("10.0.0.1", "a", targetRef={"kind": "Node", "name": "a"})]},
    ],
)
def test_anything_else_is_no_replica(overrides):
    assert list(replicas_in(a_slice(**overrides))) == []


def test_only_replicas_of_stacks_that_exist_are_given():
    view = viewed((ENDPOINT_SLICE, a_slice()))
    assert list(view.replicas()) == []
    view.upsert(TRADING_STACK, stacks.manifest())
    assert [replica.name for replica in view.replicas()] == ["risk-1"]
    view.remove(TRADING_STACK, stacks.manifest())
    assert list(view.replicas()) == []


def test_an_order_holds_every_halt_of_the_namespace_by_name():
    elsewhere = merged(a_halt("far"), {"metadata": {"namespace": "elsewhere"}})
    view = viewed(*((TRADING_HALT, halt) for halt in (a_halt("b"), a_halt("a"), elsewhere)))
    assert names(view) == ["a", "b"]


def test_a_halt_that_is_deleted_is_gone():
    view = viewed((TRADING_HALT, a_halt()))
    view.remove(TRADING_HALT, a_halt())
    assert names(view) == []


def test_a_list_replaces_what_was_known():
    view = viewed((TRADING_HALT, a_halt("a")), (TRADING_HALT, a_halt("b")))
    view.begin(TRADING_HALT, 7)
    view.retain(TRADING_HALT, {Address.of(a_halt("b"))}, 7)
    assert names(view) == ["b"]


def test_a_list_of_one_kind_says_nothing_of_another():
    view = viewed((TRADING_HALT, a_halt()), (ENDPOINT_SLICE, a_slice()))
    view.retain(ENDPOINT_SLICE, set(), 7)
    view.missing(TRADING_HALT)
    assert names(view) == ["stop"]


def test_every_change_is_told_with_its_namespace():
    told = []
    view = View(told.append)
    view.upsert(TRADING_HALT, a_halt())
    view.remove(TRADING_HALT, a_halt())
    assert told == [stacks.NAMESPACE] * 2


@pytest.mark.parametrize(
    ("spec", "engaged"),
    [
        ({}, False),
        ({"safety": None}, False),
        ({"safety": {"killSwitch": {}}}, False),
        ({"safety": {"killSwitch": {"engaged": False}}}, False),
        ({"safety": {"killSwitch": {"engaged": True}}}, True),
        # nothing that the API server would store, and no reason to trade
        ({"safety": {"killSwitch": {"engaged": "no"}}}, True),
        ({"safety": "none"}, True),
    ],
)
def test_whatever_is_not_surely_off_engages_the_kill_switch(spec, engaged):
    assert is_engaged({"spec": spec}) is engaged
