"""The relay process among replicas: what it tells them, and what it reports of them."""

import asyncio
import subprocess
from datetime import timedelta

import pytest

from tests.relay.conftest import STACK
from tests.relay.running import settings, started
from tests.relay.stand_in import now
from tests.support import processes, stacks
from tests.support.fakeserver import FakeServer
from tests.unit.contract.relay_tokens import Signer, relay_file
from tradingstack_contract.halts import TradingState
from tradingstack_operator.model.kinds import (
    ENDPOINT_SLICE,
    NAMESPACE,
    TRADING_HALT,
    TRADING_STACK,
)


def obeys(name="stop"):
    return lambda replica: any(
        halt.name == name for order in replica.orders[-1:] for halt in order.halts
    )


def hears(replica):
    return bool(replica.orders)


def reports(server):
    """List the writes of objects; questions about permissions are none."""
    return [call for call in server.writes() if call.kind]


async def reported(desk, status, name="stop"):
    """Wait for a report with this status of its condition; give the whole report."""

    def told():
        return [it["status"] for it in desk.status(name).get("conditions", ())] == [status]

    await desk.bell.until(told)
    return desk.status(name)


@pytest.mark.usefixtures("relay")
async def test_a_replica_hears_every_second_that_nothing_halts(desk):
    replica = await desk.replica("risk-1")
    await replica.until(lambda it: len(it.orders) >= 3)
    assert replica.standing.may_trade
    numbers = [order.sequence for order in replica.orders]
    assert numbers == sorted(set(numbers))


@pytest.mark.usefixtures("relay")
async def test_a_halt_is_obeyed_and_reported(desk):
    replicas = [await desk.replica(f"risk-{number}") for number in (1, 2)]
    for replica in replicas:
        await replica.until(hears)
    halt = desk.halt()
    for replica in replicas:
        await replica.until(obeys())
        assert replica.standing.halts == (halt["metadata"]["uid"],)
    status = await reported(desk, "True")
    assert [item["name"] for item in status["replicas"]] == ["risk-1", "risk-2"]
    (condition,) = status["conditions"]
    assert (condition["reason"], condition["message"]) == (
        "EveryReplica",
        "2 of 2 replicas of the risk API obey.",
    )


@pytest.mark.usefixtures("relay")
async def test_a_change_is_told_at_once_and_not_at_the_next_beat(desk):
    replica = await desk.replica("risk-1")
    for number in range(5):
        await replica.until(hears)
        before = asyncio.get_running_loop().time()
        desk.halt(f"stop-{number}")
        await replica.until(obeys(f"stop-{number}"))
        # five beats would take five seconds
        assert asyncio.get_running_loop().time() - before < 0.5


@pytest.mark.usefixtures("relay")
async def test_a_release_is_obeyed(desk):
    replica = await desk.replica("risk-1")
    desk.halt()
    await replica.until(obeys())
    desk.release()
    await replica.until(lambda it: it.standing.may_trade)


@pytest.mark.usefixtures("relay")
async def test_one_of_two_halts_is_not_enough_to_release(desk):
    replica = await desk.replica("risk-1")
    desk.halt("stop")
    desk.halt("stay")
    await replica.until(obeys("stay"))
    desk.release("stop")
    await replica.until(lambda it: len(it.orders[-1].halts) == 1)
    assert replica.standing.reason == "halted by TradingHalt stay"


@pytest.mark.usefixtures("relay")
async def test_the_spec_engages_the_kill_switch(desk, server):
    replica = await desk.replica("risk-1")
    await replica.until(hears)
    change = {"spec": {"safety": {"killSwitch": {"engaged": True}}}}
    server.cluster.patch(TRADING_STACK, STACK, change)
    await replica.until(lambda it: it.standing.state is TradingState.HALTED)


@pytest.mark.usefixtures("relay")
async def test_a_replica_that_does_not_answer_delays_nobody_and_is_named(desk):
    mute, other = await desk.replica("risk-1"), await desk.replica("risk-2")
    mute.answering.clear()
    await other.until(hears)
    before = asyncio.get_running_loop().time()
    desk.halt()
    await other.until(obeys())
    assert asyncio.get_running_loop().time() - before < 0.5
    status = await reported(desk, "False")
    assert [item["name"] for item in status["replicas"]] == ["risk-2"]
    assert (
        "1 of 2 replicas of the risk API obey; unconfirmed: risk-1."
        in (status["conditions"][0]["message"])
    )
    mute.answering.set()
    await reported(desk, "True")


async def test_an_address_that_nobody_listens_on_is_named(desk, relay):
    replica = await desk.replica("risk-1")
    await replica.until(hears)
    await desk.exits.aclose()
    desk.halt()
    await reported(desk, "False")
    line = await relay.says("replica does not acknowledge")
    assert (line["replica"], line["error"]) == (
        "risk-1",
        "cannot be reached: ClientConnectorError",
    )


@pytest.mark.usefixtures("relay")
async def test_a_replica_that_has_gone_is_not_missed(desk):
    gone, stays = await desk.replica("risk-1"), await desk.replica("risk-2")
    gone.answering.clear()
    await stays.until(hears)
    desk.halt()
    await reported(desk, "False")
    desk.remove(gone)
    status = await reported(desk, "True")
    assert [item["name"] for item in status["replicas"]] == ["risk-2"]


@pytest.mark.usefixtures("relay")
async def test_a_halt_without_a_replica_says_so(desk):
    desk.halt()
    status = await reported(desk, "Unknown")
    assert status["conditions"][0]["reason"] == "NoReplicas"


async def test_another_pod_at_the_address_counts_for_nobody(desk, relay):
    replica = await desk.replica("risk-1")
    replica.name = "somebody-else"
    line = await relay.says("replica does not acknowledge")
    assert line["error"] == "is another pod than the EndpointSlice says"


@pytest.mark.usefixtures("relay")
async def test_only_pods_of_an_existing_stack_get_the_token(desk, server):
    server.cluster.create(NAMESPACE, {"metadata": {"name": "elsewhere"}})
    claimed = [
        await desk.replica("thief-1", stack=("elsewhere", "alpha")),
        await desk.replica("thief-2", stack=(stacks.NAMESPACE, "other")),
        await desk.replica("thief-3", targetRef=None),
    ]
    honest = await desk.replica("risk-1")
    await honest.until(lambda it: len(it.orders) >= 2)
    assert [replica.headers for replica in claimed] == [[], [], []]


@pytest.mark.usefixtures("relay")
async def test_a_status_that_says_it_all_is_not_written_again(desk, server):
    replica = await desk.replica("risk-1")
    desk.halt()
    await reported(desk, "True")
    written = len(reports(server))
    heard = len(replica.orders)
    await replica.until(lambda it: len(it.orders) >= heard + 3)
    assert len(reports(server)) == written


@pytest.mark.usefixtures("relay")
async def test_two_relays_agree_on_the_status(desk, server, account, token):
    replicas = [await desk.replica(f"risk-{number}") for number in range(3)]
    async with started(server.url, account, token, "relay-b") as second:
        await second.ready()
        for replica in replicas:
            await replica.until(lambda it: len({order.relay for order in it.orders}) == 2)
        desk.halt()
        for replica in replicas:
            await replica.until(obeys())
        await reported(desk, "True")
        written, heard = len(reports(server)), len(replicas[0].orders)
        await replicas[0].until(lambda it: len(it.orders) >= heard + 6)
        assert len(reports(server)) == written <= 4


@pytest.mark.usefixtures("relay")
async def test_a_relay_that_reaches_nobody_takes_nothing_back(desk, server, account, tmp_path):
    replica = await desk.replica("risk-1")
    desk.halt()
    before = await reported(desk, "True")
    # the other relay's token is of another cluster, so no replica listens to it
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "token").write_text(Signer().token(now=now()))
    async with started(server.url, account, tmp_path / "other", "relay-b") as second:
        await second.says("replica does not acknowledge")
        await replica.until(lambda it: len(it.refusals) >= 2)
        assert desk.status() == before


async def test_a_killed_relay_halts_its_replicas(desk, relay, signer):
    replica = await desk.replica("risk-1", relay_file(signer, silence_seconds=2))
    await replica.until(hears)
    await relay.kill()
    assert await replica.halts() >= 2


async def test_one_of_two_relays_is_enough(desk, relay, server, account, token, signer):
    replica = await desk.replica("risk-1", relay_file(signer, silence_seconds=2))
    async with started(server.url, account, token, "relay-b") as second:
        await second.ready()
        await replica.until(lambda it: len({order.relay for order in it.orders}) == 2)
        await relay.kill()
        heard = len(replica.orders)
        # for longer than the silence
        await replica.until(lambda it: len(it.orders) >= heard + 4)
        assert replica.standing.may_trade
        desk.halt()
        await replica.until(obeys())


async def test_a_relay_that_has_lost_sight_of_the_halts_says_nothing(desk, relay, server, signer):
    replica = await desk.replica("risk-1", relay_file(signer, silence_seconds=2))
    await replica.until(hears)
    server.stop_accepting()
    assert await replica.halts() >= 2
    await server.resume()
    await replica.until(lambda it: it.standing.may_trade)
    assert (await relay.get("/readyz"))[0] == 200


async def test_a_restarted_relay_is_heard_although_it_counts_anew(
    desk, relay, server, account, token
):
    replica = await desk.replica("risk-1")
    await replica.until(lambda it: len(it.orders) >= 3)
    await relay.kill()
    async with started(server.url, account, token):
        await replica.until(lambda it: it.orders[-1].relay != it.orders[0].relay)
    assert replica.refusals == []


async def test_a_new_token_is_used_as_soon_as_the_old_one_is_refused(desk, relay, token, signer):
    old = now() - timedelta(hours=1)
    fresh = (token / "token").read_text()
    (token / "token").write_text(signer.token(now=old))
    replica = await desk.replica("risk-1")
    await replica.until(lambda it: it.refusals)
    assert "has expired" in replica.refusals[0]
    (token / "token").write_text(fresh)
    await replica.until(hears)
    await relay.says("replica acknowledges")


async def test_no_token_is_logged_counted_or_answered(desk, relay, token):
    secrets = {(token / "token").read_text().strip(), "the-token-for-the-api-server"}
    replica, mute = await desk.replica("risk-1"), await desk.replica("risk-2")
    mute.relay = relay_file(Signer())
    desk.halt()
    await replica.until(obeys())
    await mute.until(lambda it: it.refusals)
    await relay.says("status of a halt written")
    _, metrics = await relay.get("/metrics")
    for secret in secrets:
        assert secret not in relay.text + metrics
        assert secret.rpartition(".")[2] not in relay.text + metrics


@pytest.mark.usefixtures("relay")
async def test_the_api_server_s_token_never_reaches_a_replica(desk):
    replica = await desk.replica("risk-1")
    await replica.until(hears)
    assert "the-token-for-the-api-server" not in replica.headers


async def test_it_counts_replicas_orders_and_silence(desk, relay):
    replica, mute = await desk.replica("risk-1"), await desk.replica("risk-2")
    mute.answering.clear()
    await replica.until(hears)
    await relay.says("replica does not acknowledge")
    _, metrics = await relay.get("/metrics")
    assert "tradingstack_relay_replicas 2.0" in metrics
    assert "tradingstack_relay_silent_replicas 1.0" in metrics
    assert 'tradingstack_relay_orders_total{outcome="failed"}' in metrics


@pytest.mark.usefixtures("relay")
async def test_it_reads_three_kinds_and_writes_one_status(desk, server):
    replica = await desk.replica("risk-1")
    desk.halt()
    await replica.until(obeys())
    await reported(desk, "True")
    asked = {(call.verb, call.kind) for call in server.requests if call.kind}
    reads = {
        (verb, kind.kind)
        for verb in ("list", "watch")
        for kind in (TRADING_STACK, TRADING_HALT, ENDPOINT_SLICE)
    }
    assert asked == reads | {("apply", "TradingHalt")}
    assert {call.path.rpartition("/")[2] for call in reports(server)} == {"status"}


@pytest.mark.usefixtures("relay")
async def test_a_write_that_fails_is_tried_again(desk, server):
    await desk.replica("risk-1")
    server.faults.fail_next(
        2, status=503, when=lambda call: (call.verb, call.kind) == ("apply", "TradingHalt")
    )
    desk.halt()
    await reported(desk, "True")


async def test_a_signal_ends_it_in_order(relay):
    assert await relay.stop() == 0
    assert "Traceback" not in relay.text


async def test_missing_kinds_and_permissions_end_it_with_their_names(account, token):
    async with FakeServer(kinds=(NAMESPACE, ENDPOINT_SLICE)) as server:
        server.deny("watch", "discovery.k8s.io", "endpointslices")
        async with started(server.url, account, token) as relay:
            assert await relay.ended() == 3
    assert "kind tradinghalts.tradingstack.io is not served: install chart" in relay.text
    assert "permission to watch endpointslices of discovery.k8s.io is missing" in relay.text


def test_bad_settings_end_it_with_their_names(account, token):
    variables = processes.clean_environment() | settings("localhost", account, token)
    del variables["TRADINGSTACK_IDENTITY"]
    ran = subprocess.run(
        processes.command("relay"), env=variables, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    named = [line.partition(":")[0] for line in ran.stderr.splitlines()[1:]]
    assert named == ["TRADINGSTACK_API_SERVER", "TRADINGSTACK_IDENTITY"]


@pytest.fixture(autouse=True)
def no_traceback(request):
    yield
    relay = request.node.funcargs.get("relay")
    assert relay is None or "Traceback" not in relay.text
