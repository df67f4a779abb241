"""The cache's recovery drill, on a real Redis: it passes on a sound snapshot only."""

import shutil

import pytest

from tradingstack_operator.desired.drills import CACHE_SCRIPT


@pytest.fixture
def pod(make_pod):
    """Have a cache's last snapshot where the keeper puts it, and an empty volume for the drill."""
    pod = make_pod("minimal")
    pod.start_and_wait()
    for key in ("risk:position:BTC", "risk:position:ETH", "risk:kill:desk"):
        assert pod.ask("risk_api", "set", key, "1") == "OK"
    pod.stop()
    shutil.copy(pod.root / "data" / "dump.rdb", pod.root / "snapshots" / "dump.rdb")
    pod.lose_the_data_volume()
    return pod


def drill(pod):
    return pod.shell(pod.here(CACHE_SCRIPT))


def test_a_sound_snapshot_passes_and_its_keys_are_counted(pod):
    run = drill(pod)
    assert run.returncode == 0
    assert "the drill has restored 2 keys" in run.stdout.splitlines()


def test_a_damaged_snapshot_fails(pod):
    snapshot = pod.root / "snapshots" / "dump.rdb"
    content = bytearray(snapshot.read_bytes())
    content[-1] ^= 0xFF  # the checksum's last byte
    snapshot.write_bytes(bytes(content))
    run = drill(pod)
    assert run.returncode != 0
    assert "damaged" in run.stdout


def test_a_snapshot_that_was_cut_off_fails(pod):
    snapshot = pod.root / "snapshots" / "dump.rdb"
    snapshot.write_bytes(snapshot.read_bytes()[:-20])
    assert drill(pod).returncode != 0


def test_a_missing_snapshot_fails(pod):
    (pod.root / "snapshots" / "dump.rdb").unlink()
    run = drill(pod)
    assert (run.returncode, run.stderr) == (1, "there is no snapshot yet\n")


def test_a_drill_leaves_the_snapshot_as_it_was(pod):
    before = (pod.root / "snapshots" / "dump.rdb").read_bytes()
    drill(pod)
    assert before == (pod.root / "snapshots" / "dump.rdb").read_bytes()
