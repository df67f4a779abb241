"""The kinds the operator touches; its permissions and its informers are made from this table."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from tradingstack_operator.api import names


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object, as the API server addresses it."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool = True
    optional: bool = False
    """The API server may not know it: its CRD belongs to another operator."""
    kept: bool = False
    """It holds data, so the operator never deletes one."""

    @property
    def group(self) -> str:
        group, slash, _ = self.api_version.partition("/")
        return group if slash else ""

    @property
    def root(self) -> str:
        """The path under which the kind's group and version are served."""
        return f"/apis/{self.api_version}" if self.group else f"/api/{self.api_version}"

    def path(self, namespace: str | None = None, name: str | None = None) -> str:
        """Address the collection, or one object of it, on the API server."""
        scope = f"/namespaces/{namespace}" if namespace else ""
        item = f"/{name}" if name else ""
        return f"{self.root}{scope}/{self.plural}{item}"


TRADING_STACK: Final = Kind(names.API_VERSION, "TradingStack", "tradingstacks")
TRADING_HALT: Final = Kind(names.API_VERSION, "TradingHalt", "tradinghalts")
STACK_OPERATION: Final = Kind(names.API_VERSION, "StackOperation", "stackoperations")
PLATFORM_POLICY: Final = Kind(
    names.API_VERSION, "PlatformPolicy", "platformpolicies", namespaced=False
)
NAMESPACE: Final = Kind("v1", "Namespace", "namespaces", namespaced=False)
EVENT: Final = Kind("events.k8s.io/v1", "Event", "events")
ENDPOINT_SLICE: Final = Kind("discovery.k8s.io/v1", "EndpointSlice", "endpointslices")
POD: Final = Kind("v1", "Pod", "pods")
LEASE: Final = Kind("coordination.k8s.io/v1", "Lease", "leases")
CRD: Final = Kind(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    "customresourcedefinitions",
    namespaced=False,
)
ADMISSION_POLICY: Final = Kind(
    "admissionregistration.k8s.io/v1",
    "ValidatingAdmissionPolicy",
    "validatingadmissionpolicies",
    namespaced=False,
)
ADMISSION_BINDING: Final = Kind(
    "admissionregistration.k8s.io/v1",
    "ValidatingAdmissionPolicyBinding",
    "validatingadmissionpolicybindings",
    namespaced=False,
)

CONFIG_MAP: Final = Kind("v1", "ConfigMap", "configmaps")
SERVICE: Final = Kind("v1", "Service", "services")
SERVICE_ACCOUNT: Final = Kind("v1", "ServiceAccount", "serviceaccounts")
DEPLOYMENT: Final = Kind("apps/v1", "Deployment", "deployments")
STATEFUL_SET: Final = Kind("apps/v1", "StatefulSet", "statefulsets")
DISRUPTION_BUDGET: Final = Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets")
AUTOSCALER: Final = Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers")
NETWORK_POLICY: Final = Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies")
EXTERNAL_SECRET: Final = Kind(
    "external-secrets.io/v1", "ExternalSecret", "externalsecrets", optional=True
)

VOLUME_CLAIM: Final = Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims", kept=True)
JOB: Final = Kind("batch/v1", "Job", "jobs")
CRON_JOB: Final = Kind("batch/v1", "CronJob", "cronjobs")
CNPG_CLUSTER: Final = Kind("postgresql.cnpg.io/v1", "Cluster", "clusters", optional=True)
CNPG_SCHEDULED_BACKUP: Final = Kind(
    "postgresql.cnpg.io/v1", "ScheduledBackup", "scheduledbackups", optional=True
)
CNPG_OBJECT_STORE: Final = Kind(
    "barmancloud.cnpg.io/v1", "ObjectStore", "objectstores", optional=True
)
SERVICE_MONITOR: Final = Kind(
    "monitoring.coreos.com/v1", "ServiceMonitor", "servicemonitors", optional=True
)
PROMETHEUS_RULE: Final = Kind(
    "monitoring.coreos.com/v1", "PrometheusRule", "prometheusrules", optional=True
)
ALERTMANAGER_CONFIG: Final = Kind(
    "monitoring.coreos.com/v1alpha1", "AlertmanagerConfig", "alertmanagerconfigs", optional=True
)
PROMETHEUS: Final = Kind("monitoring.coreos.com/v1", "Prometheus", "prometheuses", optional=True)
ALERTMANAGER: Final = Kind(
    "monitoring.coreos.com/v1", "Alertmanager", "alertmanagers", optional=True
)

MANAGED_KINDS: Final = (
    NETWORK_POLICY,
    SERVICE_ACCOUNT,
    CONFIG_MAP,
    EXTERNAL_SECRET,
    SERVICE,
    DISRUPTION_BUDGET,
    VOLUME_CLAIM,
    SERVICE_MONITOR,
    PROMETHEUS_RULE,
    ALERTMANAGER_CONFIG,
    CNPG_OBJECT_STORE,
    CNPG_CLUSTER,
    CNPG_SCHEDULED_BACKUP,
    STATEFUL_SET,
    DEPLOYMENT,
    JOB,
    CRON_JOB,
    AUTOSCALER,
)
"""What a stack may consist of, in the order a plan applies it."""

GUARD_KINDS: Final = (CRD, ADMISSION_POLICY, ADMISSION_BINDING)
"""What makes the API server refuse what must never run; only read, to notice when it is gone."""

MONITOR_KINDS: Final = (PROMETHEUS, ALERTMANAGER)
"""Whose selectors say whether anybody takes up what a stack brings; only read."""

OWN_KINDS: Final = (TRADING_STACK, TRADING_HALT, STACK_OPERATION, PLATFORM_POLICY)
WORKLOAD_KINDS: Final = frozenset(
    kind.kind
    for kind in (
        STATEFUL_SET,
        DEPLOYMENT,
        JOB,
        CRON_JOB,
        CNPG_CLUSTER,
        CNPG_SCHEDULED_BACKUP,
    )
)
"""The kinds that make pods: applied only behind the network policies, deleted first."""

PROVIDERS: Final = MappingProxyType(
    {
        EXTERNAL_SECRET.kind: "the External Secrets Operator",
        CNPG_OBJECT_STORE.kind: "the Barman Cloud plugin of CloudNativePG",
        CNPG_CLUSTER.kind: "CloudNativePG",
        CNPG_SCHEDULED_BACKUP.kind: "CloudNativePG",
    }
)
"""Who serves the kinds that a stack cannot do without once it wants one."""

KEPT_KINDS: Final = frozenset(kind.kind for kind in MANAGED_KINDS if kind.kept)

BY_KIND: Final = {kind.kind: kind for kind in (*MANAGED_KINDS, *OWN_KINDS, NAMESPACE)}
