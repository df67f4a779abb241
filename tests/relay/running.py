"""The relay as its users start it: a process of its own."""

from contextlib import asynccontextmanager
from pathlib import Path

from tests.support import processes


def settings(server: str, account: Path, token: Path, identity: str = "relay-a") -> dict[str, str]:
    return {
        "TRADINGSTACK_API_SERVER": server,
        "TRADINGSTACK_CREDENTIALS_DIRECTORY": str(account),
        "TRADINGSTACK_TOKEN_DIRECTORY": str(token),
        "TRADINGSTACK_IDENTITY": identity,
        "TRADINGSTACK_HTTP_PORT": "0",
    }


@asynccontextmanager
async def started(server: str, account: Path, token: Path, identity: str = "relay-a"):
    """Run a relay until the context ends; given once its socket listens."""
    async with processes.started("relay", settings(server, account, token, identity)) as relay:
        yield relay
