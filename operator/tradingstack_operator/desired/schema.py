"""The Job that makes roles, schemas and tables, on whoever's server they are."""

from typing import Any, Final

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
    credentials_volume,
    external_secret,
    password,
    password_file,
)
from tradingstack_operator.desired.jobs import job
from tradingstack_operator.desired.schema_sql import (
    CLIENTS,
    REGISTRY_SQL,
    ROLES_SQL,
    TRADING_SQL,
)
from tradingstack_operator.desired.sizing import resources
from tradingstack_operator.model.components import DATABASE, SCHEMA
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import CONFIG_MAP
from tradingstack_operator.model.objects import Manifest, desired_hash

CONFIG_DIR: Final = "/etc/tradingstack-schema"
SCRIPT_FILE: Final = "schema.sh"
RETRIES: Final = 100
"""A database may be away for hours, and nobody should have to start the Job anew."""
GRACE_SECONDS: Final = 30
CREDENTIALS: Final[tuple[Credential, ...]] = (
    postgres.OWNER_CREDENTIAL,
    *(password(f"{DATABASE}-{component}") for component in CLIENTS),
    authority(DATABASE),
)

_SET_PASSWORDS: Final = "".join(
    f"set_password {role(component)} {password_file(f'{DATABASE}-{component}')}\n"
    for component in CLIENTS
)
SCRIPT: Final = f"""\
set -eu
cd {CONFIG_DIR}
PGPASSWORD="$(cat {password_file(postgres.OWNER_CREDENTIAL.name)})"
export PGPASSWORD
run() {{ psql -qAtX -v ON_ERROR_STOP=1 "$@"; }}
# psql asks twice and sends the server a SCRAM verifier, never the words themselves
set_password() {{
  {{ cat "$2"; echo; cat "$2"; echo; }} | run -c "\\\\password $1"
}}

run -f roles.sql
{_SET_PASSWORDS}\
newer="$(run -c "SELECT count(*) FROM pg_extension e JOIN pg_available_extensions a
  ON a.name = e.extname WHERE e.extname = 'timescaledb' AND e.extversion <> a.default_version
  AND pg_has_role(e.extowner, 'USAGE')")"
[ "$newer" = 0 ] || run -c 'ALTER EXTENSION timescaledb UPDATE'
run -v environment="$STACK_ENVIRONMENT" -v mode="$STACK_MODE" -v uid="$STACK_UID" -f trading.sql
PGDATABASE={postgres.REGISTRY_DATABASE} run -f registry.sql
"""  # noqa: S608 - made of constants
"""Passwords travel by environment or by standard input: an argument would show to everybody."""

FILES: Final = {
    SCRIPT_FILE: SCRIPT,
    "registry.sql": REGISTRY_SQL,
    "roles.sql": ROLES_SQL,
    "trading.sql": TRADING_SQL,
}
ANNOTATION: Final = "tradingstack.io/config-hash"


def build_schema(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    """Render the Job for every provider: it connects as the owner, like any other client.

    The owner of an External database prepares TimescaleDB and a role ``trading_owner`` with
    CREATEROLE and CREATEDB.
    """
    return (
        parts.service_account(stack, SCHEMA),
        {**parts.head(CONFIG_MAP, stack, parts.object_name(stack, SCHEMA), SCHEMA), "data": FILES},
        *external_secret(stack, SCHEMA, CREDENTIALS),
        job(stack, SCHEMA, _template(stack, facts), retries=RETRIES),
    )


def _template(stack: TradingStack, facts: Facts) -> dict[str, Any]:
    return {
        "metadata": {
            "labels": parts.labels(stack, SCHEMA),
            # other SQL is another Job
            "annotations": {ANNOTATION: desired_hash(dict(FILES))},
        },
        "spec": {
            **parts.pod_settings(stack, SCHEMA, grace_seconds=GRACE_SECONDS),
            "restartPolicy": "OnFailure",
            "containers": [
                {
                    "name": SCHEMA,
                    "image": stack.spec.database.image or facts.images.database,
                    "command": ["sh", f"{CONFIG_DIR}/{SCRIPT_FILE}"],
                    "env": environment(stack),
                    "resources": resources(stack, SCHEMA, None),
                    "securityContext": parts.container_security(),
                    "volumeMounts": [
                        parts.mount("scripts", CONFIG_DIR),
                        CREDENTIALS_MOUNT,
                        parts.TMP_MOUNT,
                    ],
                }
            ],
            "volumes": [
                {"name": "scripts", "configMap": {"name": parts.object_name(stack, SCHEMA)}},
                credentials_volume(stack, SCHEMA, CREDENTIALS),
                parts.TMP_VOLUME,
            ],
        },
    }


def environment(stack: TradingStack) -> list[dict[str, str]]:
    """Tell psql where the server is and the script which stack it serves."""
    endpoint = database_endpoint(stack)
    variables = {
        "PGDATABASE": endpoint.database,
        "PGHOST": endpoint.host,
        "PGPORT": str(endpoint.port),
        "PGSSLMODE": endpoint.ssl_mode,
        "PGSSLROOTCERT": authority_file(DATABASE),
        "PGUSER": postgres.OWNER,
        "STACK_ENVIRONMENT": stack.spec.environment,
        "STACK_MODE": "simulation" if stack.simulated else "live",
        "STACK_UID": stack.metadata.uid,
    }
    return [{"name": name, "value": variables[name]} for name in sorted(variables)]
