"""The cluster behind HTTP, and what a test may do to the connection."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Self

import orjson
from aiohttp import web

from tests.support.fakeserver.cluster import Cluster
from tests.support.fakeserver.dispatch import (
    PLAIN,
    authorize,
    call_of,
    locate,
    parse,
    perform,
    perform_plain,
)
from tests.support.fakeserver.errors import Refusal
from tests.support.fakeserver.faults import Call, Fault, Faults
from tests.support.fakeserver.resources import DEFAULT_KINDS, Address
from tests.support.fakeserver.store import Change
from tests.support.fakeserver.views import End, Pages, Watch, selection, view_of, wants_bookmarks
from tradingstack_operator.model.kinds import Kind

_HALF_A_LINE: Final = b'{"type":"MODIFIED","object":{"kind":"Depl'
_NO_HEADERS: Final[Mapping[str, str]] = {}


class FakeServer:
    """An API server in this process and on a port of the loopback interface."""

    def __init__(
        self,
        kinds: Iterable[Kind] = DEFAULT_KINDS,
        *,
        crds: Iterable[dict] = (),
        namespaces: Iterable[str] = ("default",),
    ):
        self.cluster = Cluster(kinds, crds=crds, namespaces=namespaces)
        self.faults = Faults()
        self.requests: list[Call] = []
        self.port = 0
        self._pages = Pages(self.cluster.store)
        # as after a start: the cache of the server knows nothing older
        self.cluster.store.expire()
        self._denied: set[tuple[str, str, str]] = set()
        self._watches: set[Watch] = set()
        self._web = web.Server(self._answer, handler_cancellation=True)
        self._listener: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self.resume()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop_accepting()
        await self._web.shutdown(1)

    async def resume(self) -> None:
        """Listen, on the same port as before."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            self._web, "127.0.0.1", self.port, reuse_address=True
        )
        self.port = self._listener.sockets[0].getsockname()[1]

    def stop_accepting(self) -> None:
        """Go away as a killed server does: every connection breaks, new ones are refused."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for connection in self._web.connections:
            if connection.transport is not None:
                connection.transport.abort()

    def writes(self) -> list[Call]:
        """List the writes that were answered with success, without the Lease's renewals."""
        return [it for it in self.requests if it.is_write and it.kind != "Lease" and it.succeeded]

    def deny(self, verb: str, group: str, resource: str) -> None:
        """Take a permission away: reviews say so, and such requests answer 403."""
        self._denied.add((verb, group, resource))

    def allow(self, verb: str, group: str, resource: str) -> None:
        self._denied.discard((verb, group, resource))

    def expire(self) -> None:
        """Forget the past: older watches and half-read lists answer 410."""
        self.cluster.store.expire()
        self._pages.expire()

    def hold_watches(self) -> None:
        """Let nobody hear of changes until they are released."""
        self.cluster.store.hold()

    def release_watches(self, drop: Callable[[Change], bool] = lambda _: False) -> None:
        """Deliver the changes held back, but for the dropped ones: those nobody ever hears of."""
        self.cluster.store.release(drop)

    def freeze_reads(self) -> None:
        """Answer GET and LIST from the present state, as a cache that lags behind does."""
        self.cluster.store.freeze_reads()

    def thaw_reads(self) -> None:
        self.cluster.store.thaw_reads()

    def cut_watches(self, *, mid_line: bool = True, broken: bool = True) -> None:
        """End every stream, in the midst of a line if wanted, cleanly or by a broken connection."""
        for watch in self._watches:
            watch.queue.put_nowait(End(_HALF_A_LINE if mid_line else b"", broken))

    def fail_watches(self, code: int = 410, reason: str = "Expired") -> None:
        """End every stream with an ERROR event."""
        for watch in self._watches:
            watch.fail(Refusal(code, reason, "injected by the test").status)

    def send_bookmarks(self) -> None:
        for watch in self._watches:
            watch.bookmark(self.cluster.store.version)

    @property
    def open_watches(self) -> list[Address]:
        return [watch.address for watch in self._watches]

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        call = call_of(request)
        self.requests.append(call)
        fault: Fault | None = None
        try:
            if text := await request.read():
                call.body = parse(text)
            address = locate(self.cluster.catalogue, call, request.content_type)
            fault = self.faults.take(call)
            if fault:
                await self._suffer(fault, request)
            if address is None:
                answer = perform_plain(self.cluster.catalogue, self._denied, call)
            else:
                authorize(self._denied, call, address)
                if call.verb == "watch":
                    return await self._stream(request, call, address)
                accept = request.headers.get("Accept", "")
                answer = perform(self.cluster, self._pages, call, address, accept)
        except Refusal as refusal:
            answer = refusal.code, orjson.dumps(refusal.status)
        if fault and fault.drops:
            raise _broken(request)
        call.status, body = answer
        return web.Response(
            status=call.status,
            body=body,
            content_type="text/plain" if call.path in PLAIN else "application/json",
            headers=fault.headers if fault else _NO_HEADERS,
        )

    async def _suffer(self, fault: Fault, request: web.BaseRequest) -> None:
        if fault.gate:
            fault.gate.reached.set()
            await fault.gate.opened.wait()
        if fault.status:
            raise Refusal(fault.status, "Injected", fault.message)
        if fault.drops and not fault.applied:
            raise _broken(request)

    async def _stream(
        self, request: web.BaseRequest, call: Call, address: Address
    ) -> web.StreamResponse:
        test = selection(call.query.get("labelSelector"), call.query.get("fieldSelector"))
        accept = request.headers.get("Accept", "")
        watch = Watch(address, test, view_of(accept))
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        call.status = 200
        try:
            watch.begin(self.cluster.store, call.query)
        except Refusal as refusal:
            # the real server has begun its answer by the time it knows
            watch.fail(refusal.status)
        self.cluster.store.subscribers.add(watch)
        self._watches.add(watch)
        try:
            await response.prepare(request)
            end = await self._relay(watch, response, call)
        finally:
            self.cluster.store.subscribers.discard(watch)
            self._watches.discard(watch)
        if end.tail:
            await response.write(end.tail)
        if end.broken:
            raise _broken(request)
        return response

    async def _relay(self, watch: Watch, response: web.StreamResponse, call: Call) -> End:
        """Pass events on until the stream is ended or its time is up."""
        seconds = float(call.query.get("timeoutSeconds") or 0) or None
        try:
            async with asyncio.timeout(seconds):
                while True:
                    item = await watch.queue.get()
                    if isinstance(item, End):
                        return item
                    await response.write(item)
        except TimeoutError:
            if not wants_bookmarks(call.query):
                return End()
            return End(watch.bookmark_line(self.cluster.store.version))


def _broken(request: web.BaseRequest) -> BaseException:
    """Break the connection; the exception ends the handler without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return asyncio.CancelledError()
