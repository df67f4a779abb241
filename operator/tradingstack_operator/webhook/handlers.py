"""kopf, the shell of the webhook: it finds the handler of each review and words the answer.

It watches nothing and writes nothing. The listener is ours (``server.py``): kopf is given it in
place of its own server, as it provides for.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import kopf
from kopf._core.reactor.inventory import ResourceMemories, ResourceMemory

from tradingstack_operator.api import names
from tradingstack_operator.controller.handlers import (
    LONGEST_STOP,
    Everyone,
    Login,
    apply_settings,
    ignore_kopf_tasks,
    register_login,
)
from tradingstack_operator.model.findings import Violation
from tradingstack_operator.model.kinds import OWN_KINDS, Kind
from tradingstack_operator.rules.policies import WRITES
from tradingstack_operator.rules.request import (
    BREAK_GLASS,
    GUARD,
    OPERATE,
    RELEASE,
    Request,
)
from tradingstack_operator.webhook.server import REVIEWED, Listener

ALL_RIGHTS: Final = frozenset({OPERATE, RELEASE, BREAK_GLASS, GUARD})
"""Only the API server's authorizer knows who has which right, so the policies alone ask."""
REFUSED: Final = 422
FAILED: Final = 500
log = logging.getLogger(__name__)

Review = Callable[[Request], Awaitable[tuple[Violation, ...]]]
"""Finds everything for which to refuse a request."""


class NoMemories(ResourceMemories):
    """Remember no object: kopf would keep every updated one for ever, as it watches no deletion."""

    async def recall(
        self,
        raw_body: Any,
        *,
        memobase: Any = None,
        noticed_by_listing: bool = False,
        ephemeral: bool = True,
    ) -> ResourceMemory:
        del ephemeral
        return await super().recall(
            raw_body, memobase=memobase, noticed_by_listing=noticed_by_listing, ephemeral=True
        )


def make_registry(review: Review, login: Login, listener: Listener) -> kopf.OperatorRegistry:
    """Register the handlers: a start, a login, and one judge for each of our kinds."""
    registry = kopf.OperatorRegistry()

    @kopf.on.startup(registry=registry)
    async def configure(settings: kopf.OperatorSettings, **_: object) -> None:
        apply_settings(settings)
        settings.admission.server = listener

    register_login(registry, login)
    for kind in OWN_KINDS:
        _register_judge(registry, kind, review)
    return registry


def _register_judge(registry: kopf.OperatorRegistry, kind: Kind, review: Review) -> None:
    @kopf.on.validate(
        names.GROUP,
        names.VERSION,
        kind.plural,
        id=kind.plural,
        operations=list(WRITES),
        registry=registry,
    )
    async def validate(**_: object) -> None:
        asked = REVIEWED.get()
        if asked["operation"] not in WRITES:
            return  # kopf asks for deletes as well, which nobody may hinder
        metadata = asked["object"].get("metadata", {})
        request = Request(
            operation=asked["operation"],
            group=kind.group,
            resource=kind.plural,
            kind=kind.kind,
            name=metadata.get("name", ""),
            namespace=metadata.get("namespace", ""),
            object=asked["object"],
            old=asked.get("oldObject"),
            user=asked["userInfo"]["username"],
            field_manager=(asked.get("options") or {}).get("fieldManager", ""),
            rights=ALL_RIGHTS,
        )
        await refuse_what_breaks_rules(request, review)


async def refuse_what_breaks_rules(request: Request, review: Review) -> None:
    """Raise a ``kopf.AdmissionError`` unless a request keeps every rule."""
    try:
        violations = await review(request)
    except Exception:
        # kopf would answer with the exception's text, which may hold a field's value
        log.exception("review failed", extra=describe(request))
        message = "the webhook could not judge this; its log says why"
        raise kopf.AdmissionError(message, code=FAILED) from None
    if violations:
        rules = sorted({violation.rule for violation in violations})
        log.info("refused", extra=describe(request) | {"rules": rules})
        raise kopf.AdmissionError("\n".join(map(str, violations)), code=REFUSED)


def describe(request: Request) -> dict[str, str]:
    return {
        "operation": request.operation,
        "resource": request.resource,
        "object": f"{request.namespace}/{request.name}".removeprefix("/"),
        "user": request.user,
    }


@dataclass(frozen=True, slots=True)
class Shell:
    """kopf, run until it is cancelled; it ends by itself only when something is badly wrong."""

    review: Review
    login: Login
    listener: Listener
    on_started: Callable[[], None]
    """Called after kopf has taken over the process's signals."""

    async def run(self) -> None:
        asyncio.get_running_loop().set_exception_handler(ignore_kopf_tasks)
        # each refusal is an error to kopf; the reviews are logged here
        logging.getLogger("kopf.objects").setLevel(logging.CRITICAL)
        stop, ready = asyncio.Event(), asyncio.Event()
        shell = asyncio.create_task(self._operate(stop, ready))
        started = asyncio.create_task(ready.wait())
        try:
            await asyncio.wait({shell, started}, return_when=asyncio.FIRST_COMPLETED)
            self.on_started()
            await shell
        finally:
            started.cancel()
            stop.set()
            await asyncio.wait({shell}, timeout=LONGEST_STOP)
            shell.cancel()
        raise RuntimeError("kopf has ended by itself")

    async def _operate(self, stop: asyncio.Event, ready: asyncio.Event) -> None:
        tasks = await kopf.spawn_tasks(
            registry=make_registry(self.review, self.login, self.listener),
            memories=NoMemories(),
            clusterwide=True,
            standalone=True,
            stop_flag=stop,
            ready_flag=ready,
        )
        await kopf.run_tasks(tasks, ignored=Everyone())
