"""What PostgreSQL is told: its settings, who may connect, and how its volume is made ready.

The image brings PostgreSQL 16 or newer with TimescaleDB and pgBackRest on its PATH, a shell, and
an entry in /etc/passwd for the user of the pod, without which neither initdb nor the socket's
authentication works. Its own entry point is not used.
"""

from collections.abc import Mapping
from typing import Final

from tradingstack_contract import endpoints, paths
from tradingstack_operator.api.database import Parameter
from tradingstack_operator.desired.clients import CA_FILE, DATABASE_NAME
from tradingstack_operator.desired.credentials import Credential, Remote, password, password_file

SUPERUSER: Final = "postgres"
OWNER: Final = "trading_owner"
"""The role that owns the databases and makes the other roles; no superuser."""
OWNER_CREDENTIAL: Final = password("database-owner")
TLS: Final = Credential(
    "database-tls",
    {
        "server_certificate": Remote("database-tls", "tls.crt"),
        "server_key": Remote("database-tls", "tls.key"),
        "server_ca": Remote("database-tls", CA_FILE),
    },
    {
        "tls.crt": "{{ .server_certificate }}",
        "tls.key": "{{ .server_key }}",
        CA_FILE: "{{ .server_ca }}",
    },
)
"""The server's certificate and key, and the authority of both sides' certificates."""

CONFIG_DIR: Final = "/etc/postgresql"
CONFIG_FILE: Final = "postgresql.conf"
HBA_FILE: Final = "pg_hba.conf"
IDENT_FILE: Final = "pg_ident.conf"
PREPARE_FILE: Final = "prepare.sh"
DATA_MOUNT: Final = "/var/lib/postgresql/data"
DATA_DIR: Final = f"{DATA_MOUNT}/pgdata"
WAL_MOUNT: Final = "/var/lib/postgresql/wal"
SOCKET_DIR: Final = "/var/run/postgresql"

DEFAULT_STORAGE: Final = "20Gi"
DEFAULT_INSTANCES: Final = 1
REGISTRY_DATABASE: Final = "feast_registry"
_MEBI: Final = 1024**2

_CONFIG: Final = f"config_file={CONFIG_DIR}/{CONFIG_FILE}"
SERVER_COMMAND: Final = ("postgres", "-D", DATA_DIR, "-c", _CONFIG)


def render_conf(
    *,
    cluster: str,
    memory: int,
    archive_command: str | None,
    archive_timeout: int,
    parameters: Mapping[Parameter, str],
) -> str:
    """Write postgresql.conf; ``memory`` is the container's limit in bytes.

    ``archive_timeout`` is in seconds. The user's ``parameters`` come last, which is what counts;
    the API lets none of them touch TLS, archiving or authentication.
    """
    archive = (
        f"archive_mode = on\narchive_command = '{archive_command}'\n"
        f"archive_timeout = {archive_timeout}s\n"
        if archive_command
        else "archive_mode = off\n"
    )
    chosen = "".join(f"{name} = '{parameters[name]}'\n" for name in sorted(parameters))
    return f"""\
cluster_name = '{cluster}'
listen_addresses = '*'
port = {endpoints.DATABASE_PORT}
unix_socket_directories = '{SOCKET_DIR}'
hba_file = '{CONFIG_DIR}/{HBA_FILE}'
ident_file = '{CONFIG_DIR}/{IDENT_FILE}'
ssl = on
ssl_min_protocol_version = 'TLSv1.2'
ssl_cert_file = '{paths.credential_file(TLS.name, "tls.crt")}'
ssl_key_file = '{paths.credential_file(TLS.name, "tls.key")}'
password_encryption = 'scram-sha-256'
shared_preload_libraries = 'timescaledb'
timescaledb.telemetry_level = off
wal_level = replica
{archive}\
shared_buffers = {memory // 4 // _MEBI}MB
effective_cache_size = {memory // 2 // _MEBI}MB
max_connections = 100
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_destination = 'stderr'
log_statement = 'none'
log_parameter_max_length_on_error = 0
{chosen}"""


HBA: Final = f"""\
# type  database  user  address  method
local    all  {SUPERUSER}  peer map=pod
hostssl  all  {SUPERUSER}  all  reject
hostssl  {DATABASE_NAME},{REGISTRY_DATABASE}  all  all  scram-sha-256
host     all  all  all  reject
"""
"""The superuser comes by the pod's own socket only, everybody else by TLS and password only."""

IDENT: Final = f"pod  /^.*$  {SUPERUSER}\n"
"""Whoever the image calls the pod's user: nobody else can reach the socket."""

_PSQL: Final = f"psql -qAtX -v ON_ERROR_STOP=1 -h {SOCKET_DIR} -U {SUPERUSER}"

OWNER_SQL: Final = f"""\
SELECT 'CREATE ROLE {OWNER}'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') \\gexec
ALTER ROLE {OWNER} WITH LOGIN CREATEROLE CREATEDB NOSUPERUSER;
SELECT 'CREATE DATABASE {DATABASE_NAME} OWNER {OWNER}'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE_NAME}') \\gexec
"""  # noqa: S608 - made of constants


def render_prepare(wal_dir: str | None) -> str:
    """Write the script that makes the volume ready before the server starts.

    It makes a cluster where there is none, moves the write-ahead log to its own volume when it has
    one, and sets up the owner over the socket of a server that nobody else can reach. It may be
    interrupted at any point and run again. Recovery takes place here, where no probe ends it; what
    is to be archived waits for the real server, so that no lost bucket holds up the start.
    """
    return f"""\
set -eu
umask 077
data={DATA_DIR}
{_move_wal(wal_dir) if wal_dir else ""}\
if [ ! -s "$data/PG_VERSION" ]; then
{_refuse_orphan(wal_dir) if wal_dir else ""}\
  rm -rf "$data.new"
  initdb -D "$data.new" --username={SUPERUSER} --auth=reject --encoding=UTF8 --locale=C.UTF-8 \\
    --data-checksums
  mv "$data.new" "$data"
fi
{"move_wal" if wal_dir else ""}
trap 'pg_ctl stop -D "$data" -m fast -s' EXIT
pg_ctl start -D "$data" -w -t 86400 -s -o "\\
  -c {_CONFIG} -c listen_addresses= -c hot_standby=off -c archive_command="
until pg_isready -q -h {SOCKET_DIR} -U {SUPERUSER}; do
  pg_ctl status -D "$data" >/dev/null
  sleep 1
done
{_PSQL} -d postgres <<'SQL'
{OWNER_SQL}SQL
owner() {{ cat {password_file(OWNER_CREDENTIAL.name)}; echo; }}
{{ owner; owner; }} | {_PSQL} -d postgres -c '\\password {OWNER}'
"""


def _refuse_orphan(wal_dir: str) -> str:
    return f"""\
  if [ -e {wal_dir} ] && [ ! -e "$data.new" ]; then
    echo "the data volume is empty but {wal_dir} holds the log of its former data:" \\
      "restore a backup, or empty the log's volume" >&2
    exit 1
  fi
"""


def _move_wal(wal_dir: str) -> str:
    return f"""\
move_wal() {{
  if [ ! -e "$data/pg_wal" ] && [ -d "$data/pg_wal.old" ]; then
    mv "$data/pg_wal.old" "$data/pg_wal"
  fi
  if [ ! -L "$data/pg_wal" ]; then
    rm -rf {wal_dir} {wal_dir}.new
    cp -a "$data/pg_wal" {wal_dir}.new
    mv {wal_dir}.new {wal_dir}
    sync
    mv "$data/pg_wal" "$data/pg_wal.old"
    ln -s {wal_dir} "$data/pg_wal"
  fi
  rm -rf "$data/pg_wal.old"
}}
"""


READY_SCRIPT: Final = (
    f"test \"$({_PSQL} -d {DATABASE_NAME} -c 'SELECT NOT pg_is_in_recovery()')\" = t"
)
"""Ready is a primary that answers a query."""

ALIVE_SCRIPT: Final = f"pg_isready -q -h {SOCKET_DIR} -U {SUPERUSER} || test $? -eq 1"
"""Alive is a server that listens, even one that still refuses: a restart would begin it anew."""

STOP_SECONDS: Final = 240
STOP_SCRIPT: Final = (
    f"pg_ctl stop -D {DATA_DIR} -m fast -t {STOP_SECONDS} || pg_ctl stop -D {DATA_DIR} -m immediate"
)
"""The kubelet's SIGTERM alone would wait for every client to leave.

A bucket that does not answer holds up the archiver, and so the end; the log is archived later.
"""
