"""The online store's configuration and users on a real Redis."""

import pytest

from tests.redis.server import substitute


@pytest.fixture
def pod(make_pod):
    pod = make_pod("minimal", "online-store")
    pod.start_and_wait()
    return pod


def test_the_configuration_is_accepted(pod):
    assert (pod.ready(), pod.alive()) == (True, True)


def test_nothing_is_written_to_disk(pod):
    pod.ask("features", "set", "a", "1")
    pod.stop()
    assert list((pod.root / "data").iterdir()) == []


def test_a_full_memory_refuses_features_instead_of_dropping_some(make_pod):
    pod = make_pod("minimal", "online-store")
    pod.conf = substitute(pod.conf, {"maxmemory 858993459": "maxmemory 4mb"})
    pod.start_and_wait()
    assert pod.ask("features", "set", "first", "1") == "OK"
    writes = "".join(f"set {n} {'x' * 100_000}\n" for n in range(60))
    assert "OOM command not allowed" in pod.ask("features", stdin=writes)
    assert pod.ask("features", "get", "first") == "1"


@pytest.mark.parametrize("command", [["hset", "a", "b", "1"], ["scan", "0"], ["info", "server"]])
def test_features_may_read_and_write(pod, command):
    assert "NOPERM" not in pod.ask("features", *command)


@pytest.mark.parametrize("command", [["flushall"], ["config", "get", "*"], ["keys", "*"]])
def test_features_may_do_nothing_dangerous(pod, command):
    assert pod.ask("features", *command).startswith("NOPERM")
