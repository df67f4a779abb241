"""The webhook as its users start it: a process of its own, asked over TLS."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.support import processes

COMMAND = processes.command("webhook")


def settings(server: str, credentials: Path, certificates: Path) -> dict[str, str]:
    return {
        "TRADINGSTACK_API_SERVER": server,
        "TRADINGSTACK_CREDENTIALS_DIRECTORY": str(credentials),
        "TRADINGSTACK_CERTIFICATE_DIRECTORY": str(certificates),
        "TRADINGSTACK_WEBHOOK_PORT": "0",
        "TRADINGSTACK_HTTP_PORT": "0",
    }


def environment(server: str, credentials: Path, certificates: Path) -> dict[str, str]:
    return processes.clean_environment() | settings(server, credentials, certificates)


class Webhook(processes.Started):
    """A started webhook."""

    @property
    def url(self) -> str:
        return f"https://localhost:{self.said('started')[0]['webhook_port']}/review"


@asynccontextmanager
async def started(
    server: str, credentials: Path, certificates: Path, **more: str
) -> AsyncIterator[Webhook]:
    """Run a webhook until the context ends; given once its sockets listen."""
    variables = settings(server, credentials, certificates)
    variables |= {f"TRADINGSTACK_{name.upper()}": value for name, value in more.items()}
    async with processes.started("webhook", variables, Webhook) as webhook:
        yield webhook


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
