"""The control plane to measure on, and the users that take part."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.api import Api, Send
from benchmarks.audit import Tail
from benchmarks.stacks import POLICY, ROOT
from tools.devcluster import cluster
from tools.devcluster.handle import Cluster
from tradingstack_operator.api.crd import CUSTOM_RESOURCES, build_crd
from tradingstack_operator.model.kinds import PLATFORM_POLICY
from tradingstack_operator.model.permissions import PERMISSIONS, Permission

CLUSTER_NAME: Final = "bench"
NAMESPACE: Final = "tradingstack-system"
OPERATOR: Final = "tradingstack-operator"
RAW: Final = "raw-client"
"""Its requests are told from the user's in the audit log."""
USER: Final = "user"
KUBECTL: Final = "admin"
"""As whom kubectl writes."""


@dataclass(frozen=True, slots=True)
class Testbed:
    """A cluster with the CRDs, the PlatformPolicy and a ServiceAccount for each contender."""

    cluster: Cluster
    api: Api
    """The user's own connection."""
    operator: str = OPERATOR

    def directory_of(self, account: str) -> Path:
        return self.cluster.directory / "serviceaccounts" / NAMESPACE / account

    def tail(self, account: str) -> Tail:
        user = account if account == KUBECTL else f"system:serviceaccount:{NAMESPACE}:{account}"
        return Tail(self.cluster.audit_log, user)


@contextmanager
def testbed(say: Callable[[str], None], *, keep: bool) -> Iterator[Testbed]:
    """Bring a new cluster up, and take it down again unless it is to be kept."""
    cluster.down(CLUSTER_NAME, progress=say)
    up = cluster.up(
        CLUSTER_NAME, node=True, controllers=False, simulate_workloads=True, progress=say
    )
    try:
        say("installing CRDs and accounts")
        yield install(up)
    finally:
        if not keep:
            cluster.down(CLUSTER_NAME, progress=say)


def install(up: Cluster, *, with_rules: bool = True) -> Testbed:
    """Serve our kinds, with every rule or with none, and make the accounts."""
    crds = str(ROOT / "crds")
    if not with_rules:
        bare = [build_crd(resource) for resource in CUSTOM_RESOURCES]
        listed = {"apiVersion": "v1", "kind": "List", "items": bare}
        up.kubectl("apply", "--server-side", "--filename", "-", input=json.dumps(listed))
    else:
        up.kubectl("apply", "--server-side", "--filename", crds)
        up.kubectl("apply", "--server-side", "--filename", f"{crds}/policies")
    established = ("--for=condition=Established", "--timeout=60s", "--recursive=false")
    up.kubectl("wait", *established, "--filename", crds)
    manifests = {"apiVersion": "v1", "kind": "List", "items": list(accounts())}
    up.kubectl("apply", "--server-side", "--filename", "-", input=json.dumps(manifests))
    for account in (OPERATOR, RAW, USER):
        up.service_account_directory(NAMESPACE, account)
    bed = Testbed(up, Api(up.server, up.directory / "serviceaccounts" / NAMESPACE / USER))
    bed.api.one(Send.applying(PLATFORM_POLICY.path(name="default"), POLICY))
    return bed


def accounts() -> Iterator[dict[str, Any]]:
    """Let the operator do what its chart grants it, and the others everything."""
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    for account in (OPERATOR, RAW, USER):
        yield {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": account, "namespace": NAMESPACE},
        }
    own = [item for item in PERMISSIONS if item.own_namespace]
    everywhere = [item for item in PERMISSIONS if not item.own_namespace]
    yield _role("ClusterRole", {"name": OPERATOR}, everywhere)
    yield _role("Role", {"name": OPERATOR, "namespace": NAMESPACE}, own)
    yield _binding("ClusterRoleBinding", {"name": OPERATOR}, ("ClusterRole", OPERATOR), OPERATOR)
    metadata = {"name": OPERATOR, "namespace": NAMESPACE}
    yield _binding("RoleBinding", metadata, ("Role", OPERATOR), OPERATOR)
    for account in (RAW, USER):
        role = ("ClusterRole", "cluster-admin")
        yield _binding("ClusterRoleBinding", {"name": f"bench-{account}"}, role, account)


def _role(kind: str, metadata: dict[str, str], permissions: list[Permission]) -> dict[str, Any]:
    by_path: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for item in permissions:
        by_path[item.group, item.path] += item.verbs
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": kind,
        "metadata": metadata,
        "rules": [
            {"apiGroups": [group], "resources": [path], "verbs": verbs}
            for (group, path), verbs in by_path.items()
        ],
    }


def _binding(
    kind: str, metadata: dict[str, str], role: tuple[str, str], account: str
) -> dict[str, Any]:
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": kind,
        "metadata": metadata,
        "roleRef": {"apiGroup": group, "kind": role[0], "name": role[1]},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": NAMESPACE}],
    }
