"""What each role may do, and that the Job may run any number of times."""

import pytest

from tests.database.pki import PASSWORDS
from tradingstack_contract.endpoints import DATABASE_PORT

TRADE = (
    "INSERT INTO md.trades (ts, venue, symbol, trade_id, side, price, qty, recv_ts)"
    " VALUES (now(), 'kraken', 'BTC', {}, 'buy', 1, 1, now())"
)
FILL = (
    "INSERT INTO risk.fills VALUES ('{}', 'o', 'a', 'BTC', 'buy', 1, 1, 0, now(), 'live',"
    " '00000000-0000-4000-8000-000000000001')"
)
LIMIT = (
    "INSERT INTO risk.limits (version, scope, key, kind, value, hard, valid_from, author)"
    " VALUES ({}, 's', 'k', 'max', 1, true, now(), 'ann')"
)


def connect(
    database, role, statement, *, db="trading", host="alpha-database", ssl="verify-full", word=None
):
    """Log in from the schema's pod, which has the files of every role."""
    pod = database.cluster.pod("Job", "schema")
    ca = "/var/run/tradingstack/credentials/database-ca/ca.crt"
    where = (
        f"host={host} port={DATABASE_PORT} dbname={db} user={role} sslmode={ssl} sslrootcert={ca}"
    )
    component = {"trading_owner": "owner", "risk_api": "risk-api"}.get(role, role)
    secret = PASSWORDS[component] if word is None else word
    return pod.run("schema", "env", f"PGPASSWORD={secret}", "psql", "-qAtX", where, "-c", statement)


def answer(database, role, statement, **where):
    run = connect(database, role, statement, **where)
    return run.stdout.strip() or run.stderr.strip().removeprefix("ERROR:  ")


def test_the_job_may_run_again(database):
    assert database.schema().returncode == 0


def test_no_password_shows_in_any_log(database):
    run = database.schema()
    logs = run.stdout + run.stderr + database.server.log("database")
    assert not [name for name, word in PASSWORDS.items() if word in logs]


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("ingestor", TRADE.format(1)),
        ("ingestor", "SELECT 1 FROM md.trades"),
        ("ingestor", "INSERT INTO md.rollup_state VALUES ('a', now())"),
        ("ingestor", "UPDATE md.rollup_state SET watermark = now()"),
        ("risk_api", "SELECT 1 FROM md.trades"),
        ("risk_api", FILL.format("allowed")),
        ("risk_api", LIMIT.format(1)),
        ("risk_api", "UPDATE risk.limits SET approver = 'bob'"),
        ("features", "SELECT 1 FROM md.ohlc_1m"),
        ("features", "CREATE TEMPORARY TABLE entities (x int)"),
        ("watchdog", "SELECT environment FROM risk.environment"),
    ],
)
def test_a_role_may_do_its_work(database, role, statement):
    run = connect(database, role, statement)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("ingestor", "DELETE FROM md.trades"),
        ("ingestor", FILL.format("forged")),
        ("ingestor", "CREATE TABLE public.mine (x int)"),
        ("risk_api", TRADE.format(2)),
        ("risk_api", "DELETE FROM risk.fills"),
        ("risk_api", "UPDATE risk.fills SET qty = 0"),
        ("risk_api", "UPDATE risk.limits SET value = 1000"),
        ("features", "SELECT 1 FROM risk.fills"),
        ("features", TRADE.format(3)),
        ("watchdog", "SELECT 1 FROM md.trades"),
        ("watchdog", "UPDATE risk.environment SET trading_mode = 'simulation'"),
        ("risk_api", "CREATE ROLE other"),
        ("risk_api", "ALTER ROLE ingestor PASSWORD 'x'"),
    ],
)
def test_a_role_may_do_nothing_else(database, role, statement):
    assert "permission denied" in answer(database, role, statement)


def test_feast_may_make_its_tables_in_its_own_database(database):
    statement = "CREATE TABLE feature_views (x int)"
    assert connect(database, "features", statement, db="feast_registry").returncode == 0


def test_nobody_else_may_enter_feasts_database(database):
    assert "permission denied" in answer(database, "risk_api", "SELECT 1", db="feast_registry")


def test_the_owner_is_no_superuser(database):
    assert answer(database, "trading_owner", "SHOW is_superuser") == "off"


def test_the_database_says_what_it_is_for(database):
    marker = answer(database, "risk_api", "SELECT environment, trading_mode FROM risk.environment")
    assert marker == "production|live"


def test_production_cannot_be_marked_as_a_simulation(database):
    statement = "UPDATE risk.environment SET trading_mode = 'simulation'"
    assert "violates check constraint" in answer(database, "trading_owner", statement)


def test_trades_are_kept_by_the_day(database):
    chunks = "SELECT time_interval FROM timescaledb_information.dimensions"
    assert (
        answer(database, "trading_owner", f"{chunks} WHERE hypertable_name = 'trades'") == "1 day"
    )


def test_a_changed_password_counts_after_the_next_run(database):
    entry = database.cluster.vault["database-ingestor"]
    before, entry["password"] = entry["password"], "a new one"
    try:
        assert database.schema().returncode == 0
        assert answer(database, "ingestor", "SELECT 1", word="a new one") == "1"
        assert "authentication failed" in answer(database, "ingestor", "SELECT 1", word=before)
    finally:
        entry["password"] = before
        database.schema()


def test_a_database_of_another_environment_is_refused(database):
    database.sql("UPDATE risk.environment SET environment = 'staging'")
    try:
        run = database.schema()
    finally:
        database.sql("UPDATE risk.environment SET environment = 'production'")
    assert run.returncode != 0
    assert "made for another environment" in run.stderr
