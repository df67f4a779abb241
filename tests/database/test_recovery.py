"""The Jobs of Restore and Drill, run for real on a backup in an object store."""

from datetime import UTC, datetime

import pytest

from tests.database.conftest import Running, until
from tests.database.object_store import HOST, PORT
from tests.database.pods import pretty
from tests.support.operations import ASKED, an_operation
from tests.support.stacks import facts, stack
from tradingstack_operator.desired.build import build

STACK = stack(
    spec={"sizing": "small", "database": {"backup": {"endpoint": f"https://{HOST}:{PORT}"}}}
)
REPOSITORY = (
    *("pgbackrest", "--stanza=alpha"),
    "--config-include-path=/var/run/tradingstack/credentials/backup-s3",
    *("repo-ls", "--recurse"),
)


def objects(*operations):
    rendered = build(STACK, facts(operations=operations))
    return {(item["kind"], item["metadata"]["name"]): item for item in rendered}


def a_restore(name, phase="Running", target=None):
    wanted = {"component": "database", "confirm": "alpha"}
    wanted |= {"targetTime": target} if target else {}
    return an_operation("Restore", phase, name=name, restore=wanted, completed=ASKED)


def a_drill(*kinds):
    return an_operation("Drill", "Running", drill={"include": kinds})


class Desk(Running):
    """A stack's database with one backup, and what operations make of it."""

    def begin(self):
        self.take_over()
        assert self.schema().returncode == 0
        self.sql("CREATE TABLE public.ledger (what text)")
        backup = self.cluster.pod("CronJob", "backup")
        command = backup.container("backup")["command"]
        until(lambda: backup.run("backup", *command).returncode == 0)

    def take_over(self, *operations):
        """Run the server that the stack has after these operations."""
        self.server.kill()
        self.cluster.objects = objects(*operations)
        self.server = self.cluster.pod("StatefulSet", "database")
        self.prepare()
        self.start("database", "backup")

    def write(self, what):
        """Note something, and have the archive hold it; returns the moment after it."""
        self.sql(f"INSERT INTO ledger VALUES ('{what}')")  # noqa: S608 - a test's own word
        moment = self.sql("SELECT clock_timestamp()")
        segment = self.sql("SELECT pg_walfile_name(pg_switch_wal())")
        archived = "SELECT last_archived_wal FROM pg_stat_archiver"
        until(lambda: segment <= self.sql(archived), 100)
        return datetime.fromisoformat(moment)

    def operate(self, operation):
        """Run the Job of an operation."""
        self.cluster.objects = objects(operation)
        pod = self.cluster.pod("Job", "operation")
        return pod.run("database", *pod.container("database")["command"])

    def archived(self):
        """List everything in the repository."""
        listing = self.server.run("backup", *REPOSITORY)
        assert listing.returncode == 0, pretty(listing)
        return listing.stdout.splitlines()

    def words(self):
        return self.sql("SELECT what FROM ledger").splitlines()


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("desk"))
    try:
        desk.begin()
        yield desk
    finally:
        desk.close()


def test_a_drill_passes_on_a_sound_backup(desk):
    run = desk.operate(a_drill("DatabaseRestore"))
    assert (run.returncode, "the drill has passed" in run.stdout) == (0, True), pretty(run)


@pytest.mark.parametrize(
    "operation", [a_drill("DatabaseRestore"), a_restore("unused")], ids=lambda one: one.spec.type
)
def test_what_is_not_used_leaves_nothing_in_the_archive(desk, operation):
    before = desk.archived()
    assert desk.operate(operation).returncode == 0
    assert before == desk.archived()


def test_a_drill_of_a_registry_without_features_fails_and_says_why(desk):
    run = desk.operate(a_drill("RegistryRestore"))
    assert run.returncode != 0
    assert "feature_views" in run.stderr


def test_a_drill_finds_what_a_backup_lacks(desk):
    desk.sql("DELETE FROM risk.environment")
    desk.write("without an environment")
    run = desk.operate(a_drill("DatabaseRestore"))
    assert desk.schema().returncode == 0
    desk.write("with an environment")
    assert run.returncode == 1
    assert "does not say which environment it is of" in run.stderr


def test_a_restore_to_a_moment_that_was_not_archived_fails(desk):
    run = desk.operate(a_restore("future", target=datetime(2100, 1, 1, tzinfo=UTC)))
    assert run.returncode != 0


def test_a_restore_goes_into_an_empty_volume_only(desk):
    operation = a_restore("twice")
    assert desk.operate(operation).returncode == 0
    again = desk.operate(operation)
    assert (again.returncode, again.stderr) == (
        1,
        "the volume holds data already: a restore needs an empty one\n",
    )


def test_a_restore_returns_to_the_moment_it_names_and_is_archived_from_then_on(desk):
    moment = desk.write("before")
    desk.write("after")
    run = desk.operate(a_restore("back", target=moment))
    assert run.returncode == 0, pretty(run)
    assert "after" in desk.words(), "the present server goes on meanwhile"
    desk.take_over(a_restore("back", "Succeeded", target=moment))
    assert ("before" in desk.words(), "after" in desk.words()) == (True, False)
    desk.write("on the new timeline")
    latest = desk.operate(a_restore("latest"))
    assert latest.returncode == 0, pretty(latest)
    desk.take_over(a_restore("latest", "Succeeded"))
    assert {"before", "on the new timeline"} <= set(desk.words())
