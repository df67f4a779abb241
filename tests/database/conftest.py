import time

import pytest

from tests.database.object_store import HOST, PORT, ObjectStore
from tests.database.pki import Authority, vault
from tests.database.pods import Cluster, Network
from tests.support.stacks import facts, stack
from tradingstack_operator.desired.build import build

SQL = ("psql", "-qAtX", "-h", "/var/run/postgresql", "-U", "postgres", "-d", "trading", "-c")


class Running:
    """A stack's database in its pods, with an object store beside them."""

    def __init__(self, root, **database):
        self.authority = Authority("the stack's authority")
        self.network = Network()
        self.store = ObjectStore(self.network, root / "objects", self.authority)
        backup = {"endpoint": f"https://{HOST}:{PORT}"}
        rendered = build(
            stack(spec={"sizing": "small", "database": {"backup": backup} | database}), facts()
        )
        objects = {(item["kind"], item["metadata"]["name"]): item for item in rendered}
        self.cluster = Cluster(root, self.network, objects, vault(self.authority))
        self.server = self.cluster.pod("StatefulSet", "database")

    def prepare(self):
        run = self.server.run("prepare")
        assert run.returncode == 0, run.stderr

    def start(self, *containers):
        for name in containers:
            self.server.start(name)
        for name in containers:
            until(lambda name=name: self.server.probe(name, "readinessProbe"))

    def schema(self):
        return self.cluster.pod("Job", "schema").run("schema")

    def sql(self, text):
        """Ask as the superuser, by the pod's own socket."""
        run = self.server.run("database", *SQL, text)
        assert run.returncode == 0, run.stderr
        return run.stdout.strip()

    def stop(self):
        """End the server as the kubelet does; the hook ends with the container's first process."""
        hook = self.server.container("database")["lifecycle"]["preStop"]["exec"]["command"]
        self.server.run("database", *hook)
        assert self.server.running["database"].wait(30) == 0
        assert "received fast shutdown request" in self.server.log("database")

    def close(self):
        self.server.kill()
        self.store.close()
        self.network.close()


def until(true, seconds=30):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"


@pytest.fixture(scope="session")
def database(tmp_path_factory):
    """Run the database of a production stack, its schema in place."""
    running = Running(tmp_path_factory.mktemp("database"))
    try:
        running.prepare()
        running.start("database", "backup")
        run = running.schema()
        assert run.returncode == 0, run.stderr
        yield running
    finally:
        running.close()


@pytest.fixture
def make(tmp_path):
    """Make a database that is not started; whatever runs of it ends with the test."""
    made = []

    def of(**fields):
        made.append(Running(tmp_path, **fields))
        return made[-1]

    yield of
    for running in made:
        running.close()
