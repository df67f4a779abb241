"""The scripts that keep snapshots and restore them, on a real Redis."""

import pytest

from tests.support.waiting import wait_until
from tradingstack_operator.desired.snapshots import TURNING_SCRIPT


@pytest.fixture
def pod(make_pod):
    """Run a cache that has just written a snapshot of three keys."""
    pod = make_pod("minimal")
    pod.start_and_wait()
    for key in ("risk:position:BTC", "risk:kill:desk", "risk:dup:order-1"):
        assert pod.ask("risk_api", "set", key, "1") == "OK"
    pod.stop()
    return pod


def keep(pod):
    """Let the keeper copy what there is to copy, and end it."""
    (pod.tmp / "turn").unlink(missing_ok=True)
    pod.start_keeper()
    wait_until((pod.tmp / "turn").exists)
    return pod.stop_keeper()


def kept(pod):
    return pod.root / "snapshots" / "dump.rdb"


def test_a_lost_volume_is_filled_from_the_snapshot(pod):
    keep(pod)
    pod.lose_the_data_volume()
    assert pod.restore().returncode == 0
    pod.start_and_wait()
    assert pod.ask("risk_api", "get", "risk:position:BTC") == "1"


def test_a_restore_forgets_halts_and_seen_orders(pod):
    keep(pod)
    pod.lose_the_data_volume()
    pod.restore()
    pod.start_and_wait()
    assert pod.ask("risk_api", "exists", "risk:kill:desk", "risk:dup:order-1") == "0"


def test_what_is_written_after_a_restore_survives_the_next_start(pod):
    keep(pod)
    pod.lose_the_data_volume()
    pod.restore()
    pod.start_and_wait()
    pod.ask("risk_api", "set", "risk:position:ETH", "2")
    pod.stop(kill=False)
    assert pod.restore().stdout == ""
    pod.start_and_wait()
    assert pod.ask("risk_api", "mget", "risk:position:BTC", "risk:position:ETH") == "1\n2"


def test_a_volume_with_data_is_left_alone(pod):
    keep(pod)
    pod.start_and_wait()
    pod.ask("risk_api", "set", "risk:position:BTC", "newer")
    pod.stop()
    assert pod.restore().stdout == ""
    pod.start_and_wait()
    assert pod.ask("risk_api", "get", "risk:position:BTC") == "newer"


def test_a_new_cache_without_a_snapshot_starts_empty(make_pod):
    pod = make_pod("minimal")
    assert pod.restore().returncode == 0
    pod.start_and_wait()
    assert pod.ask("risk_api", "exists", "risk:position:BTC") == "0"


def test_an_interrupted_restore_begins_anew(pod):
    keep(pod)
    pod.lose_the_data_volume()
    (pod.root / "data" / "restoring").mkdir()
    (pod.root / "data" / "restoring" / "appendonly.aof").write_text("half of it")
    assert pod.restore().returncode == 0
    pod.start_and_wait()
    assert pod.ask("risk_api", "get", "risk:position:BTC") == "1"


def test_a_damaged_snapshot_is_not_taken_for_an_empty_one(pod):
    keep(pod)
    pod.lose_the_data_volume()
    kept(pod).write_bytes(kept(pod).read_bytes()[:-9])
    restored = pod.restore()
    assert restored.returncode == 1
    assert "set spec.cache.restoreOnEmptyVolume to false" in restored.stdout
    assert list((pod.root / "data").iterdir()) == []


def test_a_damaged_snapshot_does_not_replace_a_sound_one(pod):
    keep(pod)
    sound = kept(pod).read_bytes()
    (pod.root / "data" / "dump.rdb").write_bytes(b"REDIS0009 not really")
    assert "the one before it is kept" in keep(pod)
    assert kept(pod).read_bytes() == sound


def test_a_snapshot_is_copied_once(pod):
    assert keep(pod).count("kept a snapshot") == 1
    assert "kept" not in keep(pod)


def test_the_last_snapshot_is_copied_when_the_pod_ends(make_pod):
    pod = make_pod("minimal")
    pod.start_and_wait()
    pod.start_keeper()
    wait_until((pod.tmp / "turn").exists)
    pod.ask("risk_api", "set", "risk:position:BTC", "1")
    pod.stop()
    assert "kept a snapshot" in pod.stop_keeper()


def test_a_keeper_that_makes_its_rounds_is_alive(pod):
    script = pod.here(TURNING_SCRIPT)
    assert pod.shell(script).returncode != 0
    keep(pod)
    assert pod.shell(script).returncode == 0
