"""What every Feast process of a stack shares: its one settings file and the shape of its pods.

Feast reads registry, offline store and online store with their passwords from feature_store.yaml.
External Secrets writes that whole file into the Secret of each component; see
workloads/feast for the programs.
"""

from typing import Any, Final

from tradingstack_contract import endpoints, paths
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import parts, postgres
from tradingstack_operator.desired.clients import (
    authority,
    authority_file,
    database_endpoint,
    role,
)
from tradingstack_operator.desired.credentials import (
    CREDENTIALS_MOUNT,
    Credential,
    Remote,
    credentials_volume,
)
from tradingstack_operator.desired.sizing import Limits
from tradingstack_operator.model.components import DATABASE, FEATURES, ONLINE_STORE
from tradingstack_operator.model.facts import Facts

STORE: Final = "feature-store"
STORE_FILE: Final = "feature_store.yaml"
STORE_PATH: Final = paths.credential_file(STORE, STORE_FILE)
USER: Final = role(FEATURES)
"""In PostgreSQL and in the online store."""
SCHEMA: Final = "md"
"""Where feature definitions look for a table that they name without its schema."""
REPO_DIR: Final = "/opt/feast/repo"
"""Where an image holds the feature definitions."""
PROGRAM: Final = "tradingstack-feast"
READINESS_PROGRAM: Final = "tradingstack-feast-ready"
REGISTRY_CACHE_SECONDS: Final = 60
CONNECT_SECONDS: Final = 5


def project(stack: TradingStack) -> str:
    return stack.spec.features.project or stack.metadata.name.replace("-", "_")


def store_file(stack: TradingStack) -> Credential:
    """Describe feature_store.yaml.

    Feast replaces ``$NAME`` in the text before it reads it as YAML, and takes the connection string
    of Redis apart at its commas before it reads each value as JSON. So each value is quoted for
    the reader it ends at, and what an earlier one would stumble over is written as an escape.
    """
    database = database_endpoint(stack)
    redis = (
        f"{parts.object_name(stack, ONLINE_STORE)}:{endpoints.CACHE_PORT},username={USER}"
        ",socket_timeout=0.5,socket_connect_timeout=0.5,password=%s"
    )
    text = f"""\
project: "{project(stack)}"
provider: local
entity_key_serialization_version: 3
registry:
  registry_type: sql
  path: postgresql+psycopg://{USER}@{database.host}:{database.port}/{postgres.REGISTRY_DATABASE}
  schema_mode: verify
  cache_mode: thread
  cache_ttl_seconds: {REGISTRY_CACHE_SECONDS}
  sqlalchemy_config_kwargs:
    pool_pre_ping: true
    connect_args:
      connect_timeout: {CONNECT_SECONDS}
      sslmode: {database.ssl_mode}
      sslrootcert: {authority_file(DATABASE)}
      password: {{{{ .{_DATABASE_PASSWORD} | {_AS_YAML} }}}}
offline_store:
  type: postgres
  host: "{database.host}"
  port: {database.port}
  database: "{database.database}"
  db_schema: {SCHEMA}
  user: {USER}
  sslmode: {database.ssl_mode}
  sslrootcert_path: {authority_file(DATABASE)}
  password: {{{{ .{_DATABASE_PASSWORD} | {_AS_YAML} }}}}
online_store:
  type: redis
  connection_string: {{{{ printf "{redis}" (.{_REDIS_PASSWORD} | {_AS_JSON}) | {_AS_YAML} }}}}
"""
    return Credential(
        STORE,
        {
            _DATABASE_PASSWORD: Remote(f"{DATABASE}-{FEATURES}"),
            _REDIS_PASSWORD: Remote(f"{ONLINE_STORE}-{FEATURES}"),
        },
        {STORE_FILE: text},
    )


_DATABASE_PASSWORD: Final = "database_features"  # noqa: S105 - a name in the template
_REDIS_PASSWORD: Final = "online_store_features"  # noqa: S105 - a name in the template
_AS_YAML: Final = r'toJson | replace "$" "\\u0024"'
_AS_JSON: Final = r'toJson | replace "," "\\u002c"'


def credentials(stack: TradingStack) -> tuple[Credential, ...]:
    return (store_file(stack), authority(DATABASE))


def image(stack: TradingStack, facts: Facts) -> str:
    return stack.spec.features.image or facts.images.features


def repo_image(stack: TradingStack, facts: Facts) -> str:
    """Name the image with the feature definitions, which holds Feast as well."""
    return stack.spec.features.repo_image or image(stack, facts)


def feast(*arguments: str) -> list[str]:
    return ["feast", "--feature-store-yaml", STORE_PATH, *arguments]


def container(
    name: str, image: str, command: list[str], granted: Limits, **more: Any
) -> dict[str, Any]:
    return {
        "name": name,
        "image": image,
        "command": command,
        # Feast and gunicorn write below both, and nothing else of the file system is writable.
        "env": [
            {"name": "HOME", "value": _TMP},
            {"name": "PYTHONDONTWRITEBYTECODE", "value": "1"},
            {"name": "PYTHONUNBUFFERED", "value": "1"},
            {"name": "TMPDIR", "value": _TMP},
        ],
        "resources": granted,
        "securityContext": parts.container_security(),
        "volumeMounts": [CREDENTIALS_MOUNT, parts.TMP_MOUNT],
        **more,
    }


_TMP: Final = parts.TMP_MOUNT["mountPath"]


def pod_template(
    stack: TradingStack, component: str, pod: dict[str, Any], *, grace_seconds: int
) -> dict[str, Any]:
    """Harden a pod that reads feature_store.yaml; ``pod`` holds its containers."""
    return {
        "metadata": {"labels": parts.labels(stack, component)},
        "spec": {
            **parts.pod_settings(stack, component, grace_seconds=grace_seconds),
            **pod,
            "volumes": [
                credentials_volume(stack, component, credentials(stack)),
                parts.TMP_VOLUME,
            ],
        },
    }
