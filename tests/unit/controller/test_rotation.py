import asyncio
from datetime import UTC, datetime, timedelta

from tests.unit.controller.virtual_time import in_virtual_time, let_run, now
from tradingstack_operator.controller.rotation import SecretWatch
from tradingstack_operator.model.objects import StackKey
from tradingstack_operator.model.rotation import SecretReport, SecretVersion

NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)
ALPHA, BETA = StackKey("a", "alpha"), StackKey("b", "beta")
FOLDERS = {ALPHA: "production/a/alpha", BETA: "production/b/beta"}
EVERY = 100.0


class Store:
    """Answers with a version of some age, after some seconds."""

    def __init__(self, age=timedelta(days=1), seconds=0.0):
        self.answer = SecretReport({"cache-probe": SecretVersion(1, NOON - age)})
        self.seconds = seconds
        self.asked = []
        self.told = []
        self.leading = asyncio.Event()
        self.leading.set()

    async def report(self, folder):
        self.asked.append((folder, now()))
        await asyncio.sleep(self.seconds)
        return self.answer

    async def watched(self, seconds, folders=FOLDERS):
        watch = SecretWatch(
            secrets=self,
            folders=lambda: folders,
            learn=lambda key, report: self.told.append((key, report, now())),
            leading=self.leading,
            now=lambda: NOON,
            every=EVERY,
        )
        await let_run(watch.run(), seconds)


@in_virtual_time
async def test_every_stack_is_asked_about_in_every_round():
    store = Store()
    await store.watched(EVERY + 1)
    assert store.asked == [(folder, at) for at in (0, EVERY) for folder in FOLDERS.values()]


@in_virtual_time
async def test_what_the_store_says_is_passed_on():
    store = Store()
    await store.watched(1)
    assert store.told == [(key, store.answer, 0) for key in FOLDERS]


@in_virtual_time
async def test_questions_are_asked_one_after_another():
    store = Store(seconds=5.0)
    await store.watched(11)
    assert [at for _, at in store.asked] == [0, 5]


@in_virtual_time
async def test_a_slow_store_only_makes_rounds_longer():
    store = Store(seconds=EVERY)
    await store.watched(2 * EVERY + 1)
    assert [at for _, at in store.asked] == [0, EVERY, 2 * EVERY]


@in_virtual_time
async def test_a_replica_that_does_not_lead_asks_nothing():
    store = Store()
    store.leading.clear()
    await store.watched(EVERY)
    assert store.asked == []


@in_virtual_time
async def test_a_value_that_was_just_written_is_told_when_a_refresh_would_bear_a_later_second():
    store = Store(age=timedelta(seconds=1))
    await store.watched(3, {ALPHA: FOLDERS[ALPHA]})
    assert [at for *_, at in store.told] == [2]


@in_virtual_time
async def test_a_folder_without_entries_is_told_at_once():
    store = Store()
    store.answer = SecretReport()
    await store.watched(1, {ALPHA: FOLDERS[ALPHA]})
    assert [at for *_, at in store.told] == [0]
