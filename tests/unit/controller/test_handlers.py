import asyncio
import itertools
from datetime import UTC, datetime

import kopf
import pytest

from tradingstack_operator.controller.handlers import (
    LOGIN_LIFE,
    WATCHED,
    Everyone,
    Forever,
    Login,
    NullDiff,
    NullProgress,
    apply_settings,
    ignore_kopf_tasks,
    make_registry,
    refuse_change_detection,
)
from tradingstack_operator.model.kinds import PLATFORM_POLICY, TRADING_HALT, TRADING_STACK

NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)
TOKENS = itertools.count()
LOGIN = Login("https://api.example", "/ca.crt", lambda: f"token-{next(TOKENS)}", lambda: NOON)
BODY = kopf.Body({"metadata": {"name": "alpha"}})


@pytest.fixture
def woken():
    return []


@pytest.fixture
def registry(woken):
    return make_registry(lambda *object_: woken.append(object_), LOGIN)


def handlers(registry):
    return {
        handler.selector.any_name: handler.fn
        for handler in registry._watching.get_all_handlers()  # noqa: SLF001 - kopf is pinned
    }


def activity(registry, name):
    (handler,) = [
        handler
        for handler in registry._activities.get_all_handlers()  # noqa: SLF001 - kopf is pinned
        if handler.fn.__name__ == name
    ]
    return handler.fn


def test_every_watched_kind_has_one_handler(registry):
    found = registry._watching.get_all_handlers()  # noqa: SLF001 - kopf is pinned
    assert sorted(
        (item.selector.group, item.selector.version, item.selector.any_name) for item in found
    ) == sorted(("tradingstack.io", "v1alpha1", kind.plural) for kind in WATCHED)


@pytest.mark.parametrize(
    ("kind", "meta", "expected"),
    [
        (TRADING_STACK, {"namespace": "trading", "name": "a"}, ("trading", "a")),
        (TRADING_HALT, {"namespace": "trading", "name": "b"}, ("trading", "b")),
        (PLATFORM_POLICY, {"name": "default"}, ("", "default")),
    ],
)
async def test_an_event_wakes_with_who_changed_and_not_with_what(
    registry, woken, kind, meta, expected
):
    body = kopf.Body({"metadata": meta | {"resourceVersion": "7"}})
    await handlers(registry)[kind.plural](meta=body.metadata)
    assert woken == [(kind, *expected, 7)]


async def test_kopf_logs_in_with_a_fresh_token_that_expires(registry):
    log_in = activity(registry, "log_in")
    first, second = await log_in(), await log_in()
    assert (first.server, first.ca_path, first.expiration) == (
        "https://api.example",
        "/ca.crt",
        NOON + LOGIN_LIFE,
    )
    assert first.token != second.token


async def test_the_settings_are_made_at_the_start(registry):
    settings = kopf.OperatorSettings()
    await activity(registry, "configure")(settings=settings)
    assert isinstance(settings.persistence.diffbase_storage, NullDiff)


def test_the_registry_detects_no_change(registry):
    refuse_change_detection(registry)


@pytest.mark.parametrize(
    "decorator",
    [
        kopf.on.create,
        kopf.on.update,
        kopf.on.delete,
        kopf.on.resume,
        kopf.on.field,
        kopf.daemon,
        kopf.timer,
        kopf.index,
    ],
)
def test_a_handler_that_detects_changes_is_refused(registry, decorator):
    fields = {"field": "spec"} if decorator is kopf.on.field else {}
    fields |= {"interval": 1} if decorator is kopf.timer else {}
    decorator("tradingstacks", registry=registry, **fields)(lambda **_: None)
    with pytest.raises(RuntimeError, match="only events may be"):
        refuse_change_detection(registry)


def test_null_stores_write_nothing():
    patch = kopf.Patch()
    diff, progress = NullDiff(), NullProgress()
    diff.store(body=BODY, patch=patch, essence={"spec": {}})
    progress.store(key="k", record={}, body=BODY, patch=patch)
    progress.touch(body=BODY, patch=patch, value="now")
    progress.purge(key="k", body=BODY, patch=patch)
    assert dict(patch) == {}


def test_null_stores_remember_nothing():
    diff, progress = NullDiff(), NullProgress()
    assert (diff.build(body=BODY), diff.fetch(body=BODY), progress.fetch(key="k", body=BODY)) == (
        {},
        {},
        None,
    )


def test_the_null_progress_leaves_an_essence_as_it_is():
    assert NullProgress().clear(essence={"spec": 1}) == {"spec": 1}


@pytest.fixture
def settings():
    settings = kopf.OperatorSettings()
    apply_settings(settings)
    return settings


def test_kopf_posts_no_events(settings):
    assert not settings.posting.enabled


def test_kopf_does_not_look_for_new_kinds(settings):
    assert settings.scanning.disabled


def test_kopf_waits_for_no_watch_longer_than_the_server_keeps_one(settings):
    watching = settings.watching
    assert watching.inactivity_timeout < watching.server_timeout < watching.client_timeout


def test_the_pauses_between_failed_requests_never_end():
    pauses = list(itertools.islice(Forever(), 1000))
    assert (pauses[:3], max(pauses) <= 3) == ([0.2, 0.5, 1.0], True)


def test_the_pauses_begin_anew_with_every_request():
    forever = Forever()
    assert next(iter(forever)) == next(iter(forever)) == 0.2


async def test_kopf_takes_every_task_for_somebody_elses():
    task = asyncio.current_task()
    everyone = Everyone()
    assert (task in everyone, task in set(everyone), len(everyone)) == (
        True,
        True,
        len(asyncio.all_tasks()),
    )


@pytest.mark.parametrize("ours", [True, False])
async def test_only_kopfs_own_lost_errors_are_kept_quiet(ours, caplog):
    async def fail():
        raise OSError("lost")

    coroutine = fail() if ours else kopf.operator(registry=kopf.OperatorRegistry(), identity=1)
    task = asyncio.create_task(coroutine)
    await asyncio.wait({task}, timeout=0)
    task.cancel()
    context = {"message": "Task exception was never retrieved", "future": task}
    ignore_kopf_tasks(asyncio.get_running_loop(), context)
    await asyncio.gather(task, return_exceptions=True)
    assert bool(caplog.records) is ours
