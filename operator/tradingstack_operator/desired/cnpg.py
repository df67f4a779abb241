"""The database as a cluster of CloudNativePG, which replicates it and fails over by itself."""

from typing import Any, Final

from tradingstack_operator.api import names
from tradingstack_operator.api.parts import Storage
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import pgbackrest, postgres
from tradingstack_operator.desired.clients import DATABASE_NAME
from tradingstack_operator.desired.cnpg_backup import PLUGIN, build_backup
from tradingstack_operator.desired.cnpg_network import build_policy
from tradingstack_operator.desired.credentials import Credential, fetched_secret
from tradingstack_operator.desired.parts import head, object_name, selector
from tradingstack_operator.desired.sizing import Limits, resources
from tradingstack_operator.model.components import DATABASE
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import CNPG_CLUSTER
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.model.quantity import whole_bytes

HIBERNATION: Final = "cnpg.io/hibernation"
"""The annotation that makes CloudNativePG stop a cluster's pods and keep its volumes."""
QUORUM: Final = 3
"""From so many instances on, one may fail and two still hold every transaction."""
_MEBI: Final = 1024**2
# The instance manager loads a changed Secret by itself only where it finds this label on it.
_RELOADED: Final = {"metadata": {"labels": {"cnpg.io/reload": "true"}}}


def build_cnpg(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    return (
        *_secrets(stack),
        build_policy(stack, facts),
        *build_backup(stack),
        _cluster(stack, facts),
    )


def _secrets(stack: TradingStack) -> tuple[Manifest, ...]:
    """Fetch the Secrets that CloudNativePG reads by name, in the shapes that it asks for."""
    owner, server = postgres.OWNER_CREDENTIAL, postgres.TLS
    kinds = (
        (owner, "kubernetes.io/basic-auth", {"username": postgres.OWNER, **owner.files}),
        (server, "kubernetes.io/tls", server.files),
    )
    return tuple(
        fetched_secret(
            stack,
            DATABASE,
            object_name(stack, credential.name),
            credential.remote,
            files,
            type=kind,
            **_RELOADED,
        )
        for credential, kind, files in kinds
        if credential.name not in stack.spec.secrets.existing
    )


def _secret_name(stack: TradingStack, credential: Credential) -> str:
    """Name the Secret of a credential: somebody's, or the one that is fetched here."""
    own = object_name(stack, credential.name)
    return stack.spec.secrets.existing.get(credential.name, own)


def _cluster(stack: TradingStack, facts: Facts) -> Manifest:
    """Render the cluster.

    Its volumes are deleted with it. Unless the stack's data is to be deleted too, it therefore has
    no owner: neither the garbage collector nor the operator ever deletes it, and the operator
    hibernates it when the stack goes. A stack that comes back under the same name wakes it.
    """
    manifest = head(CNPG_CLUSTER, stack, object_name(stack, DATABASE), DATABASE)
    if stack.spec.deletion_policy != "Delete":
        del manifest["metadata"]["ownerReferences"]
    manifest["metadata"]["annotations"] = {HIBERNATION: "off"}
    database = stack.spec.database
    instances = database.instances or postgres.DEFAULT_INSTANCES
    granted = resources(stack, DATABASE, database.resources)
    owner = {"name": _secret_name(stack, postgres.OWNER_CREDENTIAL)}
    server = _secret_name(stack, postgres.TLS)
    pods = selector(stack, DATABASE)
    return manifest | {
        "spec": {
            "instances": instances,
            "imageName": database.image or facts.images.database,
            # Network policies select by these; the operator's mark is not among them, because the
            # pods are CloudNativePG's to change.
            "inheritedMetadata": {
                "labels": pods | {names.LABEL_ENVIRONMENT: stack.spec.environment}
            },
            "bootstrap": {
                "initdb": {
                    "database": DATABASE_NAME,
                    "owner": postgres.OWNER,
                    "secret": owner,
                    "dataChecksums": True,
                    "encoding": "UTF8",
                    "locale": "C.UTF-8",
                }
            },
            "enableSuperuserAccess": False,
            "managed": {
                "roles": [
                    {
                        "name": postgres.OWNER,
                        "ensure": "present",
                        "login": True,
                        "createdb": True,
                        "createrole": True,
                        "passwordSecret": owner,
                    }
                ]
            },
            "certificates": {"serverTLSSecret": server, "serverCASecret": server},
            "postgresql": _postgresql(stack, instances, granted),
            "resources": granted,
            "storage": _storage(database.storage),
            **({"walStorage": _storage(database.wal_storage)} if database.wal_storage else {}),
            **_placement(stack, instances),
            # The budget of a primary alone forbids every eviction, and so the drain of its node.
            "enablePDB": instances > 1,
            **({"plugins": [_archiver(stack)]} if database.backup else {}),
        }
    }


def _postgresql(stack: TradingStack, instances: int, granted: Limits) -> dict[str, Any]:
    """Set what the Builtin database sets as well, where CloudNativePG does not itself."""
    database = stack.spec.database
    timeout = database.backup and database.backup.wal_archive_timeout_seconds
    memory = whole_bytes(granted["limits"]["memory"])
    databases = f"{DATABASE_NAME},{postgres.REGISTRY_DATABASE}"
    return {
        "parameters": {
            "archive_timeout": f"{timeout or pgbackrest.DEFAULT_ARCHIVE_TIMEOUT_SECONDS}s",
            "effective_cache_size": f"{memory // 2 // _MEBI}MB",
            "jit": "off",
            "log_parameter_max_length_on_error": "0",
            "log_statement": "none",
            "shared_buffers": f"{memory // 4 // _MEBI}MB",
            "timescaledb.telemetry_level": "off",
            **database.parameters,
        },
        "shared_preload_libraries": ["timescaledb"],
        # CloudNativePG's own rules come first: standbys by certificate, the instance manager by
        # its socket. Its last one would take passwords without TLS.
        "pg_hba": [f"hostssl {databases} all all scram-sha-256", "host all all all reject"],
        **({"synchronous": _synchronous(instances)} if instances > 1 else {}),
    }


def _synchronous(instances: int) -> dict[str, Any]:
    """Commit on a second instance before a client hears of it, so that no failover loses an order.

    Of two, one may be away for maintenance: writes then go on alone. Of three or more, writes wait
    for a standby, and a failover takes place only to one that is known to have them all.
    """
    quorum = instances >= QUORUM
    return {
        "method": "any",
        "number": 1,
        "dataDurability": "required" if quorum else "preferred",
        "failoverQuorum": quorum,
    }


def _placement(stack: TradingStack, instances: int) -> dict[str, Any]:
    """Keep two instances of production off one node; elsewhere a crowded one is better than none.

    ``instances`` of one needs no company kept away.
    """
    strict = stack.production and instances > 1
    return {
        "affinity": {
            "enablePodAntiAffinity": True,
            "topologyKey": "kubernetes.io/hostname",
            "podAntiAffinityType": "required" if strict else "preferred",
        },
        "topologySpreadConstraints": [
            {
                "topologyKey": "topology.kubernetes.io/zone",
                "maxSkew": 1,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": selector(stack, DATABASE)},
            }
        ],
    }


def _storage(storage: Storage | None) -> dict[str, Any]:
    size = storage.size if storage else postgres.DEFAULT_STORAGE
    chosen = storage and storage.storage_class
    return {"size": size} | ({"storageClass": chosen} if chosen else {})


def _archiver(stack: TradingStack) -> dict[str, Any]:
    return {
        "name": PLUGIN,
        "enabled": True,
        "isWALArchiver": True,
        "parameters": {"barmanObjectName": object_name(stack, DATABASE)},
    }
