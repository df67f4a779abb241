import http.client
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.feast.installed import SOURCE, feast_environment, write_commands
from tests.feast.postgres import Postgres
from tests.golden.cases import rendered
from tests.redis.conftest import conf_of
from tests.redis.server import PASSWORDS, Pod, free_port, substitute
from tests.support.templates import render
from tradingstack_operator.desired import feast

AWKWARD = "pa$HOME, ${PATH}: #x\"y'\\z {a}%s,=1e5"
"""A password with all that a shell, YAML, JSON, Go or Feast could take for something else."""
SQL = """
CREATE TABLE md.ohlc_1m (bucket timestamptz, venue text, symbol text, open numeric, high numeric,
  low numeric, close numeric, volume numeric, vwap numeric, trades int);
INSERT INTO md.ohlc_1m SELECT now() - interval '5 minutes', 'kraken', 'BTC/USD', 1, 1, 1, 50000.5,
  2.5, 1, 7;
"""


def workload(kind, component):
    """Find a component's workload in the minimal stack as it is rendered."""
    return next(
        manifest
        for manifest in rendered("minimal")
        if manifest["kind"] == kind
        and manifest["metadata"]["name"].startswith(f"alpha-{component}")
    )


def containers(kind, component):
    """Index the containers of a workload's pod by name."""
    spec = workload(kind, component)["spec"]
    pod = spec.get("jobTemplate", {}).get("spec", spec)["template"]["spec"]
    return {item["name"]: item for item in (*pod.get("initContainers", ()), *pod["containers"])}


@dataclass
class Stack:
    """The processes of a stack's feature store, on loopback ports, with the files of its pods."""

    root: Path
    postgres: Postgres
    redis: Pod
    environment: Path
    port: int = field(default_factory=free_port)

    @property
    def tmp(self):
        return self.root / "tmp"

    def store_file(self, component):
        """Write a component's feature_store.yaml from its ExternalSecret; only addresses differ."""
        template = workload("ExternalSecret", component)["spec"]["target"]["template"]["data"]
        key = f"{feast.STORE}.{feast.STORE_FILE}"
        text = substitute(
            template[key],
            {
                "alpha-database:5432": f"localhost:{self.postgres.port}",
                'host: "alpha-database"\n  port: 5432': "host: localhost\n"
                f"  port: {self.postgres.port}",
                "alpha-online-store:6379": f"localhost:{self.redis.port}",
                "/var/run/tradingstack/credentials/database-ca/ca.crt": str(
                    self.postgres.root / "ca.crt"
                ),
            },
        )
        values = {
            "database_features": AWKWARD,
            "online_store_features": PASSWORDS["features"],
        }
        path = self.root / component / feast.STORE_FILE
        path.parent.mkdir(exist_ok=True)
        path.write_text(render({key: text}, values)[key])
        return path

    def command(self, container, component):
        """Return a container's own command, for the files and the port it has here.

        Its port for metrics cannot be chosen, so there are none.
        """
        places = {
            feast.STORE_PATH: str(self.root / component / feast.STORE_FILE),
            feast.REPO_DIR: str(SOURCE / "repo"),
            "6566": str(self.port),
            "0.0.0.0": "127.0.0.1",  # noqa: S104 - the pod's, which is replaced
        }
        first, *rest = container["command"]
        words = [places.get(word, word) for word in rest if word != "--metrics"]
        return [*self.confined(), self.root / "bin" / first, *words]

    def confined(self):
        """Make a file system of which only the temporary space can be written, as in a pod."""
        if os.geteuid() != 0:
            return []
        script = (
            f"mount --make-rprivate / && mount --bind {self.tmp} {self.tmp}"
            ' && mount -o remount,bind,ro / && exec "$@"'
        )
        return ["unshare", "--mount", "sh", "-c", script, "sh"]

    def variables(self, container):
        given = {item["name"]: item["value"] for item in container["env"]}
        places = {"HOME": str(self.tmp), "TMPDIR": str(self.tmp)}
        return {"PATH": f"{self.root}/bin:{os.environ['PATH']}", **given, **places}

    def run(self, kind, component, name):
        """Run a container to its end."""
        self.store_file(component)
        container = containers(kind, component)[name]
        return subprocess.run(
            self.command(container, component),
            env=self.variables(container),
            cwd="/",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def probe(self, kind, component, name):
        """Run a probe of the container that is called like its component; True when it passes."""
        container = containers(kind, component)[component]
        command = container[name]["exec"]["command"]
        run = subprocess.run(
            [self.root / "bin" / command[0], *command[1:], "--port", str(self.port)],
            env=self.variables(container),
            timeout=container[name]["timeoutSeconds"],
            capture_output=True,
            check=False,
        )
        return run.returncode == 0

    def start(self, kind, component, name):
        self.store_file(component)
        container = containers(kind, component)[name]
        return subprocess.Popen(
            self.command(container, component),
            env=self.variables(container),
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def ask(self, path, body=None):
        """Ask the feature server; the status and the text of its answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("POST" if body else "GET", path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()


@pytest.fixture(scope="session")
def environment():
    return feast_environment()


@pytest.fixture(scope="module")
def stack(environment):
    """Run an empty database and an empty online store, with the roles that a schema Job makes."""
    root = Path(tempfile.mkdtemp(prefix="feast"))
    for folder in ("database", "redis", "bin", "tmp"):
        (root / folder).mkdir()
    root.chmod(0o711)
    postgres = Postgres(root / "database", free_port())
    redis = Pod(root / "redis", conf_of("minimal", "online-store"), "online-store")
    write_commands(environment, root / "bin")
    try:
        postgres.start()
        make_roles(postgres)
        redis.start_and_wait()
        yield Stack(root, postgres, redis, environment)
    finally:
        postgres.stop()
        redis.remove()
        shutil.rmtree(root)


def make_roles(postgres):
    """Give the role what the schema Job gives it, and a minute of market data."""
    quoted = AWKWARD.replace("'", "''")
    postgres.sql(f"CREATE ROLE features LOGIN PASSWORD '{quoted}'")
    for database in ("feast_registry", "trading"):
        postgres.sql(f"CREATE DATABASE {database}")
        postgres.sql(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
        postgres.sql(f"GRANT CONNECT ON DATABASE {database} TO features")
    postgres.sql("GRANT USAGE, CREATE ON SCHEMA public TO features", "feast_registry")
    postgres.sql("CREATE SCHEMA md; GRANT USAGE ON SCHEMA md TO features", "trading")
    postgres.sql(SQL, "trading")
    postgres.sql("GRANT SELECT ON ALL TABLES IN SCHEMA md TO features", "trading")
