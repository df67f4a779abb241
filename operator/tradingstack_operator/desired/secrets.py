"""Which component gets which credential, and the ExternalSecrets that fetch them.

The operator names credentials and never sees one: External Secrets reads the store, fills the
templates and writes the Secrets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tradingstack_contract import paths
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import redis
from tradingstack_operator.desired.parts import head, mount, object_name
from tradingstack_operator.model.components import CACHE, INGESTOR, RISK_API
from tradingstack_operator.model.kinds import EXTERNAL_SECRET
from tradingstack_operator.model.objects import Manifest

DEFAULT_REFRESH: Final = "15m"
PROPERTY: Final = "password"
"""The property of a remote entry that holds the value, and the file a workload reads it from."""
VOLUME: Final = "credentials"
# Group-readable only: the files belong to root, and the pod's group is the process's own.
_FILE_MODE: Final = 0o440


@dataclass(frozen=True, slots=True)
class Grant:
    """What one component may know."""

    credential: str
    """The credential's name: in ``spec.secrets.existing`` and as the directory of its files."""
    remote: Mapping[str, str]
    """Names in the template to remote entries below the stack's path prefix."""
    files: Mapping[str, str]
    """The credential's files, each with the template that makes it."""


def _password(credential: str) -> Grant:
    return Grant(credential, {PROPERTY: credential}, {PROPERTY: f"{{{{ .{PROPERTY} }}}}"})


GRANTS: Final[Mapping[str, Grant]] = {
    CACHE: Grant(
        redis.CREDENTIAL,
        {"ingestor": "cache-ingestor", "probe": "cache-probe", "risk_api": "cache-risk-api"},
        {redis.ACL_FILE: redis.ACL_TEMPLATE, redis.PROBE_PASSWORD_FILE: "{{ .probe }}"},
    ),
    INGESTOR: _password("cache-ingestor"),
    RISK_API: _password("cache-risk-api"),
}
"""The one table of who knows what; a component sees the files of its own grant and no others."""


def external_secret(stack: TradingStack, component: str) -> tuple[Manifest, ...]:
    """Fetch a component's credential, unless the spec says that somebody already does."""
    grant, secrets = GRANTS[component], stack.spec.secrets
    if grant.credential in secrets.existing:
        return ()
    name = object_name(stack, component)
    return (
        {
            **head(EXTERNAL_SECRET, stack, name, component),
            "spec": {
                "refreshInterval": secrets.refresh_interval or DEFAULT_REFRESH,
                "secretStoreRef": {
                    "kind": secrets.store_ref.kind,
                    "name": secrets.store_ref.name,
                },
                "target": {
                    "name": name,
                    "creationPolicy": "Owner",
                    # A store that loses an entry must not take the running stack's copy along.
                    "deletionPolicy": "Retain",
                    "template": {
                        "engineVersion": "v2",
                        "mergePolicy": "Replace",
                        "data": dict(grant.files),
                    },
                },
                "data": [
                    {
                        "secretKey": key,
                        "remoteRef": {
                            "key": f"{secrets.path_prefix}/{grant.remote[key]}",
                            "property": PROPERTY,
                            # The server's defaults, said here because a list is compared whole.
                            "conversionStrategy": "Default",
                            "decodingStrategy": "None",
                            "metadataPolicy": "None",
                        },
                    }
                    for key in sorted(grant.remote)
                ],
            },
        },
    )


def credentials_volume(stack: TradingStack, component: str) -> dict[str, Any]:
    """Mount the Secret of a component's ExternalSecret, or of the one the spec names instead."""
    grant = GRANTS[component]
    secret = stack.spec.secrets.existing.get(grant.credential, object_name(stack, component))
    return {
        "name": VOLUME,
        "secret": {
            "secretName": secret,
            "defaultMode": _FILE_MODE,
            "items": [{"key": file, "path": file} for file in sorted(grant.files)],
        },
    }


def credentials_mount(component: str) -> dict[str, Any]:
    return mount(VOLUME, f"{paths.CREDENTIALS_DIR}/{GRANTS[component].credential}")


def password_file(component: str) -> str:
    return paths.credential_file(GRANTS[component].credential, PROPERTY)
