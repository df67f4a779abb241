"""The credentials of a component: the ExternalSecret that fetches them, and where pods find them.

The operator names credentials and never sees one: External Secrets reads the store, fills the
templates and writes the Secret. Each component has one ExternalSecret, with what its own pods may
know and nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from tradingstack_contract import paths
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired.parts import head, mount, object_name
from tradingstack_operator.model.kinds import EXTERNAL_SECRET
from tradingstack_operator.model.objects import Manifest

DEFAULT_REFRESH: Final = "15m"
PASSWORD: Final = "password"  # noqa: S105 - the name of a property and of a file
VOLUME: Final = "credentials"
# Group-readable only: the files belong to root, and the pod's group is the process's own.
_FILE_MODE: Final = 0o440


class Remote(NamedTuple):
    """One value in the store: an entry below the stack's path prefix, and a property of it."""

    entry: str
    property: str = PASSWORD


@dataclass(frozen=True, slots=True)
class Credential:
    """What one thing that opens is called, and the files a pod gets of it."""

    name: str
    """In ``spec.secrets.existing`` and as the directory of its files."""
    remote: Mapping[str, Remote]
    """Names in the templates to values in the store; a name is unique among a component's."""
    files: Mapping[str, str]
    """The credential's files, each with the template that makes it."""


def password(name: str, entry: str = "") -> Credential:
    """Describe a credential that is one password in a file of that name."""
    variable = name.replace("-", "_")
    return Credential(name, {variable: Remote(entry or name)}, {PASSWORD: f"{{{{ .{variable} }}}}"})


def external_secret(
    stack: TradingStack, component: str, credentials: Sequence[Credential]
) -> tuple[Manifest, ...]:
    """Fetch a component's credentials, except those that the spec says somebody delivers."""
    fetched = [item for item in credentials if item.name not in stack.spec.secrets.existing]
    if not fetched:
        return ()
    remotes = {key: remote for item in fetched for key, remote in item.remote.items()}
    files = {
        _key(item, file): template for item in fetched for file, template in item.files.items()
    }
    return (fetched_secret(stack, component, object_name(stack, component), remotes, files),)


def fetched_secret(
    stack: TradingStack,
    component: str,
    name: str,
    remotes: Mapping[str, Remote],
    files: Mapping[str, str],
    **template: Any,
) -> Manifest:
    """Describe one Secret by name: the values it is made of, and the template of each of its keys.

    ``template`` adds to the Secret what another operator asks of it, such as a type or labels.
    """
    secrets = stack.spec.secrets
    return {
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
                    "data": dict(files),
                    **template,
                },
            },
            "data": [
                {
                    "secretKey": key,
                    "remoteRef": {
                        "key": f"{secrets.path_prefix}/{remotes[key].entry}",
                        "property": remotes[key].property,
                        # The server's defaults, said here because a list is compared whole.
                        "conversionStrategy": "Default",
                        "decodingStrategy": "None",
                        "metadataPolicy": "None",
                    },
                }
                for key in sorted(remotes)
            ],
        },
    }


def credentials_volume(
    stack: TradingStack, component: str, credentials: Sequence[Credential]
) -> dict[str, Any]:
    """Gather a component's files in one volume, a directory a credential.

    A Secret that somebody else delivers holds the files under their own names; the component's own
    holds all of them, so a key there names credential and file.
    """
    existing = stack.spec.secrets.existing
    ours = [
        {"key": _key(item, file), "path": f"{item.name}/{file}"}
        for item in credentials
        for file in sorted(item.files)
        if item.name not in existing
    ]
    own = {"name": object_name(stack, component), "items": ours}
    others = [
        {
            "name": existing[item.name],
            "items": [{"key": file, "path": f"{item.name}/{file}"} for file in sorted(item.files)],
        }
        for item in credentials
        if item.name in existing
    ]
    return {
        "name": VOLUME,
        "projected": {
            "defaultMode": _FILE_MODE,
            "sources": [{"secret": source} for source in ([own] if ours else []) + others],
        },
    }


CREDENTIALS_MOUNT: Final = mount(VOLUME, paths.CREDENTIALS_DIR)


def password_file(credential: str) -> str:
    return paths.credential_file(credential, PASSWORD)


def _key(credential: Credential, file: str) -> str:
    return f"{credential.name}.{file}"
