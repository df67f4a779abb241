"""The listener: admission reviews over TLS, handed to kopf and answered."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any, Final, Protocol

import orjson
from aiohttp import web

from tradingstack_operator.api.names import GROUP
from tradingstack_operator.model.kinds import OWN_KINDS
from tradingstack_operator.webhook.certificate import Certificate
from tradingstack_operator.webhook.metrics import Metrics

log = logging.getLogger(__name__)

PATH: Final = "/review"
REVIEWED: Final[ContextVar[dict[str, Any]]] = ContextVar("REVIEWED")
"""The request of the review under way, for its handler.

kopf gets an outline: it would copy and compare the whole objects for every review, and what it does
not have it cannot log.
"""
LARGEST: Final = 8 * 1024**2
"""Bytes of a review: it holds an object twice, and etcd takes objects of up to 1.5 MiB."""
LAST_ANSWERS: Final = 5.0
"""Seconds that reviews under way have left when the process ends."""
RESOURCES: Final = frozenset(kind.plural for kind in OWN_KINDS)

JSON: Final = "application/json"


class Answer(Protocol):
    """kopf's part: it finds the handler and wraps its verdict."""

    def __call__(
        self,
        request: Any,
        *,
        webhook: str | None = None,
        headers: dict[str, str] | None = None,
        sslpeer: dict[str, Any] | None = None,
    ) -> Awaitable[Any]: ...


class Listener:
    """Listens as long as the process lives; kopf comes when it has found our kinds."""

    def __init__(self, certificate: Certificate, metrics: Metrics) -> None:
        self.certificate = certificate
        self.metrics = metrics
        self.kopf: Answer | None = None

    async def __call__(self, answer: Any) -> AsyncIterator[Any]:
        """Be a webhook server to kopf: take the function that answers reviews."""
        self.kopf = answer
        log.info("judging")
        try:
            yield {"url": PATH}  # nobody asks: the chart writes the webhook's configuration
            await asyncio.Event().wait()
        finally:
            self.kopf = None

    @asynccontextmanager
    async def listen(self, host: str, port: int) -> AsyncIterator[int]:
        """Answer until the context ends; gives the port, chosen by the system for 0."""
        app = web.Application(client_max_size=LARGEST)
        app.router.add_post(PATH, self._review)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=LAST_ANSWERS)
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port, ssl_context=self.certificate.listener())
            await site.start()
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()

    async def _review(self, request: web.Request) -> web.Response:
        loop = asyncio.get_running_loop()
        body = await request.read()
        started = loop.time()
        try:
            review = orjson.loads(body)
        except orjson.JSONDecodeError:
            return problem(HTTPStatus.BAD_REQUEST, "the body is not JSON")
        if flaw := flaw_of(review):
            return problem(HTTPStatus.BAD_REQUEST, flaw)
        asked = review["request"]
        resource = asked["resource"]["resource"]
        if self.kopf is None:
            self.metrics.reviews.labels(resource, "failed").inc()
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, "the webhook is starting; try again")
        REVIEWED.set(asked)
        answer = await self.kopf(review | {"request": outline(asked)})
        outcome = outcome_of(answer["response"])
        self.metrics.reviews.labels(resource, outcome).inc()
        if outcome == "failed":
            message = answer["response"]["status"]["message"]
            return problem(HTTPStatus.INTERNAL_SERVER_ERROR, message)
        response = web.Response(body=orjson.dumps(answer), content_type=JSON)
        self.metrics.review_seconds.observe(loop.time() - started)
        return response


def problem(status: HTTPStatus, text: str) -> web.Response:
    """Give no verdict, so that the API server goes by the webhook's ``failurePolicy``."""
    body = {
        "apiVersion": "v1",
        "kind": "Status",
        "status": "Failure",
        "message": text,
        "code": status,
    }
    return web.Response(status=status, body=orjson.dumps(body), content_type=JSON)


def flaw_of(review: Any) -> str:
    """Say what makes a review useless; only the API server has a reason to send any."""
    match review:
        case {
            "request": {
                "uid": str(),
                "operation": str() as operation,
                "resource": {"group": str() as group, "version": str(), "resource": str() as name},
                "userInfo": {"username": str()},
                **asked,
            }
        }:
            pass
        case _:
            return "the body is not an AdmissionReview"
    if group != GROUP or name not in RESOURCES:
        return "this webhook judges kinds of tradingstack.io only"
    needed = {"CREATE": ("object",), "UPDATE": ("object", "oldObject")}.get(operation, ())
    missing = [part for part in needed if not isinstance(asked.get(part), dict)]
    return f"the review lacks {' and '.join(missing)}" if missing else ""


def outline(asked: dict[str, Any]) -> dict[str, Any]:
    """Leave of the objects in a review what tells which ones they are."""
    objects = {part: asked[part] for part in ("object", "oldObject") if asked.get(part)}
    return asked | {part: {"metadata": identity(one)} for part, one in objects.items()}


def identity(manifest: dict[str, Any]) -> dict[str, Any]:
    metadata = manifest.get("metadata") or {}
    return {key: metadata[key] for key in ("name", "namespace", "uid") if key in metadata}


def outcome_of(response: dict[str, Any]) -> str:
    if response["allowed"]:
        return "allowed"
    code = response["status"]["code"]
    return "failed" if code >= HTTPStatus.INTERNAL_SERVER_ERROR else "refused"
