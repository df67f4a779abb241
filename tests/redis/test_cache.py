"""The rendered configuration, users file and probes against a real Redis."""

import socket

import pytest

from tests.golden.cases import NAMES, stack
from tests.redis.conftest import conf_of
from tests.redis.server import PASSWORDS, render_template, substitute

BUILTIN = [name for name in NAMES if stack(name).spec.cache.provider == "Builtin"]


@pytest.mark.parametrize("case", BUILTIN)
def test_the_configuration_is_accepted(make_pod, case):
    pod = make_pod(case)
    pod.start_and_wait()
    assert pod.ready()


def test_the_rendered_addresses_are_accepted(make_pod, tmp_path):
    pod = make_pod("minimal")
    changes = {
        "port 6379": f"port 0\nunixsocket {tmp_path}/redis.sock",
        "dir /data": f"dir {tmp_path}/data",
        "/var/run/tradingstack/credentials/cache/": f"{tmp_path}/credentials/",
    }
    pod.launch(substitute(conf_of("minimal"), changes))
    pod.wait_for("ready to accept connections")


def test_a_write_survives_an_orderly_restart(pod):
    assert pod.ask("risk_api", "set", "risk:a", "1") == "OK"
    pod.stop()
    pod.start_and_wait()
    assert pod.ask("risk_api", "get", "risk:a") == "1"


def test_a_write_survives_a_killed_server_when_every_write_is_flushed(make_pod):
    pod = make_pod("full")
    pod.start_and_wait()
    assert pod.ask("risk_api", "set", "risk:a", "1") == "OK"
    pod.stop(kill=True)
    pod.start_and_wait()
    assert pod.ask("risk_api", "get", "risk:a") == "1"


def test_a_full_memory_refuses_writes_and_evicts_nothing(make_pod):
    pod = make_pod("minimal")
    pod.conf = substitute(pod.conf, {"maxmemory 751619276": "maxmemory 4mb"})
    pod.start_and_wait()
    assert pod.ask("risk_api", "set", "risk:first", "1") == "OK"
    writes = "".join(f"set risk:{n} {'x' * 100_000}\n" for n in range(60))
    assert "OOM command not allowed" in pod.ask("risk_api", stdin=writes)
    assert pod.ask("risk_api", "get", "risk:first") == "1"


def test_nobody_gets_in_without_a_name(pod):
    assert pod.ask(None, "ping") == "NOAUTH Authentication required."


def test_the_default_user_has_no_password_that_works(pod):
    assert "WRONGPASS" in pod.ask(None, "auth", PASSWORDS["probe"])


def test_a_client_from_another_address_is_served(pod):
    with socket.create_connection(
        ("127.0.0.1", pod.port), timeout=10, source_address=("127.0.0.2", 0)
    ) as client:
        client.sendall(b"PING\r\n")
        assert client.recv(100).startswith(b"-NOAUTH")


@pytest.mark.parametrize(
    ("user", "command"),
    [
        ("ingestor", ["hset", "quote:BTC-USD", "bid", "1"]),
        ("ingestor", ["expire", "quote:BTC-USD", "60"]),
        ("risk_api", ["hgetall", "quote:BTC-USD"]),
        ("risk_api", ["eval", "return redis.call('set', KEYS[1], 1)", "1", "risk:a"]),
        ("risk_api", ["publish", "risk:halts", "1"]),
        ("watchdog", ["get", "risk:a"]),
        ("watchdog", ["info", "server"]),
        ("probe", ["info", "persistence"]),
    ],
)
def test_a_user_may_do_its_work(pod, user, command):
    assert "NOPERM" not in pod.ask(user, *command)


@pytest.mark.parametrize(
    ("user", "command"),
    [
        ("ingestor", ["set", "risk:a", "1"]),
        ("ingestor", ["get", "quote:BTC-USD"]),
        ("ingestor", ["flushall"]),
        ("ingestor", ["config", "set", "appendonly", "no"]),
        ("risk_api", ["set", "other", "1"]),
        ("risk_api", ["flushall"]),
        ("risk_api", ["acl", "list"]),
        ("risk_api", ["publish", "other", "1"]),
        ("watchdog", ["set", "risk:a", "1"]),
        ("watchdog", ["get", "other"]),
        ("probe", ["get", "risk:a"]),
        ("probe", ["shutdown"]),
    ],
)
def test_a_user_may_do_nothing_else(pod, user, command):
    assert pod.ask(user, *command).startswith("NOPERM")


def test_a_running_server_is_ready_and_alive(pod):
    assert (pod.ready(), pod.alive()) == (True, True)


def test_a_stopped_server_is_neither_ready_nor_alive(pod):
    pod.stop()
    assert (pod.ready(), pod.alive()) == (False, False)


def test_a_loading_server_is_alive_but_not_ready(pod):
    pod.ask("risk_api", stdin="".join(f"set risk:{n} 1\n" for n in range(5000)))
    pod.stop()
    # Five seconds of loading, and clients are heard once a second of it.
    pod.start("key-load-delay 1000")
    pod.wait_for("Server initialized")
    assert (pod.ready(), pod.alive()) == (False, True)


def test_a_server_whose_snapshots_fail_is_alive_but_not_ready(make_pod, tmp_path):
    pod = make_pod("minimal")
    pod.conf = substitute(pod.conf, {"save 1800 1": "save 1 1"})
    (tmp_path / "data" / "dump.rdb").mkdir()
    pod.start_and_wait()
    assert pod.ask("risk_api", "set", "risk:a", "1") == "OK"
    pod.wait_for("Background saving error")
    assert (pod.ready(), pod.alive()) == (False, True)


def test_a_rotated_password_counts_as_dead_until_the_server_has_restarted(pod):
    pod.mount_credentials(PASSWORDS | {"probe": "the next one"})
    assert (pod.ready(), pod.alive()) == (False, False)
    pod.stop()
    pod.start_and_wait()
    assert (pod.ready(), pod.alive()) == (True, True)


def test_the_template_renderer_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="more than this renderer knows"):
        render_template("{{ .probe | b64enc }}", PASSWORDS)
