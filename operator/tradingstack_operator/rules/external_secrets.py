"""What an ExternalSecret may fetch, from where, and what it makes of it."""

import re
from collections.abc import Iterator
from typing import Any, Final

from tradingstack_operator.api.names import LABEL_ENVIRONMENT, LABEL_STACK
from tradingstack_operator.rules import cel
from tradingstack_operator.rules.configmaps import (
    KEY_MATERIAL,
    KEY_VALUE,
    PGPASS_LINE,
    TELLING_KEY,
    URL_PASSWORD,
)
from tradingstack_operator.rules.request import Request
from tradingstack_operator.rules.rule import Broken, Validation, rule

_ENVIRONMENT: Final = f"namespaceObject.metadata.?labels[?'{LABEL_ENVIRONMENT}'].orValue('')"
VARIABLES: Final = {
    "externalSecret": (
        "request.resource.resource == 'externalsecrets' && variables.changed"
        " ? dyn(object).?spec.orValue({}) : {}"
    ),
    "data": "variables.externalSecret.?data.orValue([])",
    "dataFrom": "variables.externalSecret.?dataFrom.orValue([])",
    "keys": (
        "variables.data.map(entry, entry.?remoteRef.?key.orValue(''))"
        " + variables.dataFrom.filter(entry, has(entry.extract))"
        ".map(entry, entry.extract.?key.orValue(''))"
    ),
    "folder": (
        f"{_ENVIRONMENT} + '/' + request.namespace + '/'"
        f" + namespaceObject.metadata.?labels[?'{LABEL_STACK}'].orValue('') + '/'"
    ),
    "template": "variables.externalSecret.?target.?template.orValue({})",
}
"""CEL for the policy, beside its variable ``changed``; empty for other kinds."""

_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9][A-Za-z0-9_-]*){0,9}")
_FROM_STORE: Final = re.compile(
    r"[^{}]*([{][{]-? *[.][A-Za-z0-9_]+( *[|] *[A-Za-z0-9]+)* *-?[}][}][^{}]*)+"
)
_REFRESH: Final = re.compile(
    r"[1-9][0-9]{0,4}(s|m)|[1-9][0-9]?h|[1-9][0-9]?h[0-9]{1,2}m[0-9]{1,2}s"
)
_LITERALS: Final = (KEY_MATERIAL, URL_PASSWORD, PGPASS_LINE, KEY_VALUE)


@rule(
    "INV-43",
    "an ExternalSecret reads from a store that PlatformPolicy lists for its environment",
    Validation(
        "children",
        "request.resource.resource != 'externalsecrets'"
        " || oldObject != null && dyn(object).spec == dyn(oldObject).spec"
        " || params.spec.secretStores.exists(store,"
        " store.kind == dyn(object).spec.?secretStoreRef.?kind.orValue('SecretStore')"
        " && store.name == dyn(object).spec.?secretStoreRef.?name.orValue('')"
        f" && {_ENVIRONMENT} in store.environments)",
        "spec.secretStoreRef",
        "choose one of PlatformPolicy's secretStores of this environment",
    ),
)
def store_is_allowed_here(request: Request) -> Iterator[Broken]:
    """Take credentials only from where the platform team vouches for them."""
    if request.resource != "externalsecrets" or not request.changes("spec"):
        return
    wanted = request.new["spec"].get("secretStoreRef", {})
    if not any(
        (store.kind, store.name) == (wanted.get("kind", "SecretStore"), wanted.get("name"))
        and request.environment in store.environments
        for store in request.allowed.secret_stores
    ):
        yield Broken("spec.secretStoreRef")


@rule(
    "INV-43",
    "an ExternalSecret reads from the stack's own folder",
    Validation(
        "external",
        "variables.keys.all(key, key.startsWith(variables.folder)"
        f" && {cel.full_match('key.substring(size(variables.folder))', _KEY)})",
        "spec.data.remoteRef.key",
        "begin the key with environment/namespace/stack/ of this namespace",
    ),
)
def keys_lie_in_the_stacks_folder(request: Request) -> Iterator[Broken]:
    """Keep a stack from reading the credentials of every other one."""
    folder = f"{request.environment}/{request.namespace}/{request.stack}/"
    for field, key in _keys(_external_secret(request)):
        if not key.startswith(folder) or not _KEY.fullmatch(key.removeprefix(folder)):
            yield Broken(field)


@rule(
    "INV-43",
    "an ExternalSecret names every key that it reads",
    Validation(
        "external",
        "variables.data.all(entry, !has(entry.sourceRef)) && variables.dataFrom.all(entry,"
        " has(entry.extract) && !has(entry.find) && !has(entry.sourceRef))",
        "spec.dataFrom",
        "use data.remoteRef or dataFrom.extract, without find or sourceRef",
    ),
)
def keys_are_named(request: Request) -> Iterator[Broken]:
    """Keep a search from sweeping up all that a store holds, and generators from calling out."""
    spec = _external_secret(request)
    for number, entry in enumerate(spec.get("data", [])):
        if "sourceRef" in entry:
            yield Broken(f"spec.data[{number}].sourceRef")
    for number, entry in enumerate(spec.get("dataFrom", [])):
        if "extract" not in entry or "find" in entry or "sourceRef" in entry:
            yield Broken(f"spec.dataFrom[{number}]")


@rule(
    "INV-43",
    "the template of an ExternalSecret takes credentials from the store",
    Validation(
        "external",
        "variables.template.?data.orValue({}).all(key, text,"
        f" {cel.full_match('text', _FROM_STORE)} || !{cel.matches('key', TELLING_KEY)})",
        "spec.target.template.data",
        "write {{ .name }} for the value of an entry of spec.data",
    ),
    Validation(
        "external",
        "variables.template.?data.orValue({}).all(key, text,"
        f" {' && '.join('!' + cel.matches('text', pattern) for pattern in _LITERALS)})",
        "spec.target.template.data",
        "replace what is a credential by {{ .name }} for the value of an entry of spec.data",
    ),
)
def template_holds_no_credential(request: Request) -> Iterator[Broken]:
    """Keep credentials out of the template, which everybody in the namespace may read."""
    for key, text in _template(request).get("data", {}).items():
        is_literal = TELLING_KEY.search(key) and not _FROM_STORE.fullmatch(text)
        if is_literal or any(pattern.search(text) for pattern in _LITERALS):
            yield Broken(f"spec.target.template.data[{key}]")


@rule(
    "INV-43",
    "the template of an ExternalSecret stands in the ExternalSecret",
    Validation(
        "external",
        "!has(variables.template.templateFrom)",
        "spec.target.template.templateFrom",
        "move the texts to spec.target.template.data",
    ),
)
def template_stands_in_place(request: Request) -> Iterator[Broken]:
    """Judge the template with the object: a ConfigMap may change under it."""
    if "templateFrom" in _template(request):
        yield Broken("spec.target.template.templateFrom")


@rule(
    "INV-43",
    "an ExternalSecret owns the Secret that it fills",
    Validation(
        "external",
        "variables.externalSecret.?target.?creationPolicy.orValue('Owner') == 'Owner'"
        " && variables.externalSecret.?target.?deletionPolicy.orValue('Retain') != 'Merge'"
        " && !variables.externalSecret.?target.?manifest.hasValue()",
        "spec.target",
        "set creationPolicy to Owner and leave out manifest",
    ),
)
def target_is_owned(request: Request) -> Iterator[Broken]:
    """Keep one ExternalSecret from writing into what another one, or nobody, owns."""
    target = _external_secret(request).get("target", {})
    if target.get("creationPolicy", "Owner") != "Owner":
        yield Broken("spec.target.creationPolicy")
    if target.get("deletionPolicy") == "Merge":
        yield Broken("spec.target.deletionPolicy", "set it to Retain")
    if "manifest" in target:
        yield Broken("spec.target.manifest")


@rule(
    "INV-43",
    "an ExternalSecret in production is refreshed at least every 99 hours",
    Validation(
        "external",
        f"{_ENVIRONMENT} != 'production'"
        " || variables.externalSecret.?refreshPolicy.orValue('Periodic') == 'Periodic' && "
        + cel.full_match(
            "variables.externalSecret.?refreshInterval.orValue('1h')",
            _REFRESH,
        ),
        "spec.refreshInterval",
        "set an interval such as 15m, with refreshPolicy Periodic",
    ),
)
def production_is_refreshed(request: Request) -> Iterator[Broken]:
    """Let a credential that was changed in the store reach the stack by itself."""
    if not request.production:
        return
    spec = _external_secret(request)
    if spec.get("refreshPolicy", "Periodic") != "Periodic":
        yield Broken("spec.refreshPolicy")
    if not _REFRESH.fullmatch(spec.get("refreshInterval", "1h")):
        yield Broken("spec.refreshInterval")


def _external_secret(request: Request) -> dict[str, Any]:
    """Read the spec of an ExternalSecret that changes; empty for everything else."""
    if request.resource != "externalsecrets" or not request.changes("spec"):
        return {}
    spec: dict[str, Any] = request.new.get("spec", {})
    return spec


def _template(request: Request) -> dict[str, Any]:
    template: dict[str, Any] = _external_secret(request).get("target", {}).get("template", {})
    return template


def _keys(spec: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """List the remote keys, each with its field."""
    for number, entry in enumerate(spec.get("data", [])):
        yield f"spec.data[{number}].remoteRef.key", entry.get("remoteRef", {}).get("key", "")
    for number, entry in enumerate(spec.get("dataFrom", [])):
        if "extract" in entry:
            yield f"spec.dataFrom[{number}].extract.key", entry["extract"].get("key", "")


RULES: Final = (
    store_is_allowed_here,
    keys_lie_in_the_stacks_folder,
    keys_are_named,
    template_holds_no_credential,
    template_stands_in_place,
    target_is_owned,
    production_is_refreshed,
)
