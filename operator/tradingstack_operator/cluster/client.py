"""Requests to the API server: one session, few writes at a time, typed errors."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, Protocol

import aiohttp
import orjson

from tradingstack_operator.cluster.errors import (
    BusyError,
    RefusedError,
    UnauthorizedError,
    UnreachableError,
    error_of,
)
from tradingstack_operator.model.kinds import Kind
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.model.ports import NotLeaderError, PortError

JSON: Final = "application/json"
APPLY_PATCH: Final = "application/apply-patch+yaml"
MERGE_PATCH: Final = "application/merge-patch+json"
PAGE_SIZE: Final = 50
TIMEOUT: Final = aiohttp.ClientTimeout(total=15, connect=5)
LONGEST_PAUSE: Final = 5.0
"""Seconds: a longer ``Retry-After`` is left to the queue, so that no worker waits out a storm."""


class Identity(Protocol):
    """Who the operator is to the API server."""

    def token(self) -> str: ...

    def expire(self) -> None:
        """Read the token afresh next time, because this one was not accepted."""


@dataclass(frozen=True, slots=True)
class Client:
    """The requests the operator may make."""

    session: aiohttp.ClientSession
    server: str
    identity: Identity
    in_flight: asyncio.Semaphore
    may_write: Callable[[], bool]
    on_answer: Callable[[str, str, int, float], None] = field(repr=False)
    """Told the verb, path, status (0: none came) and seconds of every request but watches."""

    async def list_page(
        self, kind: Kind, selector: Mapping[str, str], page: str, *, metadata_only: bool
    ) -> Manifest:
        """Read one page of a collection; ``metadata.continue`` of the answer names the next.

        ``selector`` holds the API server's parameters labelSelector and fieldSelector.
        """
        query = {"limit": str(PAGE_SIZE), "continue": page, **selector}
        accept = partial("PartialObjectMetadataList") if metadata_only else JSON
        return await self._send("GET", kind.path(), query=query, accept=accept)

    @asynccontextmanager
    async def watch(
        self,
        kind: Kind,
        selector: Mapping[str, str],
        since: str,
        *,
        metadata_only: bool,
        seconds: int,
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Follow a collection, line by line, for some seconds; silence beyond them is an error."""
        query = {
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": since,
            "timeoutSeconds": str(seconds),
            **selector,
        }
        accept = partial("PartialObjectMetadata") if metadata_only else JSON
        timeout = aiohttp.ClientTimeout(total=None, connect=5, sock_read=seconds + 2)
        with translated():
            async with self.session.get(
                self.server + kind.path(),
                params=query,
                headers=self._headers(accept),
                timeout=timeout,
            ) as answer:
                if answer.status != HTTPStatus.OK:
                    raise self._failure(answer, await answer.read())
                yield lines(answer.content)

    async def apply(self, path: str, body: bytes, manager: str, *, force: bool = True) -> Manifest:
        """Apply server-side; with ``force``, take over the fields of other managers."""
        return await self._write(
            "PATCH",
            path,
            query={"fieldManager": manager, "force": "true" if force else "false"},
            body=body,
            content_type=APPLY_PATCH,
        )

    async def merge(
        self, kind: Kind, namespace: str, name: str, patch: Mapping[str, Any], manager: str
    ) -> Manifest:
        """Send a JSON merge patch; one that names a resource version fails on any other."""
        return await self._write(
            "PATCH",
            kind.path(namespace, name),
            query={"fieldManager": manager},
            body=patch,
            content_type=MERGE_PATCH,
        )

    async def delete(
        self, kind: Kind, namespace: str, name: str, uid: str, propagation: str
    ) -> None:
        """Delete the object with this UID, never a namesake."""
        body = {"preconditions": {"uid": uid}, "propagationPolicy": propagation}
        await self._write("DELETE", kind.path(namespace, name), body=body)

    async def create(self, kind: Kind, manifest: Manifest) -> Manifest:
        return await self._write(
            "POST", kind.path(manifest["metadata"]["namespace"]), body=manifest
        )

    async def get(self, path: str, accept: str = JSON) -> Manifest:
        return await self._send("GET", path, accept=accept)

    async def send(self, verb: str, path: str, body: Manifest | None) -> Manifest:
        """Send what needs no leadership: reviews of the operator's own access, and its Lease."""
        return await self._send(verb, path, body=body)

    async def _write(self, verb: str, path: str, **options: Any) -> Manifest:
        async with self.in_flight:
            return await self._send(verb, path, fenced=True, **options)

    async def _send(self, verb: str, path: str, **options: Any) -> Manifest:
        """Send, and once more if a stale token or connection, or a busy server, was the reason."""
        try:
            return await self._once(verb, path, **options)
        except (UnauthorizedError, UnreachableError):
            pause = 0.0
        except BusyError as error:
            if error.retry_after > LONGEST_PAUSE:
                raise
            pause = error.retry_after * random.uniform(1, 1.5)  # noqa: S311 - it spreads load
        await asyncio.sleep(pause)
        return await self._once(verb, path, **options)

    async def _once(
        self,
        verb: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | bytes | None = None,
        content_type: str = JSON,
        accept: str = JSON,
        fenced: bool = False,
    ) -> Manifest:
        if fenced and not self.may_write():
            raise NotLeaderError("this replica does not hold the lease")
        loop = asyncio.get_running_loop()
        started, status = loop.time(), 0
        try:
            with translated():
                async with self.session.request(
                    verb,
                    self.server + path,
                    params=query,
                    data=body if body is None or isinstance(body, bytes) else orjson.dumps(body),
                    headers=self._headers(accept) | {"Content-Type": content_type},
                    timeout=TIMEOUT,
                ) as answer:
                    text = await answer.read()
                    status = answer.status
                    if status >= HTTPStatus.BAD_REQUEST:
                        raise self._failure(answer, text)
                    manifest: Manifest = orjson.loads(text)
                    return manifest
        finally:
            self.on_answer(verb, path, status, loop.time() - started)

    def _headers(self, accept: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.identity.token()}", "Accept": accept}

    def _failure(self, answer: aiohttp.ClientResponse, text: bytes) -> PortError | RefusedError:
        error = error_of(answer.status, text, answer.headers.get("Retry-After"))
        if isinstance(error, UnauthorizedError):
            self.identity.expire()
        return error


def partial(kind: str) -> str:
    return f"{JSON};as={kind};g=meta.k8s.io;v=v1"


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the HTTP library, TLS and JSON raise into this room's errors."""
    try:
        yield
    except (aiohttp.ClientError, OSError, TimeoutError, orjson.JSONDecodeError) as error:
        raise UnreachableError(f"{type(error).__name__}: {error}") from error


async def lines(stream: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Cut a stream at its newlines; an object may be longer than any buffer."""
    rest = b""
    async for chunk in stream.iter_any():
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line
    if rest:
        raise UnreachableError("the stream ended in the middle of a line")
