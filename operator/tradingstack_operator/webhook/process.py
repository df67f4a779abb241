"""One webhook process: its listener, its caches and kopf, wired."""

import asyncio
import gc
import logging
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

import aiohttp

from tradingstack_operator.api import names
from tradingstack_operator.cluster.client import Client
from tradingstack_operator.cluster.credentials import ServiceAccount
from tradingstack_operator.cluster.informer import Informer
from tradingstack_operator.cluster.preflight import check_requirements
from tradingstack_operator.controller.handlers import Login
from tradingstack_operator.model.findings import Violation
from tradingstack_operator.model.kinds import NAMESPACE, Kind
from tradingstack_operator.rules.judge import judge
from tradingstack_operator.rules.registry import POLICIES, REGISTRY, Registry
from tradingstack_operator.rules.request import Request
from tradingstack_operator.rules.rule import Crd, Rule
from tradingstack_operator.settings import WebhookSettings
from tradingstack_operator.telemetry import http
from tradingstack_operator.webhook.certificate import Certificate
from tradingstack_operator.webhook.handlers import Shell
from tradingstack_operator.webhook.metrics import Metrics
from tradingstack_operator.webhook.requirements import READ, missing_requirements
from tradingstack_operator.webhook.server import Listener
from tradingstack_operator.webhook.surroundings import Surroundings

log = logging.getLogger(__name__)

PATIENCE: Final = 1.0
"""Seconds to wait for a namespace or PlatformPolicy that may have been made just before."""


def is_about_ours(rule: Rule[Any]) -> bool:
    """Tell whether a rule can refuse an object of ours; asking the others would take time."""
    policies = {
        policy.name
        for policy in POLICIES
        for match in policy.matches
        if match.group in {names.GROUP, "*"}
    }
    return any(
        isinstance(expression, Crd) or expression.policy in policies
        for expression in rule.expressions
    )


OURS: Final = Registry(request=tuple(filter(is_about_ours, REGISTRY.request)))


class Webhook:
    """Built without a connection; ``run`` does everything else."""

    def __init__(self, settings: WebhookSettings, now: Callable[[], datetime]) -> None:
        self.settings = settings
        self.now = now
        self.metrics = Metrics()
        self.account = ServiceAccount(settings.credentials_directory, time.monotonic)
        self.certificate = Certificate(
            settings.certificate_directory,
            now,
            lambda expires: self.metrics.certificate_expiry.set(expires.timestamp()),
        )
        self.surroundings = Surroundings()
        self.listener = Listener(self.certificate, self.metrics)
        self.informers: tuple[Informer, ...] = ()

    async def run(self, on_shell_started: Callable[[], None]) -> None:
        """Listen at once, and judge as soon as the caches are full.

        ``on_shell_started`` is called when kopf has started, as it then has taken over the
        process's signals. Raises ``RequirementsError``.
        """
        settings = self.settings
        connector = aiohttp.TCPConnector(limit=0, ssl=self.account.tls())
        async with (
            http.serve(
                settings.http_host, settings.http_port, self.metrics.registry, self.not_ready
            ) as port,
            self.listener.listen(settings.webhook_host, settings.webhook_port) as webhook_port,
            aiohttp.ClientSession(connector=connector) as session,
        ):
            log.info("started", extra={"port": port, "webhook_port": webhook_port})
            client = Client(
                session=session,
                server=settings.api_server,
                identity=self.account,
                in_flight=asyncio.Semaphore(1),
                may_write=lambda: False,
                on_answer=lambda *_: None,
            )
            await check_requirements(lambda: missing_requirements(client))
            async with asyncio.TaskGroup() as working:
                working.create_task(self.certificate.follow())
                self.informers = tuple(self._make_informer(client, kind) for kind in READ)
                for informer in self.informers:
                    working.create_task(informer.run())
                    await informer.synced.wait()
                # What is there by now stays: collections need not walk it again and again.
                gc.collect()
                gc.freeze()
                working.create_task(self._make_shell(on_shell_started).run())

    async def review(self, request: Request) -> tuple[Violation, ...]:
        """Find everything for which to refuse a request.

        Of what was made just before, such as a namespace of the same file, this process may not
        have heard yet; so it does not refuse for want of it at once.
        """
        violations = judge(self.surroundings.around(request), OURS)
        if violations and not self.surroundings.are_complete(request):
            await self.surroundings.completed(request, PATIENCE)
            violations = judge(self.surroundings.around(request), OURS)
        return violations

    def not_ready(self) -> Iterator[str]:
        yield from self.certificate.not_ready()
        if not self.informers:
            yield "the requirements are not checked yet"
        for informer in self.informers:
            if not informer.synced.is_set():
                yield f"{informer.kind.plural} are not listed yet"
            elif not informer.connected:
                yield f"{informer.kind.plural} are not watched at the moment"
        if self.informers and self.listener.kopf is None:
            yield "the kopf shell is not running"

    def _make_informer(self, client: Client, kind: Kind) -> Informer:
        return Informer(
            client,
            kind,
            self.surroundings,
            self._stream_failed,
            metadata_only=kind is NAMESPACE,
        )

    def _make_shell(self, on_started: Callable[[], None]) -> Shell:
        login = Login(
            self.settings.api_server, str(self.account.ca_file), self.account.token, self.now
        )
        return Shell(self.review, login, self.listener, on_started)

    def _stream_failed(self, kind: Kind, error: Exception) -> None:
        self.metrics.stream_failures.labels(kind.plural).inc()
        log.warning("stream failed", extra={"resource": kind.plural, "error": str(error)})
