"""The roles, schemas and tables of a stack, as SQL that may be run any number of times.

Everything works with both editions of TimescaleDB, and needs an owner with CREATEROLE and CREATEDB
but no superuser. ``psql`` runs it, and gives it ``environment``, ``mode`` and ``uid``.
"""

from typing import Final

from tradingstack_operator.desired.clients import role
from tradingstack_operator.desired.postgres import REGISTRY_DATABASE
from tradingstack_operator.model.components import FEATURES, INGESTOR, RISK_API, WATCHDOG

CLIENTS: Final = (FEATURES, INGESTOR, RISK_API, WATCHDOG)
"""The components whose programs log in, each as the role that is called like it."""

_LOCK: Final = "SELECT pg_advisory_xact_lock(7281650442);\n"
"""One run at a time: a changed Job starts while its predecessor may still be at work."""


def _role(component: str) -> str:
    name = role(component)
    return f"""\
SELECT 'CREATE ROLE {name}'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') \\gexec
ALTER ROLE {name} WITH LOGIN NOCREATEROLE NOCREATEDB;
"""  # noqa: S608 - made of constants


ROLES_SQL: Final = f"""\
BEGIN;
{_LOCK}{"".join(map(_role, CLIENTS))}COMMIT;
SELECT 'CREATE DATABASE {REGISTRY_DATABASE}'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{REGISTRY_DATABASE}') \\gexec
"""  # noqa: S608 - made of constants

TRADING_SQL: Final = f"""\
BEGIN;
{_LOCK}
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS timescaledb;
SELECT 'TimescaleDB ' || extversion || ', edition ' || current_setting('timescaledb.license')
FROM pg_extension WHERE extname = 'timescaledb';

CREATE SCHEMA IF NOT EXISTS md;
CREATE SCHEMA IF NOT EXISTS risk;

CREATE TABLE IF NOT EXISTS md.trades (
  ts timestamptz NOT NULL, venue text NOT NULL, symbol text NOT NULL, trade_id bigint NOT NULL,
  side text NOT NULL CHECK (side IN ('buy', 'sell')), ord_type text,
  price numeric(24, 10) NOT NULL CHECK (price > 0), qty numeric(28, 12) NOT NULL CHECK (qty > 0),
  recv_ts timestamptz NOT NULL, ingest_ts timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (venue, symbol, trade_id, ts));
CREATE TABLE IF NOT EXISTS md.book_top (
  ts timestamptz NOT NULL, venue text NOT NULL, symbol text NOT NULL, bid numeric, bid_qty numeric,
  ask numeric, ask_qty numeric, levels jsonb, crc_ok boolean NOT NULL, epoch text NOT NULL,
  seq bigint NOT NULL, PRIMARY KEY (venue, symbol, ts, seq));
CREATE TABLE IF NOT EXISTS md.ohlc_1m (
  bucket timestamptz NOT NULL, venue text NOT NULL, symbol text NOT NULL, open numeric,
  high numeric, low numeric, close numeric, volume numeric, vwap numeric, trades int,
  PRIMARY KEY (venue, symbol, bucket));
CREATE TABLE IF NOT EXISTS md.rollup_state (name text PRIMARY KEY, watermark timestamptz NOT NULL);
SELECT FROM create_hypertable('md.trades', by_range('ts', INTERVAL '1 day'), if_not_exists => true);
SELECT FROM create_hypertable(
  'md.book_top', by_range('ts', INTERVAL '1 day'), if_not_exists => true);
SELECT FROM create_hypertable(
  'md.ohlc_1m', by_range('bucket', INTERVAL '7 days'), if_not_exists => true);

-- Ordinary tables: the key of a hypertable holds the time, so a replayed fill would be a new row.
CREATE TABLE IF NOT EXISTS risk.fills (
  exec_id text PRIMARY KEY, order_id text NOT NULL, account text NOT NULL, symbol text NOT NULL,
  side text NOT NULL CHECK (side IN ('buy', 'sell')), qty numeric NOT NULL, price numeric NOT NULL,
  fee numeric, exec_ts timestamptz NOT NULL,
  mode text NOT NULL CHECK (mode IN ('live', 'simulation')), stack_uid uuid NOT NULL);
CREATE TABLE IF NOT EXISTS risk.limits (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, version bigint NOT NULL, scope text NOT NULL,
  key text NOT NULL, kind text NOT NULL, value numeric NOT NULL, hard boolean NOT NULL,
  valid_from timestamptz NOT NULL, valid_to timestamptz, author text NOT NULL, approver text,
  UNIQUE (scope, key, kind, version), CHECK (approver IS NULL OR approver <> author));

-- What this database is for; programs compare it with what they were told.
CREATE TABLE IF NOT EXISTS risk.environment (
  one boolean PRIMARY KEY DEFAULT true CHECK (one), environment text NOT NULL
    CHECK (environment IN ('production', 'staging', 'development')),
  trading_mode text NOT NULL CHECK (trading_mode IN ('live', 'simulation')),
  stack_uid uuid NOT NULL,
  CHECK (NOT (environment = 'production' AND trading_mode = 'simulation')));
INSERT INTO risk.environment (environment, trading_mode, stack_uid)
VALUES (:'environment', :'mode', :'uid') ON CONFLICT (one) DO NOTHING;
SELECT environment = :'environment' AND trading_mode = :'mode' AS fits FROM risk.environment \\gset
\\if :fits
UPDATE risk.environment SET stack_uid = :'uid' WHERE stack_uid <> :'uid';
\\else
DO $$ BEGIN RAISE EXCEPTION 'risk.environment: this database was made for another environment or \
trading mode than the stack has; give the stack a database of its own'; END $$;
\\endif

REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO {", ".join(map(role, CLIENTS))};
GRANT TEMPORARY ON DATABASE :"DBNAME" TO {role(FEATURES)};
GRANT USAGE ON SCHEMA md TO {role(FEATURES)}, {role(INGESTOR)}, {role(RISK_API)};
GRANT SELECT ON ALL TABLES IN SCHEMA md TO {role(FEATURES)}, {role(INGESTOR)}, {role(RISK_API)};
GRANT INSERT ON ALL TABLES IN SCHEMA md TO {role(INGESTOR)};
GRANT UPDATE ON md.ohlc_1m, md.rollup_state TO {role(INGESTOR)};
GRANT USAGE ON SCHEMA risk TO {role(INGESTOR)}, {role(RISK_API)}, {role(WATCHDOG)};
GRANT SELECT ON risk.environment TO {role(INGESTOR)}, {role(RISK_API)}, {role(WATCHDOG)};
GRANT SELECT, INSERT ON risk.fills, risk.limits TO {role(RISK_API)};
GRANT UPDATE (valid_to, approver) ON risk.limits TO {role(RISK_API)};
GRANT SELECT ON risk.limits TO {role(WATCHDOG)};
COMMIT;
"""  # noqa: S608 - made of constants

REGISTRY_SQL: Final = f"""\
BEGIN;
{_LOCK}
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO {role(FEATURES)};
GRANT USAGE, CREATE ON SCHEMA public TO {role(FEATURES)};
COMMIT;
"""
"""Feast makes its own tables, as the role of its programs."""
