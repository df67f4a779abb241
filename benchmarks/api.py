"""A bare client: an asyncio session that keeps a few requests in flight, and nothing else."""

import asyncio
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import aiohttp
import orjson

from tradingstack_operator.model.objects import Manifest

IN_FLIGHT: Final = 8
APPLY: Final = "application/apply-patch+yaml"
MERGE: Final = "application/merge-patch+json"
JSON_PATCH: Final = "application/json-patch+json"
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Send:
    """One request, its body already bytes."""

    verb: str
    path: str
    body: bytes = b""
    content_type: str = JSON
    missing_is_fine: bool = False
    user: str = ""
    """As whom to send it; empty for oneself."""

    @classmethod
    def applying(
        cls, path: str, manifest: Manifest, manager: str = "benchmark", user: str = ""
    ) -> "Send":
        query = f"{path}?fieldManager={manager}&force=true"
        return cls("PATCH", query, orjson.dumps(manifest), APPLY, user=user)


@dataclass(frozen=True, slots=True)
class Api:
    """The API server, with a token and an authority from a ServiceAccount's directory."""

    server: str
    directory: Path

    def send(self, sends: Iterable[Send], in_flight: int = IN_FLIGHT) -> list[Any]:
        """Send all, in their order, some at a time; give the answers in that order."""
        return asyncio.run(self._send(list(sends), in_flight))

    def one(self, send: Send) -> Any:
        return self.send([send])[0]

    async def _send(self, sends: list[Send], in_flight: int) -> list[Any]:
        answers: list[Any] = [None] * len(sends)
        pending = iter(enumerate(sends))
        token = (self.directory / "token").read_text()
        context = ssl.create_default_context(cafile=self.directory / "ca.crt")
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=context, limit=0),
                headers={"Authorization": f"Bearer {token}"},
            ) as session,
            asyncio.TaskGroup() as group,
        ):
            for _ in range(min(in_flight, len(sends))):
                group.create_task(self._work(session, pending, answers))
        return answers

    async def _work(
        self,
        session: aiohttp.ClientSession,
        pending: Iterator[tuple[int, Send]],
        answers: list[Any],
    ) -> None:
        for index, send in pending:
            async with session.request(
                send.verb,
                self.server + send.path,
                data=send.body or None,
                headers={"Content-Type": send.content_type}
                | ({"Impersonate-User": send.user} if send.user else {}),
            ) as answer:
                text = await answer.read()
                if answer.status >= HTTPStatus.BAD_REQUEST and not (
                    send.missing_is_fine and answer.status == HTTPStatus.NOT_FOUND
                ):
                    problem = text.decode(errors="replace")[:500]
                    raise RuntimeError(f"{send.verb} {send.path}: {answer.status} {problem}")
                answers[index] = orjson.loads(text)
