from tests.nats.server import PASSWORDS
from tests.unit.desired.factory import a_stack

STREAM = {"name": "ticks", "subjects": ["md.>"], "maxAge": "1h", "maxBytes": "10Mi"}


def with_streams(*streams):
    bus = {"provider": "Builtin", "kind": "NATS", "replicas": 1, "storage": {"size": "64Mi"}}
    return a_stack(bus=bus | {"streams": list(streams)})


async def streams_of(bus):
    """Look with the eyes of the user that declares them."""
    connection = await bus.connect("streams")
    jetstream = connection.jetstream()
    found = {info.config.name: info for info in await jetstream.streams_info()}
    await connection.close()
    return found


async def consumer_of(bus, stream, name):
    connection = await bus.connect("streams")
    found = await connection.jetstream().consumer_info(stream, name)
    await connection.close()
    return found.config


async def test_the_job_declares_the_streams_a_stack_needs(bus):
    code, lines, _ = bus.declare()
    assert code == 0
    assert [line["stream"] for line in lines] == ["MD", "FILLS", "RISK", "DLQ"]
    assert set(await streams_of(bus)) == {"MD", "FILLS", "RISK", "DLQ"}


async def test_every_stream_has_a_consumer_for_each_program_that_reads(bus):
    bus.declare()
    consumer = await consumer_of(bus, "FILLS", "risk-api")
    assert (consumer.ack_policy, consumer.max_deliver, consumer.ack_wait) == ("explicit", 5, 30)
    assert consumer.max_ack_pending == 5000


async def test_a_second_run_changes_nothing(bus):
    bus.declare()
    before = {name: info.created for name, info in (await streams_of(bus)).items()}
    code, lines, _ = bus.declare()
    assert (code, lines) == (0, [])
    assert {name: info.created for name, info in (await streams_of(bus)).items()} == before


async def test_a_changed_stream_keeps_its_messages(bus):
    bus.declare(with_streams(STREAM))
    ingestor = await bus.connect("ingestor")
    await ingestor.jetstream().publish("md.trade.kraken.BTC-USD", b"1")
    await ingestor.close()
    code, lines, _ = bus.declare(with_streams(STREAM | {"maxAge": "2h"}))
    assert (code, [line["event"] for line in lines]) == (0, ["stream updated"])
    info = (await streams_of(bus))["ticks"]
    assert (info.config.max_age, info.state.messages) == (7200, 1)


async def test_a_stream_that_is_not_declared_any_more_is_reported_and_kept(bus):
    extra = {"name": "extra", "subjects": ["ord.live.>"]}
    bus.declare(with_streams(STREAM, extra))
    code, lines, _ = bus.declare(with_streams(STREAM))
    said = [line for line in lines if line["event"] == "stream is not declared and is left alone"]
    assert (code, [line["stream"] for line in said]) == (0, ["extra"])
    assert "extra" in await streams_of(bus)


def test_a_stream_whose_subjects_an_undeclared_one_still_has_fails_the_job(bus):
    bus.declare(with_streams({"name": "extra", "subjects": ["risk.event.>"]}))
    code, lines, _ = bus.declare()
    assert code == 4
    assert "subjects overlap with an existing stream" in lines[-1]["problem"]


async def test_streams_come_back_after_their_volume_was_lost(bus, tmp_path):
    bus.declare()
    node = bus.nodes[0]
    node.stop()
    (node.root / "data").rename(tmp_path / "lost")
    bus.start_and_wait()
    assert await streams_of(bus) == {}
    assert bus.declare()[0] == 0
    assert set(await streams_of(bus)) == {"MD", "FILLS", "RISK", "DLQ"}


def test_streams_that_do_not_fit_the_volume_fail_the_job(bus):
    code, lines, _ = bus.declare(with_streams(STREAM | {"maxBytes": "1Gi"}))
    assert code == 4
    assert "insufficient storage" in lines[-1]["problem"]


def test_a_bus_that_is_away_fails_the_job_within_its_deadline(bus):
    bus.stop()
    code, lines, stderr = bus.declare()
    assert (code, lines[-1]["event"], stderr) == (4, "bus failed", "")


def test_a_refused_password_never_reaches_the_log(bus):
    code, lines, stderr = bus.declare(password=PASSWORDS["watchdog"])
    assert code == 4
    assert PASSWORDS["watchdog"] not in f"{lines}{stderr}"


def test_a_job_without_its_files_says_which_one_is_missing(bus):
    bus.declare()
    (bus.root / "ca.crt").unlink()
    code, lines, _ = bus.declare()
    assert code == 2
    assert "ca.crt cannot be read: FileNotFoundError" in lines[-1]["problem"]
