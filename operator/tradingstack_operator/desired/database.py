"""The database: one TimescaleDB on a volume of its own, its log archived as it grows."""

import hashlib
from typing import Any, Final

from tradingstack_contract import endpoints
from tradingstack_operator.api import names
from tradingstack_operator.api.stack_operation import StackOperation
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import parts, pgbackrest, postgres
from tradingstack_operator.desired.claims import volume_claim
from tradingstack_operator.desired.cnpg import build_cnpg
from tradingstack_operator.desired.credentials import (
    CREDENTIALS_MOUNT,
    Credential,
    credentials_volume,
    external_secret,
)
from tradingstack_operator.desired.sizing import Limits, resources
from tradingstack_operator.model.components import BACKUP, DATABASE
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import CONFIG_MAP, SERVICE, STATEFUL_SET, Kind
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.model.operations import mark_of, restored
from tradingstack_operator.model.quantity import whole_bytes

ANNOTATION_CONFIG_HASH: Final = f"{names.GROUP}/config-hash"
GRACE_SECONDS: Final = 300
"""Long enough to write a last checkpoint."""
SHARED_MEMORY_SIZE: Final = "256Mi"
PORT_NAME: Final = "postgres"
BACKUP_PORT_NAME: Final = "pgbackrest"


def build_database(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    """Render the database of the chosen provider; an External one needs nothing but its clients."""
    provider = stack.spec.database.provider
    if provider == "External":
        return ()
    return _builtin(stack, facts) if provider == "Builtin" else build_cnpg(stack, facts)


def data_claim(stack: TradingStack, facts: Facts) -> str:
    """Name the claim of the volume that holds the data now: the first, or the last restore's."""
    operation = restored(facts.operations, DATABASE)
    if operation is not None:
        return restored_claim(stack, operation)
    return parts.object_name(stack, DATABASE, "data")


def restored_claim(stack: TradingStack, operation: StackOperation) -> str:
    """Name the claim of the new volume that a restore fills."""
    return parts.object_name(stack, DATABASE, mark_of(operation))


def config_volume(stack: TradingStack) -> dict[str, Any]:
    """Mount every file of the server's configuration, that of pgBackRest among them."""
    return {"name": "conf", "configMap": {"name": parts.object_name(stack, DATABASE)}}


def server_credentials(stack: TradingStack) -> tuple[Credential, ...]:
    """List what the server's pod may know."""
    backup = stack.spec.database.backup
    repository = (pgbackrest.repository(backup),) if backup else ()
    return (postgres.OWNER_CREDENTIAL, postgres.TLS, *repository)


def _builtin(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    database = stack.spec.database
    granted = resources(stack, DATABASE, database.resources)
    files = _files(stack, facts, granted)
    wal = (
        (
            volume_claim(
                stack, DATABASE, _wal_claim(stack), database.wal_storage, postgres.DEFAULT_STORAGE
            ),
        )
        if database.wal_storage
        else ()
    )
    return (
        parts.service_account(stack, DATABASE),
        {**_head(CONFIG_MAP, stack), "data": files},
        *external_secret(stack, DATABASE, server_credentials(stack)),
        _service(stack),
        parts.disruption_budget(stack, parts.object_name(stack, DATABASE), DATABASE),
        volume_claim(
            stack, DATABASE, data_claim(stack, facts), database.storage, postgres.DEFAULT_STORAGE
        ),
        *wal,
        _stateful_set(stack, facts, granted, files),
    )


def _head(kind: Kind, stack: TradingStack) -> Manifest:
    return parts.head(kind, stack, parts.object_name(stack, DATABASE), DATABASE)


def _service(stack: TradingStack) -> Manifest:
    backed_up = stack.spec.database.backup is not None
    return {
        **_head(SERVICE, stack),
        "spec": {
            "type": "ClusterIP",
            "selector": parts.selector(stack, DATABASE),
            # There is one server: hiding it would only change the error that its clients see, and
            # a failing backup server beside it would cut them off.
            "publishNotReadyAddresses": True,
            "ports": [
                parts.service_port(PORT_NAME, endpoints.DATABASE_PORT),
                *(
                    [parts.service_port(BACKUP_PORT_NAME, endpoints.BACKUP_PORT)]
                    if backed_up
                    else []
                ),
            ],
        },
    }


def _wal_claim(stack: TradingStack) -> str:
    return parts.object_name(stack, DATABASE, "wal")


def _files(stack: TradingStack, facts: Facts, granted: Limits) -> dict[str, str]:
    """Write the server's files; each data volume has a directory of its own in the log's volume."""
    database, backup = stack.spec.database, stack.spec.database.backup
    claim = data_claim(stack, facts)
    wal_dir = f"{postgres.WAL_MOUNT}/{claim}" if database.wal_storage else None
    timeout = backup and backup.wal_archive_timeout_seconds
    conf = postgres.render_conf(
        cluster=stack.metadata.name,
        memory=whole_bytes(granted["limits"]["memory"]),
        archive_command=f"{pgbackrest.command(stack)} archive-push %p" if backup else None,
        archive_timeout=timeout or pgbackrest.DEFAULT_ARCHIVE_TIMEOUT_SECONDS,
        parameters=database.parameters,
    )
    files = {
        postgres.CONFIG_FILE: conf,
        postgres.HBA_FILE: postgres.HBA,
        postgres.IDENT_FILE: postgres.IDENT,
        postgres.PREPARE_FILE: postgres.render_prepare(wal_dir),
    }
    if backup:
        files[pgbackrest.CONFIG_FILE] = pgbackrest.server_conf(stack, backup)
    return files


def _stateful_set(
    stack: TradingStack, facts: Facts, granted: Limits, files: dict[str, str]
) -> Manifest:
    name = parts.object_name(stack, DATABASE)
    fingerprint = hashlib.sha256("\0".join(files.values()).encode()).hexdigest()[:16]
    database = stack.spec.database
    image = database.image or facts.images.database
    claims = {"data": data_claim(stack, facts)}
    if database.wal_storage:
        claims["wal"] = _wal_claim(stack)
    server, prepare = _server(stack, image, granted), _prepare(stack, image, granted)
    beside = [_backup_server(stack, image)] if database.backup else []
    return {
        **_head(STATEFUL_SET, stack),
        "spec": {
            "replicas": 1,
            "serviceName": name,
            "selector": {"matchLabels": parts.selector(stack, DATABASE)},
            "template": {
                "metadata": {
                    "labels": parts.labels(stack, DATABASE),
                    # PostgreSQL reads most of its configuration at its start only.
                    "annotations": {ANNOTATION_CONFIG_HASH: fingerprint},
                },
                "spec": {
                    **parts.pod_settings(stack, DATABASE, grace_seconds=GRACE_SECONDS),
                    "initContainers": [prepare],
                    "containers": [server, *beside],
                    "volumes": [
                        config_volume(stack),
                        credentials_volume(stack, DATABASE, server_credentials(stack)),
                        parts.TMP_VOLUME,
                        {"name": "run", "emptyDir": {"sizeLimit": "1Mi"}},
                        {
                            "name": "shared-memory",
                            "emptyDir": {"medium": "Memory", "sizeLimit": SHARED_MEMORY_SIZE},
                        },
                        *(
                            {"name": volume, "persistentVolumeClaim": {"claimName": claim}}
                            for volume, claim in claims.items()
                        ),
                    ],
                },
            },
        },
    }


def server_mounts(stack: TradingStack) -> list[dict[str, Any]]:
    """Mount what a PostgreSQL server on the data volume needs."""
    database = stack.spec.database
    return [
        {"name": "data", "mountPath": postgres.DATA_MOUNT},
        *([{"name": "wal", "mountPath": postgres.WAL_MOUNT}] if database.wal_storage else []),
        parts.mount("conf", postgres.CONFIG_DIR),
        *([parts.mount("conf", pgbackrest.CONFIG_DIR)] if database.backup else []),
        CREDENTIALS_MOUNT,
        parts.TMP_MOUNT,
        {"name": "run", "mountPath": postgres.SOCKET_DIR},
        {"name": "shared-memory", "mountPath": "/dev/shm"},  # noqa: S108 - inside a container
    ]


def _prepare(stack: TradingStack, image: str, granted: Limits) -> dict[str, Any]:
    return {
        "name": "prepare",
        "image": image,
        "command": ["sh", f"{postgres.CONFIG_DIR}/{postgres.PREPARE_FILE}"],
        "resources": granted,
        "securityContext": parts.container_security(),
        "volumeMounts": server_mounts(stack),
    }


def _server(stack: TradingStack, image: str, granted: Limits) -> dict[str, Any]:
    stop = {"exec": {"command": ["sh", "-c", postgres.STOP_SCRIPT]}}
    return {
        "name": DATABASE,
        "image": image,
        "command": list(postgres.SERVER_COMMAND),
        "ports": [parts.port(PORT_NAME, endpoints.DATABASE_PORT)],
        "resources": granted,
        "securityContext": parts.container_security(),
        "lifecycle": {"preStop": stop},
        # An hour: after a crash of this container alone it recovers here.
        "startupProbe": _ask(postgres.READY_SCRIPT, period=5, failures=720),
        "readinessProbe": _ask(postgres.READY_SCRIPT, period=5, failures=2),
        "livenessProbe": _ask(postgres.ALIVE_SCRIPT, period=10, failures=6),
        "volumeMounts": server_mounts(stack),
    }


def _backup_server(stack: TradingStack, image: str) -> dict[str, Any]:
    """Serve the data's files to the backup's pod, which never mounts them."""
    data = [
        {**item, "readOnly": True} if item["name"] in {"data", "wal"} else item
        for item in server_mounts(stack)
        if item["mountPath"] != postgres.CONFIG_DIR
    ]
    return {
        "name": BACKUP,
        "image": image,
        "command": ["sh", "-c", pgbackrest.serve_script(stack)],
        "ports": [parts.port(BACKUP_PORT_NAME, endpoints.BACKUP_PORT)],
        "resources": resources(stack, BACKUP, None),
        "securityContext": parts.container_security(),
        "startupProbe": _ask(pgbackrest.PING_SCRIPT, period=2, failures=60),
        "readinessProbe": _ask(pgbackrest.PING_SCRIPT, period=10, failures=3),
        "livenessProbe": _ask(pgbackrest.PING_SCRIPT, period=30, failures=3),
        "volumeMounts": data,
    }


def _ask(script: str, *, period: int, failures: int) -> dict[str, Any]:
    question = {"exec": {"command": ["sh", "-c", script]}}
    return parts.probe(question, period=period, timeout=5, failures=failures)
