"""The rendered settings, commands and probes of the feature store with a real Feast."""

import json
import os
import signal
import subprocess

import pytest

from tests.feast.conftest import AWKWARD
from tests.redis.server import PASSWORDS
from tests.support.waiting import wait_until

REQUEST = {
    "features": ["bar:close", "bar:trades"],
    "entities": {"symbol": ["BTC/USD"]},
}
FRESH = {"symbol": "BTC/USD", "close": 50000.5, "trades": 7}


@pytest.fixture(scope="module")
def applied(stack):
    """Run the registry Job to its end."""
    for name in ("schema", "registry"):
        done = stack.run("Job", "registry", name)
        assert done.returncode == 0, done.stdout + done.stderr
    return stack


@pytest.fixture(scope="module")
def filled(applied):
    """Run the materialisation that comes before the first request."""
    done = applied.run("CronJob", "materialization", "materialization")
    assert done.returncode == 0, done.stdout + done.stderr
    return applied


@pytest.fixture(scope="module")
def serving(filled):
    """Run a feature server as its pod does."""
    chosen = filled.run("Deployment", "features", "canary")
    assert chosen.returncode == 0, chosen.stdout + chosen.stderr
    process = filled.start("Deployment", "features", "features")
    try:
        wait_until(lambda: filled.ask("/health")[0] == 200)
        yield filled
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ready(stack):
    return stack.probe("Deployment", "features", "readinessProbe")


def values(stack):
    """Read features by name; the server answers in an order of its own."""
    status, text = stack.ask("/get-online-features", json.dumps(REQUEST).encode())
    assert status == 200, text
    answer = json.loads(text)
    columns = [result["values"][0] for result in answer["results"]]
    return dict(zip(answer["metadata"]["feature_names"], columns, strict=True))


def test_every_password_arrives_as_it_is_in_the_store(stack):
    path = stack.store_file("features")
    script = (
        "import json, sys; from pathlib import Path;"
        "from feast.repo_config import load_repo_config;"
        "from feast.infra.online_stores.redis import RedisOnlineStore;"
        "c = load_repo_config(Path('/'), Path(sys.argv[1]));"
        "r = RedisOnlineStore._parse_connection_string(c.online_store.connection_string);"
        "k = c.registry.sqlalchemy_config_kwargs['connect_args'];"
        "print(json.dumps([c.offline_store.password, k['password'], r[1]['password']]))"
    )
    run = subprocess.run(
        [stack.environment / "bin/python", "-c", script, path],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout) == [AWKWARD, AWKWARD, PASSWORDS["features"]]


def test_a_registry_without_tables_is_an_error(stack):
    done = stack.run("Job", "registry", "registry")
    assert done.returncode != 0
    assert "missing tables" in done.stdout + done.stderr


def test_a_materialised_feature_is_served(serving):
    assert values(serving) == FRESH


def test_a_server_that_reads_is_ready(serving):
    wait_until(lambda: ready(serving))


def test_an_increment_follows_a_whole_materialisation(serving):
    done = serving.run("CronJob", "materialization", "materialization")
    assert json.loads(done.stderr.splitlines()[-1]) == {"materialized": "increment"}


def test_a_server_whose_online_store_is_gone_is_not_ready_though_it_says_it_is_well(serving):
    serving.redis.stop()
    try:
        assert serving.ask("/health")[0] == 200
        assert not ready(serving)
    finally:
        serving.redis.start_and_wait()


def test_an_online_store_that_lost_everything_is_filled_anew(serving):
    serving.redis.stop(kill=True)
    serving.redis.start_and_wait()
    wait_until(lambda: ready(serving))
    assert values(serving) == FRESH | {"close": None, "trades": None}
    done = serving.run("CronJob", "materialization", "materialization")
    assert json.loads(done.stderr.splitlines()[-1]) == {"materialized": "whole"}
    assert values(serving) == FRESH


def test_no_password_is_printed(filled):
    done = filled.run("CronJob", "materialization", "materialization")
    said = done.stdout + done.stderr
    assert AWKWARD not in said
    assert PASSWORDS["features"] not in said
