"""Views of the cluster that lie: changes nobody heard of, and reads from the past."""

import copy

from tests.scenario.operators import running
from tests.scenario.stage import KEY, named
from tests.scenario.world import Lives, remains, uids, unnumbered
from tests.support import stacks
from tradingstack_operator.api import names
from tradingstack_operator.model.kinds import (
    BY_KIND,
    CONFIG_MAP,
    DEPLOYMENT,
    TRADING_STACK,
)

CONFIG = (stacks.NAMESPACE, "alpha-system")
RISK_API = (stacks.NAMESPACE, "alpha-risk-api")


def replicas(server):
    return server.cluster.get(DEPLOYMENT, RISK_API)["spec"]["replicas"]


async def test_a_change_hidden_by_a_later_one_is_not_missed(server, ready):
    mark = server.mark()
    server.hold_watches()
    server.apply_stack(spec={"riskApi": {"replicas": 4}})
    hidden = server.cluster.store.version
    server.apply_stack(spec={"riskApi": {"replicas": 5}})
    server.cluster.patch(CONFIG_MAP, CONFIG, {"data": {"one": "1"}})
    also_hidden = server.cluster.store.version
    server.cluster.patch(CONFIG_MAP, CONFIG, {"data": None})
    server.release_watches(drop=lambda change: change.version in (hidden, also_hidden))
    await server.until(lambda: replicas(server) == 5)
    await server.until_condition("Ready", "True")
    await ready.rest()
    assert 1 == named(server.log(mark)).count("apply ConfigMap/alpha-system")


async def test_a_deletion_nobody_heard_of_is_found_by_the_next_list(server, ready):
    server.hold_watches()
    server.cluster.delete(CONFIG_MAP, CONFIG)
    server.release_watches(drop=lambda _: True)
    server.expire()
    server.cut_watches(mid_line=False, broken=False)
    await server.until(lambda: server.cluster.find(CONFIG_MAP, CONFIG))
    await ready.rest()


async def test_a_stack_deleted_and_made_anew_unheard_of_gets_its_objects(server, ready):
    server.cluster.garbage.enabled = False
    before = uids(server)
    server.hold_watches()
    server.cluster.patch(TRADING_STACK, KEY, {"metadata": {"finalizers": None}})
    server.cluster.delete(TRADING_STACK, KEY)
    server.cluster.garbage.enabled = True
    server.cluster.garbage.collect()
    server.apply_stack()
    server.release_watches(drop=lambda _: True)
    server.expire()
    server.cut_watches(mid_line=False, broken=False)
    await server.until_condition("Ready", "True")
    await ready.rest()
    after = uids(server)
    # the Job that marks the database names the stack by its UID
    assert set(map(unnumbered, before)) == set(map(unnumbered, after))
    same = {name.partition("/")[0] for name in before if before[name] == after.get(name)}
    assert {"PersistentVolumeClaim"} == same


async def test_an_operator_that_reads_the_past_makes_nothing_twice(server, credentials):
    lives = Lives(server)
    server.apply_stack()
    server.freeze_reads()
    server.hold_watches()
    async with running(server, credentials) as first:
        await server.until_condition("Reconciling", "True")
        await first.kill()
    made, mark = uids(server), server.mark()
    assert made
    async with running(server, credentials) as second:
        await server.until(lambda: [it for it in server.log(mark) if it.kind == "TradingStack"])
        server.thaw_reads()
        server.release_watches()
        await server.until_condition("Ready", "True")
        await second.rest()
    assert made.items() <= uids(server).items()
    assert {1} == set(lives.made.values())
    assert {} == lives.gone


async def test_an_operator_that_takes_an_old_stack_down_spares_its_namesake(
    server, ready, credentials
):
    await ready.stop()
    applied = [call.body for call in server.log() if call.manager == names.FIELD_MANAGER]
    server.cluster.delete(TRADING_STACK, KEY)
    server.freeze_reads()
    server.hold_watches()
    server.cluster.patch(TRADING_STACK, KEY, {"metadata": {"finalizers": None}})
    assert {} == remains(server)
    namesake = server.apply_stack()["metadata"]["uid"]
    for body in applied:
        owned = copy.deepcopy(body)
        for owner in owned["metadata"].get("ownerReferences", ()):
            owner["uid"] = namesake
        server.cluster.apply(BY_KIND[body["kind"]], owned, manager=names.FIELD_MANAGER)
    lives, before = Lives(server), uids(server)
    gate = server.faults.pause_next(when=lambda call: call.verb == "delete")
    async with running(server, credentials) as stale:
        # it learns of the namesake while it still waits for an answer about the old one
        await gate.reached.wait()
        server.thaw_reads()
        server.release_watches()
        await server.until(stale.knows_all)
        gate.open()
        await server.until_condition("Ready", "True")
        await stale.rest()
        assert any(map(misdirected, server.requests))
    # but for the Job that marks the database, which names the stack by its uid
    made, gone = set(lives.made), set(lives.gone)
    assert {"Job/alpha-schema"} == made == gone
    after = uids(server)
    assert {"Job/alpha-schema"} == {unnumbered(name) for name in before.keys() ^ after.keys()}
    assert all(before[name] == after[name] for name in before.keys() & after.keys())
    assert namesake == server.stack()["metadata"]["uid"]


async def test_a_look_at_a_stack_tells_nothing_about_its_namesake(server, ready):
    gate = server.faults.pause_next(when=lambda call: call.kind == "Deployment" and call.is_write)
    server.apply_stack(spec={"riskApi": {"replicas": 4}})
    await gate.reached.wait()
    server.cluster.patch(TRADING_STACK, KEY, {"metadata": {"finalizers": None}})
    server.cluster.delete(TRADING_STACK, KEY)
    # of a lower generation than the one that is looked at
    server.apply_stack()
    await server.until(ready.knows_all)
    gate.open()
    await server.until_condition("Ready", "True")
    await ready.rest()


def misdirected(call):
    return call.verb == "delete" and call.status == 409
