import asyncio
import ssl

import nats
import pytest
from nats.js.errors import APIError, NoStreamResponseError

from tests.nats.authority import Authority
from tests.nats.server import DEADLINE, PASSWORDS

SIMULATION = {"enabled": True}


@pytest.mark.parametrize("user", ["ingestor", "risk-api", "streams", "watchdog"])
async def test_every_user_logs_in_with_its_password_over_tls(bus, user):
    connection = await bus.connect(user)
    assert connection.is_connected
    await connection.close()


async def test_a_wrong_password_is_refused(bus):
    with pytest.raises(nats.errors.Error, match=r"(?i)authorization"):
        await bus.connect("ingestor", password=PASSWORDS["risk_api"], error_cb=_quiet)


async def test_a_client_without_tls_is_refused(bus):
    port = bus.nodes[0].ports["client"]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    writer.write(b'CONNECT {"user":"ingestor","pass":"x","verbose":false}\r\nPING\r\n')
    assert b"PONG" not in await reader.read()
    writer.close()


async def test_a_server_of_another_authority_is_not_trusted(bus, tmp_path):
    file = tmp_path / "other.crt"
    file.write_text(Authority("other").pem)
    with pytest.raises(ssl.SSLCertVerificationError):
        await bus.connect("ingestor", tls=ssl.create_default_context(cafile=file), error_cb=_quiet)


async def test_the_programs_publish_what_is_theirs(bus):
    bus.declare()
    ingestor, risk_api = await bus.connect("ingestor"), await bus.connect("risk-api")
    assert (await ingestor.jetstream().publish("md.trade.kraken.BTC-USD", b"1")).stream == "MD"
    assert (await risk_api.jetstream().publish("fill.live.desk.1", b"1")).stream == "FILLS"
    assert (await risk_api.jetstream().publish("risk.event.kill", b"1")).stream == "RISK"
    assert (await ingestor.jetstream().publish("dlq.MD", b"1")).stream == "DLQ"
    await ingestor.close()
    await risk_api.close()


@pytest.mark.parametrize(
    ("user", "subject"),
    [
        ("ingestor", "ord.live.desk.new"),
        ("ingestor", "fill.live.desk.1"),
        ("ingestor", "risk.event.kill"),
        ("risk-api", "md.trade.kraken.BTC-USD"),
        ("risk-api", "ord.sim.desk.new"),
        ("risk-api", "fill.sim.desk.1"),
        ("watchdog", "risk.event.kill"),
        ("watchdog", "ord.live.desk.new"),
        ("streams", "md.trade.kraken.BTC-USD"),
        ("streams", "$JS.API.STREAM.DELETE.FILLS"),
        ("streams", "$JS.API.STREAM.PURGE.FILLS"),
        ("streams", "$JS.API.STREAM.MSG.DELETE.FILLS"),
        ("streams", "$JS.API.CONSUMER.DELETE.FILLS.ingestor"),
        ("risk-api", "$JS.API.STREAM.CREATE.MINE"),
        ("risk-api", "$JS.API.CONSUMER.DELETE.FILLS.risk-api"),
        ("risk-api", "$JS.API.CONSUMER.MSG.NEXT.FILLS.ingestor"),
        ("ingestor", "$JS.ACK.FILLS.risk-api.1.1.1.1.0"),
    ],
)
async def test_a_user_may_not_publish_what_is_not_its_own(bus, user, subject):
    assert await refusal(bus, user, publish=subject) == f'publish to "{subject.lower()}"'


@pytest.mark.parametrize("subject", ["ord.live.desk.new", "fill.live.desk.1"])
async def test_a_simulation_may_not_publish_live_orders_or_fills(make_bus, subject):
    bus = make_bus(simulation=SIMULATION)
    bus.start_and_wait()
    assert await refusal(bus, "risk-api", publish=subject) == f'publish to "{subject.lower()}"'


@pytest.mark.parametrize("subject", ["ord.live.>", "fill.live.>", "ord.>", ">"])
async def test_a_simulation_may_not_hear_live_orders_or_fills(make_bus, subject):
    bus = make_bus(simulation=SIMULATION)
    bus.start_and_wait()
    assert await refusal(bus, "risk-api", hear=subject) == f'subscription to "{subject.lower()}"'


@pytest.mark.parametrize("subject", ["ord.sim.>", "_INBOX.>", "_INBOX.ingestor.>", "$SYS.>"])
async def test_a_live_user_may_not_hear_simulations_or_the_answers_to_others(bus, subject):
    assert await refusal(bus, "risk-api", hear=subject) == f'subscription to "{subject.lower()}"'


async def test_a_simulation_trades_on_subjects_of_its_own(make_bus):
    bus = make_bus(simulation=SIMULATION)
    bus.start_and_wait()
    bus.declare()
    risk_api = await bus.connect("risk-api")
    assert (await risk_api.jetstream().publish("fill.sim.desk.1", b"1")).stream == "FILLS"
    await risk_api.close()


async def test_a_reader_takes_and_acknowledges_messages_from_its_consumer(bus):
    bus.declare()
    ingestor = await bus.connect("ingestor")
    await ingestor.jetstream().publish("md.trade.kraken.BTC-USD", b"tick")
    feed = await ingestor.jetstream().pull_subscribe_bind("ingestor", "MD")
    (message,) = await feed.fetch(1, timeout=10)
    assert message.data == b"tick"
    await message.ack_sync(timeout=10)
    assert (await feed.consumer_info()).num_ack_pending == 0
    await ingestor.close()


async def test_a_full_stream_of_fills_refuses_the_next_one(bus):
    bus.declare()
    risk_api = await bus.connect("risk-api")
    stream = risk_api.jetstream()
    limit = (await stream.stream_info("FILLS")).config.max_bytes
    for _ in range(limit // 900_000):
        await stream.publish("fill.live.desk.1", b"x" * 890_000)
    with pytest.raises(APIError) as caught:
        await stream.publish("fill.live.desk.1", b"x" * 1_000_000)
    assert caught.value.err_code == 10077
    await risk_api.close()


async def test_a_subject_without_a_stream_is_refused(bus):
    risk_api = await bus.connect("risk-api")
    with pytest.raises(NoStreamResponseError):
        await risk_api.jetstream().publish("fill.live.desk.1", b"1")
    await risk_api.close()


async def test_acknowledged_messages_survive_a_crash_when_every_one_is_flushed(make_bus):
    bus = make_bus(bus={"syncInterval": "always"})
    bus.start_and_wait()
    bus.declare()
    risk_api = await bus.connect("risk-api")
    await risk_api.jetstream().publish("fill.live.desk.1", b"1")
    bus.nodes[0].stop(kill=True)
    await risk_api.close()
    bus.start_and_wait()
    again = await bus.connect("risk-api")
    assert (await again.jetstream().stream_info("FILLS")).state.messages == 1
    await again.close()


def test_the_server_stays_alive_when_its_configuration_is_sound(bus):
    assert bus.nodes[0].ask("/healthz?js-enabled-only=true") == 200


async def refusal(bus, user, *, publish=None, hear=None):
    """Do what may not be done, and return what the server said about it, in small letters."""
    said = asyncio.Queue()

    async def note(problem):
        _, refused, what = str(problem).partition("ermissions violation for ")
        if refused:
            said.put_nowait(what)

    connection = await bus.connect(user, error_cb=note)
    if publish:
        await connection.publish(publish, b"")
    if hear:
        await connection.subscribe(hear)
    found = await asyncio.wait_for(said.get(), DEADLINE)
    await connection.close()
    return found


async def _quiet(_):
    pass
