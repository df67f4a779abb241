"""kopf, the shell: it watches the operator's own kinds and says which stack to look at.

It never sees a difference, keeps no progress and writes nothing: its stores are null, posting and
peering are off, and no handler that detects changes may be registered.
"""

import asyncio
import dataclasses
import random
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

import kopf

from tradingstack_operator.api import names
from tradingstack_operator.model.kinds import (
    PLATFORM_POLICY,
    STACK_OPERATION,
    TRADING_HALT,
    TRADING_STACK,
    Kind,
)

WATCHED: Final = (TRADING_STACK, TRADING_HALT, STACK_OPERATION, PLATFORM_POLICY)
LONGEST_STOP: Final = 5.0
"""Seconds that kopf has to end in order."""
KOPF: Final = str(Path(kopf.__file__).parent)
LOGIN_LIFE: Final = timedelta(minutes=10)
"""How long kopf uses one token; a login that never expires is not tried again after a 401."""


class NullDiff(kopf.DiffBaseStorage):
    """Keep no copy of what was last handled: nobody asks what changed."""

    def build(self, *, body: kopf.Body, extra_fields: object = None) -> Any:
        del body, extra_fields
        return {}

    def fetch(self, *, body: kopf.Body) -> Any:
        del body
        return {}

    def store(self, *, body: kopf.Body, patch: kopf.Patch, essence: object) -> None:
        """Write nothing."""


class NullProgress(kopf.ProgressStorage):
    """Keep no progress: a pass over a stack starts from what is observed."""

    def fetch(self, *, key: object, body: kopf.Body) -> None:
        del key, body

    def store(self, *, key: object, record: object, body: kopf.Body, patch: kopf.Patch) -> None:
        """Write nothing."""

    def purge(self, *, key: object, body: kopf.Body, patch: kopf.Patch) -> None:
        """Write nothing."""

    def touch(self, *, body: kopf.Body, patch: kopf.Patch, value: object) -> None:
        """Write nothing."""

    def clear(self, *, essence: Any) -> Any:
        return essence


class Forever:
    """Pauses without an end: no number of failed requests makes kopf give up."""

    def __iter__(self) -> Iterator[float]:
        yield from (0.2, 0.5, 1.0)
        while True:
            yield random.uniform(1.5, 3.0)  # noqa: S311 - it spreads load


@dataclasses.dataclass(frozen=True, slots=True)
class Login:
    """How kopf reaches the API server."""

    server: str
    ca_file: str
    token: Callable[[], str]
    now: Callable[[], datetime]


class Wake(Protocol):
    """Told that an object of one of the watched kinds changed."""

    def __call__(self, kind: Kind, namespace: str, name: str, version: int) -> None: ...


def make_registry(wake: Wake, login: Login) -> kopf.OperatorRegistry:
    """Register the handlers: a start, a login, and one event handler for each watched kind."""
    registry = kopf.OperatorRegistry()

    @kopf.on.startup(registry=registry)
    async def configure(settings: kopf.OperatorSettings, **_: object) -> None:
        apply_settings(settings)

    register_login(registry, login)
    for kind in WATCHED:
        _register_wake(registry, kind, wake)
    refuse_change_detection(registry)
    return registry


def register_login(registry: kopf.OperatorRegistry, login: Login) -> None:
    @kopf.on.login(registry=registry)
    async def log_in(**_: object) -> kopf.ConnectionInfo:
        return kopf.ConnectionInfo(
            server=login.server,
            ca_path=login.ca_file,
            token=login.token(),
            expiration=login.now() + LOGIN_LIFE,
        )


def _register_wake(registry: kopf.OperatorRegistry, kind: Kind, wake: Wake) -> None:
    @kopf.on.event(names.GROUP, names.VERSION, kind.plural, registry=registry)
    async def changed(meta: kopf.Meta, **_: object) -> None:
        wake(kind, meta.get("namespace", ""), meta["name"], int(meta["resourceVersion"]))


def apply_settings(settings: kopf.OperatorSettings) -> None:
    settings.persistence.diffbase_storage = NullDiff()
    settings.persistence.progress_storage = NullProgress()
    settings.posting.enabled = False
    settings.scanning.disabled = True
    settings.process.ultimate_exiting_timeout = None
    settings.networking.error_backoffs = Forever()
    settings.networking.request_timeout = 15
    settings.networking.connect_timeout = 5
    settings.watching.server_timeout = 290
    settings.watching.client_timeout = 300
    settings.watching.connect_timeout = 5
    settings.watching.inactivity_timeout = 70
    settings.watching.chunk_size = 500
    settings.queueing.idle_timeout = 0.5


def refuse_change_detection(registry: kopf.OperatorRegistry) -> None:
    """Null stores are only safe while nothing depends on them."""
    # Private names: kopf is pinned to its minor version, and a test covers them.
    changing = (registry._changing, registry._spawning, registry._indexing)  # noqa: SLF001
    if any(handlers.get_all_handlers() for handlers in changing):
        raise RuntimeError("a kopf handler that detects changes is registered; only events may be")


class Everyone(Collection[Any]):
    """Every task there is: kopf leaves those alone when it ends.

    It takes whatever was started after it for its own otherwise, and cancels writes in flight.
    """

    def __contains__(self, task: object) -> bool:
        return True

    def __iter__(self) -> Iterator[Any]:
        return iter(asyncio.all_tasks())

    def __len__(self) -> int:
        return len(asyncio.all_tasks())


async def end_watches() -> None:
    """End what outlives a kopf that has failed: its other watches would go on beside the next's."""
    left = {task for task in asyncio.all_tasks() if is_of_kopf(task) and is_watch(task)}
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left)


def is_watch(task: asyncio.Task[Any]) -> bool:
    # Their helpers must not be cancelled: that looks like the end of a pause, and they go on.
    return task.get_name().startswith("watcher for ")


def ignore_kopf_tasks(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Keep quiet about the tasks that kopf leaves behind when it ends.

    One of their errors is why it ended, which ``on_ended`` is told; nobody asks for the others.
    """
    task = context.get("future")
    if not isinstance(task, asyncio.Task) or not is_of_kopf(task):
        loop.default_exception_handler(context)


def is_of_kopf(task: asyncio.Task[Any]) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and code.co_filename.startswith(KOPF)


@dataclasses.dataclass(frozen=True, slots=True)
class Shell:
    """kopf, run for ever: some answers of an API server end it, and it is then started again."""

    wake: Wake
    login: Login
    on_started: Callable[[], None]
    """Called at every start, after kopf has taken over the process's signals."""
    on_ended: Callable[[BaseException | None], None]
    running: asyncio.Event

    async def run(self) -> None:
        asyncio.get_running_loop().set_exception_handler(ignore_kopf_tasks)
        while True:
            await self._run_once()
            await asyncio.sleep(random.uniform(1, 2))  # noqa: S311 - it spreads load

    async def _run_once(self) -> None:
        stop = asyncio.Event()
        shell = asyncio.create_task(self._operate(stop))
        started = asyncio.create_task(self.running.wait())
        try:
            await asyncio.wait({shell, started}, return_when=asyncio.FIRST_COMPLETED)
            self.on_started()
            await asyncio.wait({shell})
        finally:
            started.cancel()
            self.running.clear()
            stop.set()
            # kopf waits for its own tasks without a limit; the lease is given back only after this
            await asyncio.wait({shell}, timeout=LONGEST_STOP)
            shell.cancel()
        self.on_ended(None if shell.cancelled() else shell.exception())

    async def _operate(self, stop: asyncio.Event) -> None:
        tasks = await kopf.spawn_tasks(
            registry=make_registry(self.wake, self.login),
            clusterwide=True,
            standalone=True,
            stop_flag=stop,
            ready_flag=self.running,
        )
        try:
            await kopf.run_tasks(tasks, ignored=Everyone())
        finally:
            if not stop.is_set():
                await end_watches()
