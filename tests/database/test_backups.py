"""Archive, base backups and restores, with an object store that speaks S3 over TLS."""

import shutil

from tests.database.conftest import until


def backup(database):
    pod = database.cluster.pod("CronJob", "backup")
    return pod.run("backup", *pod.container("backup")["command"])


def labels(database):
    ask = "pgbackrest --stanza=alpha info"
    include = "--config-include-path=/var/run/tradingstack/credentials/backup-s3"
    run = database.cluster.pod("CronJob", "backup").run("backup", *ask.split(), include)
    return [line.split(":")[0].strip() for line in run.stdout.splitlines() if "backup: 2" in line]


def stanza_exists(database):
    return "stanza-create command end: completed" in database.server.log("backup")


def test_the_first_backup_is_full_and_the_next_ones_hold_what_changed(make):
    database = make()
    database.prepare()
    database.start("database", "backup")
    until(lambda: stanza_exists(database))
    runs = [backup(database), backup(database)]
    assert [run.returncode for run in runs] == [0, 0], runs
    assert labels(database) == ["full backup", "diff backup"]


def test_a_pod_with_another_certificate_reads_no_files(make):
    database = make()
    database.prepare()
    database.start("database", "backup")
    until(lambda: stanza_exists(database))
    certificate, key = database.authority.issue("somebody")
    database.cluster.vault["backup-tls"] = {"tls.crt": certificate, "tls.key": key}
    run = backup(database)
    assert run.returncode != 0
    assert "access denied" in run.stdout


def test_a_restore_brings_back_a_moment(make):
    database = make()
    database.prepare()
    database.start("database", "backup")
    assert database.schema().returncode == 0
    until(lambda: stanza_exists(database))
    assert backup(database).returncode == 0
    database.sql("CREATE TABLE moments AS SELECT 'before' AS x")
    target = database.sql("SELECT clock_timestamp()")
    database.sql("INSERT INTO moments VALUES ('after')")
    last = database.sql("SELECT pg_walfile_name(pg_switch_wal())")
    until(lambda: last <= database.sql("SELECT last_archived_wal FROM pg_stat_archiver"))
    database.stop()
    database.server.kill()
    restored = database.cluster.root / "claims" / "alpha-database-restored"
    database.server = database.cluster.pod("StatefulSet", "database", data=restored)
    options = f"--type=time '--target={target}' --target-action=promote"
    include = "--config-include-path=/var/run/tradingstack/credentials/backup-s3"
    ask = f"pgbackrest --stanza=alpha {include} {options} restore"
    run = database.server.run("database", "sh", "-c", ask)
    assert run.returncode == 0, run.stdout
    database.prepare()
    database.start("database")
    assert database.sql("SELECT string_agg(x, ',') FROM moments") == "before"
    assert database.sql("SELECT count(*) FROM timescaledb_information.hypertables") == "3"


def test_a_start_does_not_wait_for_a_lost_object_store(make):
    database = make()
    database.store.close()
    shutil.rmtree(database.cluster.root / "objects")
    database.prepare()
    database.start("database")
    assert database.sql("SELECT 1") == "1"
