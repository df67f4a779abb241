"""What pgBackRest is told: where the repository is, how its two sides talk, and what is kept.

The server's pod archives the log and serves its files to the backup's pod, which writes the base
backups. What opens the bucket comes in a file of its own, whose directory is named on every
command line.
"""

import re
from typing import Final

from tradingstack_contract import endpoints, paths
from tradingstack_operator.api.database import Backup
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import postgres
from tradingstack_operator.desired.clients import CA_FILE
from tradingstack_operator.desired.credentials import Credential, Remote

CONFIG_DIR: Final = "/etc/pgbackrest"
CONFIG_FILE: Final = "pgbackrest.conf"
CLIENT_CREDENTIAL: Final = Credential(
    "backup-tls",
    {
        "client_certificate": Remote("backup-tls", "tls.crt"),
        "client_key": Remote("backup-tls", "tls.key"),
    },
    {"tls.crt": "{{ .client_certificate }}", "tls.key": "{{ .client_key }}"},
)
"""The certificate with which the backup's pod opens the server's files; of the server's CA."""
CLIENT_NAME: Final = "backup"
"""The common name in that certificate."""
REPOSITORY: Final = "backup-s3"
DEFAULT_ARCHIVE_TIMEOUT_SECONDS: Final = 60
PUBLIC_S3: Final = "https://s3.amazonaws.com"
DEFAULT_REGION: Final = "us-east-1"
_INCLUDED: Final = f"{paths.CREDENTIALS_DIR}/{REPOSITORY}"
DAYS_BETWEEN_FULL_BACKUPS: Final = 7
"""Every other one holds what changed since the last full one."""
_REGION: Final = re.compile(r"[.-]([a-z]{2}(?:-[a-z]+)+-[0-9])\.amazonaws\.com")

_REPOSITORY_FILE: Final = """\
[global]
repo1-s3-key={{ .s3_key }}
repo1-s3-key-secret={{ .s3_key_secret }}
repo1-cipher-pass={{ .cipher }}
"""


def repository(backup: Backup) -> Credential:
    """Describe what opens the bucket and the files in it."""
    entry = backup.credentials_remote_key or REPOSITORY
    return Credential(
        REPOSITORY,
        {
            "s3_key": Remote(entry, "access-key"),
            "s3_key_secret": Remote(entry, "secret-key"),
            "cipher": Remote(entry, "cipher-pass"),
        },
        {"repository.conf": _REPOSITORY_FILE},
    )


def command(stack: TradingStack) -> str:
    """Begin every command line; the stanza is called like the stack."""
    return f"pgbackrest --stanza={stack.metadata.name} --config-include-path={_INCLUDED}"


def server_conf(stack: TradingStack, backup: Backup) -> str:
    """Write the configuration of the pod that has the data."""
    name = stack.metadata.name
    return f"""\
{_global(backup)}\
tls-server-address=*
tls-server-port={endpoints.BACKUP_PORT}
tls-server-cert-file={paths.credential_file(postgres.TLS.name, "tls.crt")}
tls-server-key-file={paths.credential_file(postgres.TLS.name, "tls.key")}
tls-server-ca-file={paths.credential_file(postgres.TLS.name, CA_FILE)}
tls-server-auth={CLIENT_NAME}={name}

[{name}]
pg1-path={postgres.DATA_DIR}
pg1-port={endpoints.DATABASE_PORT}
pg1-socket-path={postgres.SOCKET_DIR}
pg1-user={postgres.SUPERUSER}
"""


def client_conf(stack: TradingStack, backup: Backup, host: str) -> str:
    """Write the configuration of a pod that reaches the data through ``host``."""
    return f"""\
{_global(backup)}\
start-fast=y
process-max=2
repo1-retention-full-type=time
repo1-retention-full={backup.retention_days}

[{stack.metadata.name}]
pg1-host={host}
pg1-host-type=tls
pg1-host-port={endpoints.BACKUP_PORT}
pg1-host-config-include-path={_INCLUDED}
pg1-host-cert-file={paths.credential_file(CLIENT_CREDENTIAL.name, "tls.crt")}
pg1-host-key-file={paths.credential_file(CLIENT_CREDENTIAL.name, "tls.key")}
pg1-host-ca-file={paths.credential_file("database-ca", CA_FILE)}
pg1-path={postgres.DATA_DIR}
pg1-port={endpoints.DATABASE_PORT}
pg1-socket-path={postgres.SOCKET_DIR}
pg1-user={postgres.SUPERUSER}
"""


def _global(backup: Backup) -> str:
    bucket, _, folder = backup.bucket.removeprefix("s3://").partition("/")
    endpoint = backup.endpoint or PUBLIC_S3
    region = _REGION.search(endpoint)
    style = "host" if ".amazonaws.com" in endpoint else "path"
    return f"""\
[global]
repo1-type=s3
repo1-s3-bucket={bucket}
repo1-path=/{folder.strip("/")}
repo1-s3-endpoint={endpoint}
repo1-s3-region={region[1] if region else DEFAULT_REGION}
repo1-s3-uri-style={style}
repo1-cipher-type=aes-256-cbc
repo1-bundle=y
compress-type=zst
lock-path=/tmp/pgbackrest
log-level-console=info
log-level-file=off
"""


def serve_script(stack: TradingStack) -> str:
    """Write what the server's pod runs beside PostgreSQL.

    The stanza is made as soon as PostgreSQL and the bucket can be reached, which a server of the
    files does not wait for.
    """
    ask = command(stack)
    up = f"pg_isready -q -h {postgres.SOCKET_DIR} -U {postgres.SUPERUSER}"
    create = f"until {up}; do sleep 1; done; until {ask} stanza-create; do sleep 10; done"
    return f"({create}) & exec pgbackrest server"


PING_SCRIPT: Final = "pgbackrest server-ping"


def backup_script(stack: TradingStack) -> str:
    """Write what the backup's pod runs: a full backup when the last one is a week old."""
    ask = command(stack)
    return f"""\
set -eu
newest=$({ask} info | sed -n 's/^ *full backup: \\([0-9]\\{{8\\}}\\)-.*/\\1/p' | tail -n 1)
limit=$(date -u -d "@$(($(date +%s) - {DAYS_BETWEEN_FULL_BACKUPS} * 86400))" +%Y%m%d)
type=diff
[ "${{newest:-0}}" -gt "$limit" ] || type=full
exec {ask} --type=$type backup
"""
