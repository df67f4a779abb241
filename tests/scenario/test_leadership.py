"""Of several replicas only the one that holds the lease writes."""

import pytest

from tests.scenario.operators import running
from tests.scenario.stage import named
from tests.support import stacks
from tradingstack_operator.controller import leadership
from tradingstack_operator.model.kinds import DEPLOYMENT, LEASE

RISK_API = (stacks.NAMESPACE, "alpha-risk-api")
LEASE_KEY = ("operator-system", "tradingstack-operator")


@pytest.fixture
def identities(tmp_path, ca_certificate):
    """Lay out an own token for each replica, so that the log tells their writes apart."""
    directories = []
    for name in ("one", "two"):
        directory = tmp_path / name
        directory.mkdir()
        (directory / "ca.crt").write_bytes(ca_certificate)
        (directory / "token").write_text(name)
        directories.append(directory)
    return directories


@pytest.fixture
def _short_lease(monkeypatch):
    """Let a silent holder lose its lease within seconds."""
    monkeypatch.setattr(leadership, "DURATION", 4)
    monkeypatch.setattr(leadership, "WRITE_MARGIN", 1.5)
    monkeypatch.setattr(leadership, "RENEW_EVERY", 0.5)


def holder(server):
    lease = server.cluster.find(LEASE, LEASE_KEY)
    return lease and lease["spec"].get("holderIdentity")


def writers(server, since=0):
    return [call.authorization.removeprefix("Bearer ") for call in server.log(since)]


def wish(server, count):
    server.apply_stack(spec={"riskApi": {"replicas": count}})
    return lambda: server.cluster.get(DEPLOYMENT, RISK_API)["spec"]["replicas"] == count


async def leading(server, identity):
    await server.until(lambda: holder(server) == identity)


async def test_a_standby_knows_everything_and_writes_nothing(server, identities):
    async with running(server, identities[0], "one") as one:
        await leading(server, "one")
        async with running(server, identities[1], "two") as two:
            server.apply_stack()
            await server.until_condition("Ready", "True")
            await one.rest()
            await server.until(two.knows_all)
            assert {"one"} == set(writers(server))
            assert not two.replica.leads()


async def test_a_standby_takes_over_when_the_holder_is_stopped(server, identities):
    async with (
        running(server, identities[0], "one") as one,
        running(server, identities[1], "two") as two,
    ):
        server.apply_stack()
        await server.until_condition("Ready", "True")
        first, second = (one, two) if holder(server) == "one" else (two, one)
        await first.rest()
        mark = server.mark()
        await first.stop()
        assert not holder(server)
        # well before the 15 seconds after which a silent holder loses its lease
        await server.until(wish(server, 4), 10)
        await second.rest()
        assert {holder(server)} == set(writers(server, mark))


@pytest.mark.usefixtures("_short_lease")
async def test_a_standby_takes_over_when_the_holder_falls_silent(server, identities):
    async with running(server, identities[0], "one") as one:
        await one.rest()
        async with running(server, identities[1], "two") as two:
            await one.kill()
            assert holder(server) == "one"
            server.apply_stack()
            await server.until_condition("Ready", "True")
            await two.rest()
            assert {"two"} == set(writers(server))


def by_one(call):
    return call.authorization == "Bearer one"


def renews(call):
    return by_one(call) and call.kind == "Lease"


def writes_of_one(call):
    return by_one(call) and call.is_write and call.kind not in {"", "Lease"}


@pytest.mark.usefixtures("_short_lease")
async def test_a_holder_that_cannot_renew_writes_nothing_more(server, identities):
    async with running(server, identities[0], "one") as one:
        server.apply_stack()
        await server.until_condition("Ready", "True")
        await one.rest()
        async with running(server, identities[1], "two") as two:
            gate = server.faults.pause_next(10**6, when=renews)
            await leading(server, "two")
            mark = server.mark()
            await server.until(wish(server, 4))
            await two.rest()
            server.faults.clear()
            gate.open()
            await server.until(wish(server, 5))
            await two.rest()
            await server.until(one.knows_all)
        assert {"two"} == set(writers(server, mark))


@pytest.mark.usefixtures("_short_lease")
async def test_a_holder_that_wakes_too_late_breaks_its_look_off(server, identities):
    async with running(server, identities[0], "one") as one:
        await one.rest()
        async with running(server, identities[1], "two") as two:
            gates = [server.faults.pause_next(10**6, when=it) for it in (writes_of_one, renews)]
            server.apply_stack()
            await leading(server, "two")
            begin = len(server.requests)
            server.faults.clear()
            for gate in gates:
                gate.open()
            await server.until_condition("Ready", "True")
            await two.rest()
        assert [] == named(filter(writes_of_one, server.requests[begin:]))
