"""Trouble with the API server ends nothing, and no wish expressed meanwhile is lost."""

import asyncio

import pytest

from tests.scenario.operators import running
from tests.scenario.stage import named
from tests.support import stacks
from tests.support.fakeserver.faults import Call
from tradingstack_operator.cluster import informer
from tradingstack_operator.model.kinds import DEPLOYMENT, MANAGED_KINDS

RISK_API = (stacks.NAMESPACE, "alpha-risk-api")
KINDS = {kind.kind for kind in MANAGED_KINDS}


def replicas(server):
    found = server.cluster.find(DEPLOYMENT, RISK_API)
    return found["spec"]["replicas"] if found else 0


async def comes_true(server, operator, count=4):
    """Wait until a wish for some replicas is fulfilled and told, and all is quiet again."""
    await server.until(lambda: replicas(server) == count)
    await server.until_condition("Ready", "True")
    await operator.rest()


def wish(server, count=4):
    server.apply_stack(spec={"riskApi": {"replicas": count}})


def writes_a_child(call: Call) -> bool:
    return call.is_write and call.kind in KINDS


def lists(call: Call) -> bool:
    return call.verb == "list"


def watches(call: Call) -> bool:
    return call.verb == "watch"


async def test_a_wish_expressed_while_the_server_is_away_comes_true(server, ready):
    server.stop_accepting()
    wish(server)
    await server.resume()
    await comes_true(server, ready)


async def test_an_operator_waits_for_a_server_that_is_not_there_yet(server, credentials):
    server.stop_accepting()
    async with running(server, credentials) as operator:
        server.apply_stack()
        await server.resume()
        await server.until_condition("Ready", "True")
        await operator.rest()


async def test_a_token_that_is_no_longer_accepted_is_read_afresh(server, ready, credentials):
    def is_old(call):
        return call.authorization == "Bearer first-token"

    server.faults.fail_next(10**6, status=401, when=is_old)
    server.cut_watches(mid_line=False, broken=False)
    wish(server)
    begin = len(server.requests)
    await server.until(lambda: sum(map(is_old, server.requests[begin:])) > 20)
    (credentials / "token").write_text("second-token\n")
    await comes_true(server, ready)


FAULTS = {
    "cut in the midst of a line": lambda server: server.cut_watches(),
    "cut in the midst of a line, in order": lambda server: server.cut_watches(broken=False),
    "ended in order": lambda server: server.cut_watches(mid_line=False, broken=False),
    "ended by an error 410": lambda server: server.fail_watches(410),
    "ended by an error 500": lambda server: server.fail_watches(500, "InternalError"),
    "ended by a line that is no JSON": lambda server: server.garble_watches(),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_wish_after_every_watch_was_lost_comes_true(server, ready, fault):
    fault(server)
    wish(server)
    await comes_true(server, ready)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_a_wish_before_every_watch_is_lost_comes_true(server, ready, fault):
    server.hold_watches()
    wish(server)
    fault(server)
    server.release_watches()
    await comes_true(server, ready)


@pytest.mark.parametrize("status", [404, 410, 429, 500, 503])
@pytest.mark.parametrize("which", [lists, watches])
async def test_reads_that_fail_for_a_while_end_nothing(server, ready, which, status, monkeypatch):
    monkeypatch.setattr(informer, "MISSING_PAUSE", 0.2)
    server.expire()
    server.faults.fail_next(30, status=status, when=which)
    server.cut_watches(mid_line=False, broken=False)
    wish(server)
    await comes_true(server, ready)


@pytest.mark.parametrize("status", [409, 429, 500, 503])
async def test_writes_that_fail_for_a_while_are_tried_again(server, operator, status):
    server.faults.fail_next(30, status=status, when=writes_a_child)
    server.apply_stack()
    await comes_true(server, operator, 3)


async def test_a_server_that_asks_for_patience_gets_it(server, ready):
    patience = {"Retry-After": "1"}
    server.faults.fail_next(1, status=429, headers=patience, when=writes_a_child)
    loop = asyncio.get_running_loop()
    wish(server)
    begin = await server.until(lambda: writes_of(server) and loop.time())
    await server.until(lambda: replicas(server) == 4)
    assert loop.time() - begin >= 1
    await ready.rest()


def writes_of(server):
    return [call for call in server.requests if writes_a_child(call) and call.status == 429]


async def test_an_answer_that_is_lost_costs_no_second_object(server, operator):
    server.faults.drop_next(8, when=writes_a_child)
    server.apply_stack()
    await comes_true(server, operator, 3)
    assert [] == [it for it in named(server.log()) if it.startswith("delete")]


async def test_the_end_of_kopf_takes_no_write_with_it(server, ready):
    gate = server.faults.pause_next(when=writes_a_child)
    wish(server)
    await gate.reached.wait()
    begin = len(server.requests)
    server.fail_watches(500, "InternalError")
    await server.until(lambda: any(map(of_kopf, server.requests[begin:])))
    gate.open()
    await comes_true(server, ready)


def of_kopf(call):
    return call.verb == "list" and call.kind == "TradingStack" and "kopf" in call.user_agent


async def test_a_kopf_that_has_failed_leaves_no_watch_behind(server, ready):
    def of_halts(call):
        return watches(call) and call.kind == "TradingHalt" and "kopf" in call.user_agent

    kinds = {"TradingStack", "TradingHalt", "StackOperation", "PlatformPolicy"}
    await server.until(lambda: kinds == watched_by_kopf(server))
    before = watch_tasks()
    server.faults.fail_next(1, status=410, when=of_halts)
    begin = len(server.requests)
    server.cut_watches(mid_line=False, broken=False)
    await server.until(lambda: any(map(of_kopf, server.requests[begin:])))
    await server.until(lambda: kinds == watched_by_kopf(server))
    await ready.rest()
    assert before == watch_tasks()


def watched_by_kopf(server):
    return {call.kind for call in server.watching if "kopf" in call.user_agent}


def watch_tasks():
    names = (task.get_name() for task in asyncio.all_tasks())
    return sorted(name for name in names if name.startswith("watcher for "))
