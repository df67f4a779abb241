"""``tradingstack-jobs streams``: make the bus's streams and consumers what a file says.

What exists is brought in line, what is missing is made, and then everything is read back. Nothing
is ever deleted: a stream that the file does not name keeps its messages and is reported.
"""

import asyncio
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from tradingstack_contract import bus, paths
from tradingstack_contract.files import System
from tradingstack_jobs import logs
from tradingstack_jobs.settings import contract_file, read, variable

DONE: Final = 0
DIFFERENT: Final = 3
"""The server did not take over what the file says."""
UNREACHABLE: Final = 4
"""The bus could not be asked; the Job tries again."""

CONNECT_SECONDS: Final = 10
CONNECT_ATTEMPTS: Final = 3
REQUEST_SECONDS: Final = 10
MAX_ACK_PENDING: Final = 5000
"""Messages a consumer may hold unacknowledged: five of the largest batches a program reads."""
ACK_WAIT_SECONDS: Final = 30
"""Longer than the slowest write to the database."""
MAX_DELIVER: Final = 5
"""A message that failed so often is poison; its consumer moves it to the dead letters."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as the file says."""

    what: str
    wanted: object
    found: object


def run(file: Path) -> int:
    """Bring the bus in line with ``file``; the result is the process's exit code."""
    wanted = contract_file(bus.Streams, file)
    try:
        differences = asyncio.run(_declare(wanted))
    except (NatsError, OSError, TimeoutError) as problem:
        # the client's errors hold an address or a server's words, never a password
        logs.error("bus failed", problem=f"{type(problem).__name__}: {problem}")
        return UNREACHABLE
    for one in differences:
        logs.error("differs", what=one.what, wanted=one.wanted, found=one.found)
    return DIFFERENT if differences else DONE


async def _declare(wanted: bus.Streams) -> list[Difference]:
    client = await _connect()
    try:
        jetstream = client.jetstream(timeout=REQUEST_SECONDS)
        known = {str(info.config.name) for info in await jetstream.streams_info()}
        for name in sorted(known - {stream.name for stream in wanted.streams}):
            logs.info("stream is not declared and is left alone", stream=name)
        for stream in wanted.streams:
            await _apply(jetstream, stream)
        return [
            difference
            for stream in wanted.streams
            for difference in await _differences(jetstream, stream)
        ]
    finally:
        await client.close()


async def _connect() -> Client:
    where = contract_file(System).endpoints.bus
    user = variable(paths.ENV_BUS_USER)
    context = ssl.create_default_context(cafile=_authority())

    async def tell(problem: Exception) -> None:
        logs.info("bus connection", problem=f"{type(problem).__name__}: {problem}")

    return await nats.connect(
        f"tls://{where.host}:{where.port}",
        user=user,
        password=read(Path(variable(paths.ENV_BUS_PASSWORD_FILE))),
        tls=context,
        inbox_prefix=bus.inbox_prefix(user),
        name=variable(paths.ENV_COMPONENT),
        connect_timeout=CONNECT_SECONDS,
        allow_reconnect=False,
        max_reconnect_attempts=CONNECT_ATTEMPTS,
        error_cb=tell,
    )


def _authority() -> str:
    file = variable(paths.ENV_BUS_CA_FILE)
    read(Path(file))
    return file


async def _apply(jetstream: JetStreamContext, stream: bus.Stream) -> None:
    wanted = stream_fields(stream)
    try:
        before = (await jetstream.stream_info(stream.name)).config
    except NotFoundError:
        await jetstream.add_stream(StreamConfig(**wanted))
        logs.info("stream created", stream=stream.name)
    else:
        if _compare(stream.name, wanted, before):
            await jetstream.update_stream(before, **wanted)
            logs.info("stream updated", stream=stream.name)
    for name in stream.consumers:
        # creating one that exists updates it
        await jetstream.add_consumer(stream.name, ConsumerConfig(**consumer_fields(name)))


async def _differences(jetstream: JetStreamContext, stream: bus.Stream) -> list[Difference]:
    found = (await jetstream.stream_info(stream.name)).config
    differences = _compare(stream.name, stream_fields(stream), found)
    for name in stream.consumers:
        consumer = (await jetstream.consumer_info(stream.name, name)).config
        differences += _compare(f"{stream.name}/{name}", consumer_fields(name), consumer)
    return differences


def stream_fields(stream: bus.Stream) -> dict[str, Any]:
    """Spell a stream in JetStream's words; what is not said stays as the server has it."""
    return {
        "name": stream.name,
        "subjects": list(stream.subjects),
        "retention": RetentionPolicy.LIMITS,
        "storage": StorageType.FILE,
        "discard": DiscardPolicy(stream.discard),
        "num_replicas": stream.replicas,
        "max_age": stream.max_age_seconds,
        "max_bytes": stream.max_bytes,
    }


def consumer_fields(name: str) -> dict[str, Any]:
    """Spell a durable pull consumer; it has as many replicas as its stream."""
    return {
        "name": name,
        "durable_name": name,
        "ack_policy": AckPolicy.EXPLICIT,
        "ack_wait": ACK_WAIT_SECONDS,
        "deliver_policy": DeliverPolicy.ALL,
        "max_ack_pending": MAX_ACK_PENDING,
        "max_deliver": MAX_DELIVER,
    }


def _compare(
    what: str, wanted: dict[str, Any], found: StreamConfig | ConsumerConfig
) -> list[Difference]:
    return [
        Difference(f"{what}.{key}", value, getattr(found, key))
        for key, value in wanted.items()
        if getattr(found, key) != value
    ]
