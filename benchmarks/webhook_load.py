"""Send admission reviews at a steady rate until standard input ends; a process of its own.

Each review is due at its moment, whether or not those before it are answered; so a server that
falls behind cannot slow the question down.
"""

import asyncio
import itertools
import json
import ssl
import sys
import time
from pathlib import Path
from typing import Final

import aiohttp
import orjson

CONNECTIONS: Final = 8
"""As few as an API server keeps to one webhook."""


async def send(url: str, authority: str, bodies: list[bytes], rate: float) -> list[list[float]]:
    """Give the moment each review was due, and the seconds to its answer; -1 for none."""
    context = ssl.create_default_context(cafile=authority)
    connector = aiohttp.TCPConnector(ssl=context, limit=CONNECTIONS)
    answers: list[list[float]] = []
    over = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        asyncio.TaskGroup() as group,
    ):
        due = time.monotonic()
        for body in itertools.cycle(bodies):
            if over.done():
                break
            group.create_task(ask(session, url, body, due, answers))
            due += 1 / rate
            await asyncio.sleep(due - time.monotonic())
    return answers


async def ask(
    session: aiohttp.ClientSession, url: str, body: bytes, due: float, answers: list[list[float]]
) -> None:
    try:
        async with session.post(url, data=body) as answer:
            allowed = orjson.loads(await answer.read())["response"]["allowed"]
    except (aiohttp.ClientError, OSError, KeyError):
        allowed = False
    answers.append([due, time.monotonic() - due if allowed else -1])


def main() -> None:
    url, authority, bodies, rate = sys.argv[1:]
    lines = Path(bodies).read_bytes().splitlines()
    print(json.dumps(asyncio.run(send(url, authority, lines, float(rate)))))


if __name__ == "__main__":
    main()
