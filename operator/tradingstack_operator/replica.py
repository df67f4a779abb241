"""One operator process: its adapters, its shell and its loop, wired."""

import asyncio
import gc
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

import aiohttp

from tradingstack_operator.api import names
from tradingstack_operator.cluster.client import Client
from tradingstack_operator.cluster.cluster import Cluster
from tradingstack_operator.cluster.credentials import ServiceAccount
from tradingstack_operator.cluster.guards import Guards
from tradingstack_operator.cluster.informer import Informer
from tradingstack_operator.cluster.lease import ClusterLease
from tradingstack_operator.cluster.preflight import check_requirements, missing_requirements
from tradingstack_operator.cluster.signals import Signals
from tradingstack_operator.cluster.signing_keys import SigningKeys
from tradingstack_operator.cluster.store import Store
from tradingstack_operator.controller import handlers
from tradingstack_operator.controller.decision import Decisions
from tradingstack_operator.controller.disputes import Disputes
from tradingstack_operator.controller.leadership import RENEW_EVERY, Leadership
from tradingstack_operator.controller.loop import Workers
from tradingstack_operator.controller.queue import KeyQueue
from tradingstack_operator.controller.reconcile import Pass, Reconciler
from tradingstack_operator.controller.report import Reporter
from tradingstack_operator.controller.rotation import SecretWatch
from tradingstack_operator.model.kinds import (
    EVENT,
    GUARD_KINDS,
    MANAGED_KINDS,
    MONITOR_KINDS,
    NAMESPACE,
    PLATFORM_POLICY,
    POD,
    STACK_OPERATION,
    TRADING_HALT,
    TRADING_STACK,
    Kind,
)
from tradingstack_operator.model.objects import ObjectRef, StackKey
from tradingstack_operator.model.observed import Observed
from tradingstack_operator.settings import Settings
from tradingstack_operator.telemetry import http
from tradingstack_operator.telemetry.metrics import Metrics
from tradingstack_operator.vault.metadata import Account, Vault

log = logging.getLogger(__name__)

NOISE: Final = 0.2
"""Seconds that a look waits for more changes of the stack's objects."""
GUARDS_EVERY: Final = 5.0
"""Seconds between two checks that the guards are still being read."""
MANAGED_SELECTOR: Final = f"{names.LABEL_MANAGED_BY}={names.MANAGED_BY}"
STACK_SELECTOR: Final = names.LABEL_STACK
"""Of pods, whoever makes them."""
REFUSALS: Final = "reason=FailedCreate"
"""The Events about pods, and claims, that the API server did not let a workload make."""
GUARD_SELECTOR: Final = f"{names.LABEL_PART_OF}={names.PART_OF}"


class Replica:
    """Built without a connection; ``run`` does everything else."""

    def __init__(self, settings: Settings, now: Callable[[], datetime]) -> None:
        self.settings = settings
        self.now = now
        self.queue = KeyQueue(time.monotonic)
        self.metrics = Metrics(lambda: len(self.queue.due), self.leads, self.reported)
        self.account = ServiceAccount(settings.credentials_directory, time.monotonic)
        self.store = Store(self.wake, settings.images())
        self.signals = Signals(self.store.learn_signals)
        self.guards = Guards(time.monotonic, self._guards_changed)
        self.shell_running = asyncio.Event()
        self.informers: tuple[Informer, ...] = ()
        self.leadership: Leadership | None = None

    async def run(self, on_shell_started: Callable[[], None]) -> None:
        """Check the requirements, fill the caches, then bid for leadership and work.

        ``on_shell_started`` is called whenever kopf has started, as it then has taken over the
        process's signals. Raises ``RequirementsError``.
        """
        settings = self.settings
        connector = aiohttp.TCPConnector(limit=0, ssl=self.account.tls())
        async with (
            http.serve(
                settings.http_host, settings.http_port, self.metrics.registry, self.not_ready
            ) as port,
            aiohttp.ClientSession(connector=connector) as session,
        ):
            log.info("started", extra={"replica": settings.identity, "port": port})
            client = Client(
                session=session,
                server=settings.api_server,
                identity=self.account,
                in_flight=asyncio.Semaphore(settings.writes_in_flight),
                may_write=self.leads,
                on_answer=self.metrics.request_answered,
            )
            await check_requirements(lambda: missing_requirements(client, settings.namespace))
            async with asyncio.TaskGroup() as reading:
                if settings.relay_subject:
                    keys = SigningKeys(client, settings.relay_subject, self.store.learn_relay)
                    await check_requirements(keys.missing)
                    reading.create_task(keys.follow())
                self.informers = self._make_informers(client)
                # one list after another: all at once, they are most of what the process ever holds
                for informer in self.informers:
                    reading.create_task(informer.run())
                    await informer.synced.wait()
                reading.create_task(self._doubt_guards())
                # what they tell explains, and decides nothing: no start waits for it
                for informer in self._make_listeners(client):
                    reading.create_task(informer.run())
                # What is there by now stays: collections need not walk it again and again.
                gc.collect()
                gc.freeze()
                log.info("caches filled", extra={"stacks": len(list(self.store.stack_keys()))})
                self.leadership = self._make_leadership(client)
                reading.create_task(self.leadership.run())
                async with asyncio.TaskGroup() as working:
                    working.create_task(
                        self._make_workers(client, self.leadership).run(settings.workers)
                    )
                    working.create_task(self._make_shell(on_shell_started).run())
                    if settings.vault_address:
                        working.create_task(self._watch_secrets(self.leadership.leading))

    def leads(self) -> bool:
        return self.leadership is not None and self.leadership.may_write()

    def reported(self) -> Iterator[Observed]:
        """Give the stacks whose state this replica reports; the others would only repeat it."""
        if self.leads():
            yield from filter(None, map(self.store.observe, list(self.store.stack_keys())))

    def wake(self, key: StackKey, *, urgent: bool) -> None:
        self.queue.add(key, 0.0 if urgent else NOISE)

    def not_ready(self) -> Iterator[str]:
        if not self.informers:
            yield "the requirements are not checked yet"
        for informer in self.informers:
            if not informer.synced.is_set():
                yield f"{informer.kind.plural} are not listed yet"
            elif not informer.connected:
                yield f"{informer.kind.plural} are not watched at the moment"
        if self.informers and not self.shell_running.is_set():
            yield "the kopf shell is not running"

    def _make_informers(self, client: Client) -> tuple[Informer, ...]:
        own = (TRADING_STACK, TRADING_HALT, STACK_OPERATION, PLATFORM_POLICY)
        return (
            *(
                Informer(
                    client, kind, self.guards, self._stream_failed, GUARD_SELECTOR, relist=True
                )
                for kind in GUARD_KINDS
            ),
            *(Informer(client, kind, self.store, self._stream_failed) for kind in own),
            Informer(client, NAMESPACE, self.store, self._stream_failed, metadata_only=True),
            *(Informer(client, kind, self.store, self._stream_failed) for kind in MONITOR_KINDS),
            *(
                Informer(client, kind, self.store, self._stream_failed, MANAGED_SELECTOR)
                for kind in MANAGED_KINDS
            ),
        )

    def _make_listeners(self, client: Client) -> tuple[Informer, ...]:
        report = self._stream_failed
        return (
            Informer(client, POD, self.signals, report, STACK_SELECTOR),
            Informer(client, EVENT, self.signals, report, fields=REFUSALS),
        )

    async def _watch_secrets(self, leading: asyncio.Event) -> None:
        settings = self.settings
        account = Account(
            address=settings.vault_address,
            role=settings.vault_role,
            mount=settings.vault_mount,
            auth_mount=settings.vault_auth_mount,
            token_file=settings.vault_token_file,
            ca_file=settings.vault_ca_file,
        )
        vault, store = Vault(account), self.store
        watch = SecretWatch(
            vault,
            store.folders,
            store.learn_secrets,
            leading,
            self.now,
            settings.vault_poll_seconds,
        )
        try:
            await watch.run()
        finally:
            vault.close()

    def _make_leadership(self, client: Client) -> Leadership:
        namespace, identity = self.settings.namespace, self.settings.identity
        return Leadership(
            lease=ClusterLease(client, namespace, names.LEASE_NAME, RENEW_EVERY),
            namespace=namespace,
            name=names.LEASE_NAME,
            identity=identity,
            clock=time.monotonic,
            now=self.now,
            on_gained=lambda: log.info("leading", extra={"replica": identity}),
        )

    def _make_workers(self, client: Client, leadership: Leadership) -> Workers:
        cluster = Cluster(client, self.store)
        reconciler = Reconciler(
            cluster=cluster,
            decisions=Decisions(),
            disputes=Disputes(time.monotonic),
            reporter=Reporter(
                cluster,
                time.monotonic,
                self.now,
                self.settings.identity,
                lambda: client.in_flight.locked() or self.queue.backlog(),
            ),
            now=self.now,
        )
        return Workers(
            queue=self.queue,
            reconciler=reconciler,
            leading=leadership.leading,
            resync=self.settings.resync_seconds,
            on_pass=self._look_finished,
            on_failure=self._look_failed,
        )

    def _make_shell(self, on_started: Callable[[], None]) -> handlers.Shell:
        login = handlers.Login(
            self.settings.api_server, str(self.account.ca_file), self.account.token, self.now
        )
        return handlers.Shell(
            self._changed, login, on_started, self._shell_ended, self.shell_running
        )

    def _changed(self, kind: Kind, namespace: str, name: str, version: int) -> None:
        """Wake whom a change that only kopf has seen concerns; the informers wake the others."""
        if self.store.knows(kind, namespace, name, version):
            return
        if kind is TRADING_STACK:
            self.queue.add(StackKey(namespace, name), NOISE)
            return
        for key in self.store.stack_keys():
            if namespace in {"", key.namespace}:
                self.queue.add(key, NOISE)

    async def _doubt_guards(self) -> None:
        """Notice guards that are not read any more: no event tells of that."""
        while True:
            await asyncio.sleep(GUARDS_EVERY)
            self.guards.judge()

    def _guards_changed(self, problems: Mapping[ObjectRef, str]) -> None:
        self.metrics.guards_judged(problems)
        broken = tuple(f"{ref} {problem}" for ref, problem in sorted(problems.items()) if problem)
        level = logging.WARNING if broken else logging.INFO
        log.log(level, "guards compared with what was shipped", extra={"broken": broken})
        self.store.learn_guards(broken)

    def _stream_failed(self, kind: Kind, error: Exception) -> None:
        self.metrics.stream_failures.labels(kind.plural).inc()
        log.warning("stream failed", extra={"resource": kind.plural, "error": str(error)})

    def _shell_ended(self, error: BaseException | None) -> None:
        self.metrics.shell_restarts.inc()
        log.warning("kopf ended and is started again", extra={"error": str(error)})

    def _look_finished(self, outcome: Pass, seconds: float) -> None:
        self.metrics.look_finished(outcome.changes, seconds)
        news = outcome.changes or outcome.reported or outcome.operations
        level = logging.INFO if news else logging.DEBUG
        log.log(level, "stack reconciled", extra=outcome.summary() | {"seconds": round(seconds, 4)})

    def _look_failed(self, key: StackKey, error: Exception, pause: float) -> None:
        self.metrics.looks.labels("failed").inc()
        log.warning(
            "stack not reconciled",
            extra={"stack": str(key), "error": str(error), "retry_in": round(pause, 2)},
        )
