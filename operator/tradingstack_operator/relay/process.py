"""One relay process: its caches, its couriers and its reports, wired."""

import asyncio
import gc
import logging
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

import aiohttp

from tradingstack_operator.cluster.client import Client
from tradingstack_operator.cluster.credentials import ServiceAccount
from tradingstack_operator.cluster.informer import Informer
from tradingstack_operator.cluster.preflight import check_requirements
from tradingstack_operator.model.kinds import ENDPOINT_SLICE, TRADING_HALT, TRADING_STACK, Kind
from tradingstack_operator.relay.dispatch import Dispatch
from tradingstack_operator.relay.metrics import Metrics
from tradingstack_operator.relay.reporter import Reporter
from tradingstack_operator.relay.requirements import missing_requirements
from tradingstack_operator.relay.view import SLICES, View
from tradingstack_operator.settings import RelaySettings
from tradingstack_operator.telemetry import http

log = logging.getLogger(__name__)

WRITES: Final = 4
"""Status writes in flight."""
WATCH_SECONDS: Final = 8
"""How long a watch of halts lasts: so long a dead connection may hide a halt from one relay."""


class Relay:
    """Built without a connection; ``run`` does everything else."""

    def __init__(self, settings: RelaySettings, now: Callable[[], datetime]) -> None:
        self.settings = settings
        self.now = now
        self.account = ServiceAccount(settings.credentials_directory, time.monotonic)
        self.view = View(self._changed)
        self.informers: tuple[Informer, ...] = ()
        self.dispatch: Dispatch | None = None
        self.reporter: Reporter | None = None
        self.metrics = Metrics(
            lambda: len(self.dispatch.couriers) if self.dispatch else 0,
            lambda: len(self.dispatch.troubles) if self.dispatch else 0,
        )

    async def run(self, on_shell_started: Callable[[], None]) -> None:
        """Fill the caches, then send orders and write reports until cancelled.

        kopf has no part in it, so nothing takes over the process's signals. Raises
        ``RequirementsError``.
        """
        del on_shell_started
        settings = self.settings
        connector = aiohttp.TCPConnector(limit=0, ssl=self.account.tls())
        async with (
            http.serve(
                settings.http_host, settings.http_port, self.metrics.registry, self.not_ready
            ) as port,
            aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar()
            ) as session,
        ):
            log.info("started", extra={"relay": settings.identity, "port": port})
            client = Client(
                session=session,
                server=settings.api_server,
                identity=self.account,
                in_flight=asyncio.Semaphore(WRITES),
                may_write=lambda: True,
                on_answer=lambda *_: None,
            )
            await check_requirements(lambda: missing_requirements(client))
            async with asyncio.TaskGroup() as working:
                self.informers = self._make_informers(client)
                for informer in self.informers:
                    working.create_task(informer.run())
                    await informer.synced.wait()
                # What is there by now stays: collections need not walk it again and again.
                gc.collect()
                gc.freeze()
                self.dispatch = self._make_dispatch(session)
                self.reporter = Reporter(client, self.view, self.dispatch.answers, self.now)
                working.create_task(self.dispatch.run())
                working.create_task(self.reporter.run())

    def may_speak(self) -> bool:
        """Only what is watched at this moment may be told: silence halts, a stale order may not."""
        return bool(self.informers) and all(
            informer.connected for informer in self.informers if informer.kind is not ENDPOINT_SLICE
        )

    def not_ready(self) -> Iterator[str]:
        if not self.informers:
            yield "the requirements are not checked yet"
        for informer in self.informers:
            if not informer.synced.is_set():
                yield f"{informer.kind.plural} are not listed yet"
            elif not informer.connected:
                yield f"{informer.kind.plural} are not watched at the moment"

    def _make_informers(self, client: Client) -> tuple[Informer, ...]:
        return (
            *(
                Informer(client, kind, self.view, self._stream_failed, seconds=WATCH_SECONDS)
                for kind in (TRADING_STACK, TRADING_HALT)
            ),
            Informer(client, ENDPOINT_SLICE, self.view, self._stream_failed, SLICES),
        )

    def _make_dispatch(self, session: aiohttp.ClientSession) -> Dispatch:
        return Dispatch(
            # a restarted process counts its orders anew
            instance=f"{self.settings.identity}/{uuid.uuid4().hex[:8]}",
            view=self.view,
            session=session,
            identity=ServiceAccount(self.settings.token_directory, time.monotonic),
            now=self.now,
            may_speak=self.may_speak,
            metrics=self.metrics,
            on_answer=self._answered,
        )

    def _changed(self, namespace: str) -> None:
        if self.dispatch is not None:
            self.dispatch.stir(namespace)
        self._answered(namespace)

    def _answered(self, namespace: str) -> None:
        if self.reporter is not None:
            self.reporter.look(namespace)

    def _stream_failed(self, kind: Kind, error: Exception) -> None:
        self.metrics.stream_failures.labels(kind.plural).inc()
        log.warning("stream failed", extra={"resource": kind.plural, "error": str(error)})
