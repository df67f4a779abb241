"""The webhook as its users start it: a process of its own, asked over TLS."""

import asyncio
import json
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

DEADLINE = 60
"""Seconds for anything that a test waits for; a busy machine may be slow."""
COMMAND = (sys.executable, "-m", "tradingstack_operator", "webhook")


def environment(server: str, credentials: Path, certificates: Path) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TRADINGSTACK_", "KUBERNETES_"))
    }
    return inherited | {
        "TRADINGSTACK_API_SERVER": server,
        "TRADINGSTACK_CREDENTIALS_DIRECTORY": str(credentials),
        "TRADINGSTACK_CERTIFICATE_DIRECTORY": str(certificates),
        "TRADINGSTACK_WEBHOOK_PORT": "0",
        "TRADINGSTACK_HTTP_PORT": "0",
    }


class Webhook:
    """A started process, whose log can be waited for."""

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

    @property
    def url(self) -> str:
        return f"https://localhost:{self.said('started')[0]['webhook_port']}/review"


@asynccontextmanager
async def started(
    server: str, credentials: Path, certificates: Path, **settings: str
) -> AsyncIterator[Webhook]:
    """Run a webhook until the context ends; given once its sockets listen."""
    variables = environment(server, credentials, certificates)
    variables |= {f"TRADINGSTACK_{name.upper()}": value for name, value in settings.items()}
    process = await asyncio.create_subprocess_exec(
        *COMMAND, env=variables, stderr=asyncio.subprocess.PIPE
    )
    webhook = Webhook(process)
    try:
        await webhook.says("started")
        yield webhook
    finally:
        try:
            await webhook.stop()
        finally:
            if process.returncode is None:
                process.kill()


@asynccontextmanager
async def client(context: ssl.SSLContext, **options) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(ssl=context, limit=0, **options)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


async def ask(session: aiohttp.ClientSession, webhook: Webhook, review: dict) -> dict:
    """Send a review as the API server does, and give the response in the answer."""
    async with session.post(webhook.url, json=review) as answer:
        assert answer.status == 200, await answer.text()
        body = await answer.json()
    assert body["response"]["uid"] == review["request"]["uid"]
    return body["response"]
