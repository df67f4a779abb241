"""A process of the operator's image as its users start it, whose log can be waited for."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp

DEADLINE = 60
"""Seconds for anything that a test waits for; a busy machine may be slow."""


def command(name: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "tradingstack_operator", name)


def clean_environment() -> dict[str, str]:
    """Leave out what would be taken for settings."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TRADINGSTACK_", "KUBERNETES_"))
    }


class Started:
    """A started process."""

    def __init__(self, process: asyncio.subprocess.Process):
        self.process = process
        self.lines: list[dict] = []
        self.text = ""
        self._over = False
        self._more = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while line := await self.process.stderr.readline():
            async with self._more:
                self.text += line.decode()
                if line.startswith(b"{"):
                    self.lines.append(json.loads(line))
                self._more.notify_all()
        async with self._more:
            self._over = True
            self._more.notify_all()

    def said(self, message: str) -> list[dict]:
        return [line for line in self.lines if line["message"] == message]

    async def says(self, message: str, times: int = 1) -> dict:
        """Wait until the log holds a message so many times; give the last of them."""
        async with asyncio.timeout(DEADLINE), self._more:
            await self._more.wait_for(lambda: self._over or len(self.said(message)) >= times)
        assert len(self.said(message)) >= times, self.text
        return self.said(message)[-1]

    async def ended(self) -> int:
        async with asyncio.timeout(DEADLINE):
            await self._reading
            return await self.process.wait()

    async def stop(self) -> int:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> None:
        self.process.kill()
        await self.ended()

    async def get(self, path: str) -> tuple[int, str]:
        """Ask for the probes and metrics."""
        port = self.said("started")[0]["port"]
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}{path}") as answer,
        ):
            return answer.status, await answer.text()

    async def ready(self) -> None:
        """Wait until the readiness probe passes; each look costs a request, which paces it."""
        async with asyncio.timeout(DEADLINE):
            while (await self.get("/readyz"))[0] != 200:
                pass


@asynccontextmanager
async def started(
    name: str, variables: Mapping[str, str], kind: type[Started] = Started
) -> AsyncIterator[Started]:
    """Run a command until the context ends; given once its sockets listen."""
    process = await asyncio.create_subprocess_exec(
        *command(name), env=clean_environment() | variables, stderr=asyncio.subprocess.PIPE
    )
    running = kind(process)
    try:
        await running.says("started")
        yield running
    finally:
        try:
            await running.stop()
        finally:
            if process.returncode is None:
                process.kill()
