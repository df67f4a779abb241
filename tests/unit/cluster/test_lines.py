import asyncio

import pytest
from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol

from tradingstack_operator.cluster.client import lines
from tradingstack_operator.cluster.errors import UnreachableError

BUFFER = 2**16


async def read(*chunks):
    """Cut a stream that comes in these chunks."""
    loop = asyncio.get_running_loop()
    protocol = BaseProtocol(loop)
    protocol.connection_made(asyncio.Transport())
    stream = StreamReader(protocol, BUFFER, loop=loop)
    found = []

    async def follow():
        found.extend([line async for line in lines(stream)])

    following = asyncio.create_task(follow())
    for chunk in chunks:
        stream.feed_data(chunk)
        turn = loop.create_future()
        loop.call_soon(turn.set_result, None)
        await turn
    stream.feed_eof()
    await following
    return found


@pytest.mark.parametrize(
    "chunks",
    [
        [b"one\ntwo\n"],
        [b"one\n", b"two\n"],
        [b"o", b"ne\ntw", b"o\n"],
        [b"one", b"\n", b"two", b"\n"],
    ],
)
async def test_lines_are_the_same_however_they_are_cut_into_chunks(chunks):
    assert await read(*chunks) == [b"one", b"two"]


async def test_a_line_may_be_longer_than_any_buffer():
    chunk = b"x" * BUFFER
    assert await read(*[chunk] * 20, b"\n") == [chunk * 20]


async def test_an_empty_stream_has_no_lines():
    assert await read() == []


async def test_a_stream_that_ends_inside_a_line_is_an_error():
    with pytest.raises(UnreachableError, match="in the middle of a line"):
        await read(b"one\ntw")
