"""A look at a stack whose restarts wait for a maintenance window, or whose operations run."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.observed import observed, running
from tests.support.operations import A_HALT, an_operation
from tests.support.ports import FakeCluster, HandClock
from tests.support.stacks import DIGEST, facts
from tradingstack_operator.api import names
from tradingstack_operator.controller.decision import Decisions
from tradingstack_operator.controller.disputes import Disputes
from tradingstack_operator.controller.reconcile import Reconciler, sooner
from tradingstack_operator.controller.report import Reporter
from tradingstack_operator.model.objects import ObjectRef

NOW = datetime(2026, 8, 1, 10, tzinfo=UTC)  # a Saturday
HELD = {"finalizers": [names.FINALIZER]}
RISK_API = ObjectRef("Deployment", "alpha-risk-api")
WINDOWS = [{"days": ["Sat"], "start": "12:30", "minutes": 60}]
CLOSED = {"maintenance": {"windows": WINDOWS}}
NEW_IMAGE = CLOSED | {"riskApi": {"image": f"registry.example/risk-api:2{DIGEST}"}}


class Bench:
    """A reconciler with a hand on its clock."""

    def __init__(self):
        self.cluster, self.now = FakeCluster(), NOW
        clock = HandClock()
        reporter = Reporter(self.cluster, clock, lambda: self.now, "operator-0", lambda: False)
        self.reconciler = Reconciler(
            self.cluster, Decisions(), Disputes(clock), reporter, lambda: self.now
        )

    async def look(self, spec, surroundings=None):
        """Look at a stack that runs what ``CLOSED`` wants and is now to run ``spec``."""
        snapshot = observed(running(spec=CLOSED).values(), surroundings, metadata=HELD, spec=spec)
        self.cluster.stacks[snapshot.key] = snapshot
        return await self.reconciler.reconcile(snapshot.key)

    @property
    def status(self):
        return self.cluster.statuses[-1]


@pytest.fixture
def bench():
    return Bench()


async def test_a_restart_that_waits_is_not_written_and_is_told(bench):
    await bench.look(NEW_IMAGE)
    assert f"apply {RISK_API}" not in bench.cluster.writes
    assert bench.status["pendingRestarts"] == [
        {
            "name": str(RISK_API),
            "since": "2026-08-01T10:00:00Z",
            "notBefore": "2026-08-01T12:30:00Z",
        }
    ]


async def test_the_next_look_is_no_later_than_the_window(bench):
    outcome = await bench.look(NEW_IMAGE)
    assert outcome.next_look <= timedelta(hours=2, minutes=30).total_seconds()


async def test_in_the_window_the_restart_takes_place(bench):
    bench.now += timedelta(hours=2, minutes=30)
    await bench.look(NEW_IMAGE)
    assert f"apply {RISK_API}" in bench.cluster.writes
    assert "pendingRestarts" not in bench.status


async def test_a_stack_in_which_nothing_waits_does_not_wake_for_a_window(bench):
    outcome = await bench.look(CLOSED)
    assert outcome.next_look is None or outcome.next_look < 60
    assert "pendingRestarts" not in bench.status


async def test_during_a_halt_a_fix_acts_at_once(bench):
    await bench.look(NEW_IMAGE, facts(halts=(A_HALT,)))
    assert f"apply {RISK_API}" in bench.cluster.writes


async def test_an_operation_begins_before_its_job_is_made_in_the_same_look(bench):
    outcome = await bench.look(CLOSED, facts(operations=(an_operation(),)))
    began, job = "operation backup Running", "apply Job/alpha-operation-"
    order = [write for write in bench.cluster.writes if write.startswith((began, job))]
    assert len(order) == 2
    assert order[0] == began
    assert outcome.operations == (("backup", "Running"),)
    assert outcome.summary()["operations"] == {"backup": "Running"}


async def test_the_status_says_where_everything_listens(bench):
    await bench.look(CLOSED)
    told = {item["name"]: (item["host"], item["port"]) for item in bench.status["endpoints"]}
    assert told["database"] == ("alpha-database", 5432)
    assert told.keys() == {"bus", "cache", "database", "features", "risk-api"}


@pytest.mark.parametrize(
    ("seconds", "wait", "expected"),
    [
        (None, None, None),
        (20.0, None, 20.0),
        (None, timedelta(minutes=1), 60.0),
        (20.0, timedelta(minutes=1), 20.0),
        (90.0, timedelta(minutes=1), 60.0),
    ],
)
def test_the_sooner_of_two_looks_is_the_next(seconds, wait, expected):
    assert expected == sooner(seconds, wait)
