"""How the API server addresses the kinds that a rule looks at; every other kind is not judged."""

from typing import Final

from tradingstack_operator.api.names import GROUP
from tradingstack_operator.model.kinds import MANAGED_KINDS, NAMESPACE, OWN_KINDS, Kind
from tradingstack_operator.rules.registry import POLICIES

_NAMESPACED: Final = {
    "v1": {
        "Endpoints": "endpoints",
        "Pod": "pods",
        "PodTemplate": "podtemplates",
        "ReplicationController": "replicationcontrollers",
        "Secret": "secrets",
    },
    "apps/v1": {"DaemonSet": "daemonsets", "ReplicaSet": "replicasets"},
    "cilium.io/v2": {"CiliumNetworkPolicy": "ciliumnetworkpolicies"},
    "crd.antrea.io/v1beta1": {"NetworkPolicy": "networkpolicies"},
    "crd.projectcalico.org/v1": {
        "NetworkPolicy": "networkpolicies",
        "StagedNetworkPolicy": "stagednetworkpolicies",
    },
    "discovery.k8s.io/v1": {"EndpointSlice": "endpointslices"},
    "external-secrets.io/v1": {"PushSecret": "pushsecrets", "SecretStore": "secretstores"},
    "postgresql.cnpg.io/v1": {
        "Database": "databases",
        "DatabaseRole": "databaseroles",
        "Pooler": "poolers",
        "Publication": "publications",
        "Subscription": "subscriptions",
    },
    "projectcalico.org/v3": {
        "NetworkPolicy": "networkpolicies",
        "StagedNetworkPolicy": "stagednetworkpolicies",
    },
    "rbac.authorization.k8s.io/v1": {"Role": "roles", "RoleBinding": "rolebindings"},
}
_OF_THE_CLUSTER: Final = {
    "cilium.io/v2": {"CiliumClusterwideNetworkPolicy": "ciliumclusterwidenetworkpolicies"},
    "crd.antrea.io/v1beta1": {"ClusterNetworkPolicy": "clusternetworkpolicies"},
    "crd.projectcalico.org/v1": {
        "GlobalNetworkPolicy": "globalnetworkpolicies",
        "StagedGlobalNetworkPolicy": "stagedglobalnetworkpolicies",
    },
    "generators.external-secrets.io/v1alpha1": {"ClusterGenerator": "clustergenerators"},
    "policy.networking.k8s.io/v1alpha1": {
        "AdminNetworkPolicy": "adminnetworkpolicies",
        "BaselineAdminNetworkPolicy": "baselineadminnetworkpolicies",
        "ClusterNetworkPolicy": "clusternetworkpolicies",
    },
    "projectcalico.org/v3": {
        "GlobalNetworkPolicy": "globalnetworkpolicies",
        "StagedGlobalNetworkPolicy": "stagedglobalnetworkpolicies",
    },
    "rbac.authorization.k8s.io/v1": {"ClusterRole": "clusterroles"},
}
KNOWN: Final = (
    *OWN_KINDS,
    NAMESPACE,
    *MANAGED_KINDS,
    *(
        Kind(api_version, kind, plural, namespaced=namespaced)
        for namespaced, table in ((True, _NAMESPACED), (False, _OF_THE_CLUSTER))
        for api_version, kinds in table.items()
        for kind, plural in kinds.items()
    ),
)
CREATED: Final = frozenset(
    (match.group, resource)
    for policy in POLICIES
    for match in policy.matches
    for resource in match.resources
    if "CREATE" in match.operations
)
"""What policies look at when it is created, by group and plural."""
_BY_NAME: Final = {(kind.group, kind.kind): kind for kind in KNOWN}


def kind_of(api_version: str, kind: str) -> Kind | None:
    """Find a kind that some rule looks at; its version does not matter."""
    asked = Kind(api_version, kind, f"{kind.lower()}s")
    found = _BY_NAME.get((asked.group, kind), asked)
    wanted = {(found.group, found.plural), (found.group, "*")} & CREATED
    return found if wanted or found.group == GROUP else None
