"""How credentials reach a stack namespace: by ExternalSecrets from the stack's own folder."""

from collections.abc import Iterator
from typing import Final

from tradingstack_operator.rules import cel, external_secrets, roles
from tradingstack_operator.rules.policies import Match, Policy
from tradingstack_operator.rules.request import Request
from tradingstack_operator.rules.rule import Broken, Validation, rule

_ANY: Final = ("*",)
_GENERATORS: Final = "generators.external-secrets.io"
_CNPG: Final = "postgresql.cnpg.io"
_INSIDE: Final = ("databaseroles", "databases", "poolers", "publications", "subscriptions")
"""The kinds by which CloudNativePG changes what is inside a cluster, or lets others in."""

EXTERNAL: Final = Policy(
    "external",
    "What ExternalSecrets and the clusters of CloudNativePG may say.",
    (
        Match(
            "external-secrets.io",
            ("externalsecrets", "secretstores", "pushsecrets"),
            versions=_ANY,
        ),
        Match(_GENERATORS, ("*",), versions=_ANY),
        Match(_CNPG, ("clusters", *_INSIDE), versions=_ANY),
    ),
    variables={
        "changed": (
            "request.operation == 'CREATE'"
            " || dyn(object).?spec.orValue({}) != dyn(oldObject).?spec.orValue({})"
        ),
        **external_secrets.VARIABLES,
    },
)
SECRETS: Final = Policy(
    "secrets",
    "Who writes Secrets, and who may grant the reading of them.",
    (
        Match("", ("secrets",)),
        Match("rbac.authorization.k8s.io", ("roles",)),
    ),
    reads_platform_policy=True,
    variables={
        "writer": "request.userInfo.username in params.spec.secretWriters",
        **roles.ROLE_VARIABLES,
    },
)
POLICIES: Final = (EXTERNAL, SECRETS)

_FOREIGN_TYPES: Final = (
    "kubernetes.io/service-account-token",
    "bootstrap.kubernetes.io/token",
    "helm.sh/release.v1",
)
_HATCHES: Final = (
    "cnpg.io/podPatch",
    "cnpg.io/skipEmptyWalArchiveCheck",
    "cnpg.io/skipWalArchiving",
)
_SWITCHES: Final = ("cnpg.io/reconcilePodSpec", "cnpg.io/reconciliationLoop", "cnpg.io/validation")


@rule(
    "INV-09",
    "a Secret is written by those that PlatformPolicy names",
    Validation(
        "secrets",
        "request.resource.resource != 'secrets' || variables.writer"
        " && !(dyn(object).?type.orValue('Opaque') in"
        f" {cel.texts(_FOREIGN_TYPES)})"
        " || oldObject != null && dyn(object).?data == dyn(oldObject).?data"
        " && dyn(object).?type == dyn(oldObject).?type",
        "data",
        "put the credential into the secret store and fetch it with an ExternalSecret",
        "Forbidden",
    ),
)
def secrets_come_from_the_store(request: Request) -> Iterator[Broken]:
    """Know where each credential comes from, who may read it there and when it was changed.

    Tokens of ServiceAccounts and releases of Helm come from no store, whoever writes them.
    """
    if request.resource != "secrets":
        return
    if not any(request.changes(part) for part in ("data", "type")):
        return
    if request.user not in request.allowed.secret_writers:
        yield Broken("data")
    elif request.new.get("type") in _FOREIGN_TYPES:
        yield Broken("type")


@rule(
    "INV-44",
    "a stack namespace has no SecretStore, PushSecret or generator of its own",
    Validation(
        "external",
        "request.resource.resource == 'externalsecrets'"
        " || request.resource.group == 'postgresql.cnpg.io'"
        " || request.?namespace.orValue('') == '' || !variables.changed",
        "kind",
        "use a ClusterSecretStore that PlatformPolicy lists",
        "Forbidden",
    ),
)
def stores_are_the_platforms(request: Request) -> Iterator[Broken]:
    """Keep credentials from coming from anywhere, or being pushed anywhere."""
    stores = request.group == "external-secrets.io" and request.resource != "externalsecrets"
    if (stores or request.group == _GENERATORS) and request.changes("spec"):
        yield Broken("kind")


@rule(
    "INV-33",
    "a CloudNativePG cluster stays under its operator's control and keeps archiving",
    Validation(
        "external",
        "request.resource.group != 'postgresql.cnpg.io' || oldObject != null"
        " && dyn(object).metadata.?annotations == dyn(oldObject).metadata.?annotations"
        " || dyn(object).metadata.?annotations.orValue({}).all(key, value,"
        f" !(key in {cel.texts(_HATCHES)})"
        f" && (!(key in {cel.texts(_SWITCHES)}) || value != 'disabled'))",
        "metadata.annotations",
        f"remove {', '.join(_HATCHES)} and whatever disables {' or '.join(_SWITCHES)}",
    ),
)
def cluster_opens_no_hatch(request: Request) -> Iterator[Broken]:
    """Keep the database's pods hardened and its write-ahead log on the way to the backup."""
    if not _is_cluster(request) or not request.changes("metadata", "annotations"):
        return
    annotations = request.new["metadata"].get("annotations") or {}
    for key, value in annotations.items():
        if key in _HATCHES or (key in _SWITCHES and value == "disabled"):
            yield Broken(f"metadata.annotations[{key}]")


@rule(
    "INV-33",
    "a CloudNativePG cluster has no superuser with a password",
    Validation(
        "external",
        "request.resource.group != 'postgresql.cnpg.io' || !variables.changed"
        " || !dyn(object).spec.?enableSuperuserAccess.orValue(false)",
        "spec.enableSuperuserAccess",
        "remove it or set it to false; applications use the owner of their database",
    ),
)
def cluster_has_no_superuser(request: Request) -> Iterator[Broken]:
    """Keep a login that passes every check of the database from existing at all."""
    if (
        _is_cluster(request)
        and request.changes("spec")
        and request.new["spec"].get("enableSuperuserAccess")
    ):
        yield Broken("spec.enableSuperuserAccess")


@rule(
    "INV-33",
    "what is inside a CloudNativePG cluster is its stack's",
    Validation(
        "external",
        f"!(request.resource.resource in {cel.texts(_INSIDE)}) || !variables.changed",
        "kind",
        "change the TradingStack: the stack makes its roles, databases and tables itself",
        "Forbidden",
    ),
)
def cluster_is_changed_by_its_stack(request: Request) -> Iterator[Broken]:
    """Keep a role from being made superuser, and a database from being dropped, by an object."""
    if request.group == _CNPG and request.resource in _INSIDE and request.changes("spec"):
        yield Broken("kind")


def _is_cluster(request: Request) -> bool:
    return request.group == _CNPG and request.resource == "clusters"


RULES: Final = (
    secrets_come_from_the_store,
    *external_secrets.RULES,
    stores_are_the_platforms,
    cluster_opens_no_hatch,
    cluster_has_no_superuser,
    cluster_is_changed_by_its_stack,
)
