"""What the programs beside Feast decide, without Feast: it takes seconds to import."""

import http.server
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from tests.feast.installed import SOURCE

sys.path.insert(0, str(SOURCE / "src"))
from tradingstack_feast import canary, materialize

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass
class View:
    name: str
    online: bool = True
    ttl: timedelta | None = None
    entity_columns: tuple = ()
    features: tuple = ()


@dataclass
class Column:
    name: str
    dtype: str


@dataclass
class Server:
    """A Redis of which only the run id and one key matter."""

    runs: list[str]
    """Its run id at each time it is asked; the last one stays."""
    keys: dict[str, bytes] = field(default_factory=dict)

    def info(self, _):
        return {"run_id": self.runs.pop(0) if len(self.runs) > 1 else self.runs[0]}

    def get(self, name):
        return self.keys.get(name)

    def set(self, name, value):
        self.keys[name] = value.encode()


@dataclass
class Store:
    views: tuple = (View("bar"), View("fees", ttl=timedelta(days=1)), View("raw", online=False))
    asked: list = field(default_factory=list)

    def list_feature_views(self):
        return self.views

    def materialize(self, start_date, end_date, feature_views):
        self.asked.append((*feature_views, end_date - start_date))

    def materialize_incremental(self, end_date):
        self.asked.append(end_date)


def test_a_new_server_is_filled_as_far_back_as_each_view_reaches():
    store, server = Store(), Server(["a"])
    assert materialize.materialize(store, server, NOW) == "whole"
    assert store.asked == [("bar", timedelta(weeks=52)), ("fees", timedelta(days=1))]


def test_a_server_that_was_filled_gets_an_increment():
    store, server = Store(), Server(["a"])
    materialize.materialize(store, server, NOW)
    assert materialize.materialize(store, server, NOW) == "increment"
    assert store.asked[-1] == NOW


def test_a_server_that_restarts_meanwhile_does_not_count_as_filled():
    server = Server(["a", "b"])
    with pytest.raises(materialize.OnlineStoreRestartedError):
        materialize.materialize(Store(), server, NOW)
    assert server.keys == {}


def test_a_mark_of_an_earlier_run_does_not_count():
    server = Server(["b"], {materialize.FILLED_KEY: b"a"})
    assert materialize.materialize(Store(), server, NOW) == "whole"


def test_a_canary_is_an_entity_of_the_right_type_that_nobody_has():
    keys = (Column("symbol", "String"), Column("desk", "Int64"))
    views = [
        View("c", entity_columns=keys, features=(Column("x", "Float64"),)),
        View("a", online=False, entity_columns=keys, features=(Column("y", "Float64"),)),
        View("b", features=(Column("z", "Float64"),)),
    ]
    assert canary.choose(views) == {
        "features": ["c:x"],
        "entities": {"symbol": ["canary"], "desk": [0]},
    }


def test_a_registry_that_serves_nothing_has_no_canary():
    with pytest.raises(LookupError, match="apply the feature definitions first"):
        canary.choose([View("a", online=False)])


@pytest.fixture
def answer(tmp_path, monkeypatch):
    """Make a server that answers each request with a status, after a while."""
    servers = []
    monkeypatch.setattr(canary, "FILE", tmp_path / "canary.json")
    canary.write({"features": []})

    def start(status, seconds=0.0):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                time.sleep(seconds)
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server.server_address[1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_an_answer_makes_ready(answer):
    assert canary.is_ready(answer(200))


def test_an_error_does_not_make_ready(answer):
    assert not canary.is_ready(answer(500))


def test_a_late_answer_does_not_make_ready(answer):
    assert not canary.is_ready(answer(200, seconds=2 * canary.READ_SECONDS))


def test_a_pod_without_a_canary_is_not_ready(answer):
    port = answer(200)
    canary.FILE.unlink()
    assert not canary.is_ready(port)
