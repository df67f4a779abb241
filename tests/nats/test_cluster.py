import asyncio

import pytest
from nats.errors import Error as NatsError

from tests.nats.authority import Authority
from tests.support.waiting import wait_until
from tradingstack_operator.desired import nats


@pytest.fixture
def cluster(make_bus):
    """Run a bus of three servers."""
    bus = make_bus(bus={"replicas": 3})
    bus.start_and_wait()
    return bus


async def test_every_stream_has_a_copy_on_each_of_three_servers(cluster):
    # as the Job's back-off does while the servers still agree on a leader
    wait_until(lambda: cluster.declare()[0] == 0)
    connection = await cluster.connect("streams")
    for info in await connection.jetstream().streams_info():
        assert (info.config.num_replicas, len(info.cluster.replicas)) == (3, 2)
    await connection.close()


async def test_fills_are_taken_and_kept_while_one_server_is_down(cluster):
    cluster.declare()
    cluster.nodes[0].stop(kill=True)
    risk_api = await cluster.connect("risk-api", node=1)
    stream = risk_api.jetstream()
    await published(stream, "fill.live.desk.1")
    assert (await stream.stream_info("FILLS")).state.messages == 1
    await risk_api.close()


def test_a_server_that_comes_back_is_ready_once_it_has_caught_up(cluster):
    cluster.declare()
    cluster.nodes[2].stop(kill=True)
    cluster.start(2)
    cluster.nodes[2].wait_for(nats.READY)


def test_losing_the_majority_makes_a_server_unready_but_leaves_it_alive(cluster):
    cluster.declare()
    cluster.nodes[0].stop(kill=True)
    cluster.nodes[1].stop(kill=True)
    cluster.nodes[2].wait_for(nats.READY, status=503)
    assert cluster.nodes[2].ask(nats.ALIVE) == 200


def test_a_server_that_waits_for_the_others_is_alive_and_not_ready(make_bus):
    bus = make_bus(bus={"replicas": 3})
    bus.start(0)
    bus.nodes[0].wait_for(nats.ALIVE)
    assert bus.nodes[0].ask(nats.READY) == 503


async def test_clients_never_learn_the_addresses_of_single_servers(cluster):
    connection = await cluster.connect("ingestor")
    assert connection.discovered_servers == []
    await connection.close()


async def test_a_cluster_that_grows_keeps_its_streams(cluster, make_bus):
    cluster.declare()
    cluster.stop()
    grown = make_bus(bus={"replicas": 5})
    for old, new in zip(cluster.nodes, grown.nodes, strict=False):
        old.root.rename(new.root)
    grown.start_and_wait()
    connection = await grown.connect("streams")
    found = {info.config.name for info in await connection.jetstream().streams_info()}
    await connection.close()
    assert found == {"MD", "FILLS", "RISK", "DLQ"}


def test_a_server_with_a_certificate_of_another_name_does_not_join(cluster):
    restart_with(cluster, cluster.authority.issue("elsewhere", "127.0.0.1"))
    cluster.nodes[2].wait_for_log("Route Error 'Authorization Violation'")
    cluster.nodes[0].wait_for_log("certificate is valid for elsewhere")
    assert cluster.nodes[2].ask(nats.READY) == 503


def test_a_server_with_a_certificate_of_another_authority_does_not_join(cluster):
    restart_with(cluster, Authority("other").issue("localhost", "127.0.0.1"))
    cluster.nodes[0].wait_for_log("client didn't provide a certificate")
    cluster.nodes[0].wait_for_log("certificate signed by unknown authority")
    assert cluster.nodes[2].ask(nats.READY) == 503


def restart_with(bus, certificate):
    """Give the last server another certificate."""
    bus.nodes[2].stop()
    bus.values["tls_crt"], bus.values["tls_key"] = certificate
    bus.start(2)
    bus.nodes[2].wait_for(nats.ALIVE)


async def published(stream, subject):
    """Publish until the stream has a leader again."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await stream.publish(subject, b"1", timeout=2)
            except (TimeoutError, NatsError):
                continue
