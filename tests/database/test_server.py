"""The server as its pod runs it: who gets in, and what becomes of its volumes."""

import os

import pytest

from tests.database.pki import Authority
from tests.database.pods import USER
from tests.database.test_schema import answer, connect


def test_a_running_server_is_ready_and_alive(database):
    probes = ("startupProbe", "readinessProbe", "livenessProbe")
    assert [database.server.probe("database", probe) for probe in probes] == [True] * 3


@pytest.mark.parametrize("mode", ["verify-full", "verify-ca"])
def test_a_client_gets_in_by_tls_and_password(database, mode):
    assert answer(database, "risk_api", "SELECT 1", ssl=mode) == "1"


def test_a_connection_without_tls_is_refused(database):
    assert "no encryption" in answer(database, "risk_api", "SELECT 1", ssl="disable")


def test_a_wrong_password_is_refused(database):
    assert "authentication failed" in answer(database, "risk_api", "SELECT 1", word="wrong")


def test_the_superuser_has_no_way_in_over_the_network(database):
    assert "pg_hba.conf rejects" in answer(database, "postgres", "SELECT 1", word="any")


def test_a_client_refuses_a_server_of_another_authority(database):
    tls = database.cluster.vault["database-tls"]
    before, tls["ca.crt"] = tls["ca.crt"], Authority("somebody else").text
    try:
        assert "certificate verify failed" in answer(database, "risk_api", "SELECT 1")
    finally:
        tls["ca.crt"] = before


def test_a_client_refuses_a_server_of_another_name(database):
    assert "does not match host name" in answer(database, "risk_api", "SELECT 1", host="elsewhere")


def test_passwords_are_kept_as_scram(database):
    kinds = "SELECT DISTINCT left(rolpassword, 13) FROM pg_authid WHERE rolpassword IS NOT NULL"
    assert database.sql(kinds) == "SCRAM-SHA-256"


def test_the_root_of_the_container_is_read_only(database):
    assert database.server.run("database", "touch", "/etc/mine").returncode != 0


def test_an_interrupted_initialisation_begins_anew(make):
    running = make()
    half = running.server.volumes["data"] / "pgdata.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("17\n")
    os.chown(half, USER, USER)
    running.prepare()
    running.start("database")
    assert running.sql("SELECT 1") == "1"


def test_the_log_moves_to_a_volume_that_is_added_later(make):
    running = make(walStorage={"size": "2Gi"})
    running.prepare()
    wal = running.server.volumes["wal"] / "alpha-database-data"
    assert (running.server.volumes["data"] / "pgdata/pg_wal").is_symlink()
    assert list(wal.glob("0*"))
    running.prepare()
    running.start("database")
    assert running.sql("SELECT pg_walfile_name(pg_current_wal_lsn())") in {
        p.name for p in wal.glob("0*")
    }


def test_no_new_database_is_made_beside_the_log_of_a_lost_one(make):
    running = make(walStorage={"size": "2Gi"})
    (running.server.volumes["wal"] / "alpha-database-data").mkdir()
    run = running.server.run("prepare")
    assert run.returncode != 0
    assert "restore a backup" in run.stderr


def test_a_crashed_server_recovers_what_was_committed(make):
    running = make()
    running.prepare()
    running.start("database")
    running.sql("CREATE TABLE kept AS SELECT 1 AS x")
    running.server.kill()
    running.prepare()
    running.start("database")
    assert running.sql("SELECT x FROM kept") == "1"


def test_a_new_owner_password_counts_after_the_next_start(make):
    running = make()
    running.prepare()
    running.cluster.vault["database-owner"]["password"] = "the next one"  # noqa: S105 - of this test
    running.server.remount_credentials()
    running.prepare()
    running.start("database")
    run = connect(running, "trading_owner", "SELECT 1", word="the next one")
    assert run.stdout == "1\n"
