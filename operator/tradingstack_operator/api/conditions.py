"""Every condition a TradingStack can have, and every reason each may give."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class ConditionType(StrEnum):
    READY = "Ready"
    RECONCILING = "Reconciling"
    STALLED = "Stalled"
    SPEC_ACCEPTED = "SpecAccepted"
    INVARIANTS_HELD = "InvariantsHeld"
    CREDENTIALS_SYNCED = "CredentialsSynced"
    CREDENTIALS_ROTATED = "CredentialsRotated"
    NETWORK_LOCKED_DOWN = "NetworkLockedDown"
    SAFETY_CONTROLS_ACTIVE = "SafetyControlsActive"
    TRADING_ENABLED = "TradingEnabled"
    DATABASE_READY = "DatabaseReady"
    DATABASE_HIGHLY_AVAILABLE = "DatabaseHighlyAvailable"
    CACHE_READY = "CacheReady"
    BUS_READY = "BusReady"
    FEATURE_STORE_READY = "FeatureStoreReady"
    INGESTORS_READY = "IngestorsReady"
    RISK_API_READY = "RiskAPIReady"
    BACKUPS_HEALTHY = "BackupsHealthy"
    RESTORE_VERIFIED = "RestoreVerified"
    OBSERVABILITY_READY = "ObservabilityReady"


TRUE_MEANS_TROUBLE: Final = frozenset({ConditionType.RECONCILING, ConditionType.STALLED})
"""The two kstatus conditions, present only while True; for all others True is good news."""

REASONS: Final[Mapping[ConditionType, frozenset[str]]] = MappingProxyType(
    {
        ConditionType.READY: frozenset(
            # a halt is no reason here: GitOps must go on delivering fixes during one
            {"AllComponentsReady", "ComponentNotReady", "InvariantViolated", "Deleting"}
        ),
        ConditionType.RECONCILING: frozenset(
            {
                "Progressing",
                "RollingOut",
                "WaitingForDependency",
                "WaitingForWindow",
                "Restoring",
            }
        ),
        ConditionType.STALLED: frozenset(
            {
                "InvalidSpec",
                "ProviderMissing",
                "ProviderVersionUnsupported",
                "InvariantViolated",
                "PermissionDenied",
                "NamespaceTerminating",
            }
        ),
        ConditionType.SPEC_ACCEPTED: frozenset({"Accepted", "Rejected"}),
        ConditionType.INVARIANTS_HELD: frozenset(
            {
                "Held",
                "EnvironmentLabelMismatch",
                "PodSecurityLabelMissing",
                "ForeignSecret",
                "ForeignNetworkPolicy",
                "ForeignObject",
                "PolicyBindingMissing",
                "DriftRepaired",
            }
        ),
        ConditionType.CREDENTIALS_SYNCED: frozenset(
            {"AllSynced", "SyncError", "Stale", "MissingKey", "UnexpectedChange", "StoreNotReady"}
        ),
        ConditionType.CREDENTIALS_ROTATED: frozenset(
            {
                "WithinPolicy",
                "RotationDue",
                "RotationOverdue",
                "RotationInProgress",
                "RotationFailed",
                "AgeUnknown",
            }
        ),
        ConditionType.NETWORK_LOCKED_DOWN: frozenset(
            {"Enforced", "PolicyMissing", "ProxyUnset", "ProbeFailed", "CNIUnverified"}
        ),
        ConditionType.SAFETY_CONTROLS_ACTIVE: frozenset(
            {
                "Active",
                "KillSwitchUnconfirmed",
                "BreakerConfigStale",
                "InsecureFlagEnabled",
                "ModeMismatch",
            }
        ),
        ConditionType.TRADING_ENABLED: frozenset(
            {
                "Enabled",
                "Halted",
                "CircuitBreakerOpen",
                "SimulationOnly",
                "NotReady",
                "StateUnknown",
            }
        ),
        ConditionType.DATABASE_READY: frozenset(
            {
                "Ready",
                "Bootstrapping",
                "PrimaryUnavailable",
                "ExtensionMissing",
                "StorageNearlyFull",
                "Restoring",
                "PodsRejected",
            }
        ),
        ConditionType.DATABASE_HIGHLY_AVAILABLE: frozenset(
            {"Replicated", "SingleInstance", "ReplicationLagging", "Degraded", "ExternallyManaged"}
        ),
        ConditionType.CACHE_READY: frozenset(
            {
                "Ready",
                "Loading",
                "Restoring",
                "PersistenceFailing",
                "MemoryPressure",
                "PodsRejected",
            }
        ),
        ConditionType.BUS_READY: frozenset(
            {
                "Ready",
                "NoQuorum",
                "Degraded",
                "StreamMismatch",
                "StorageNearlyFull",
                "PodsRejected",
            }
        ),
        ConditionType.FEATURE_STORE_READY: frozenset(
            {
                "Ready",
                "RegistryUnreachable",
                "RegistryEmpty",
                "OnlineStoreCold",
                "MaterializationStale",
                "PodsRejected",
            }
        ),
        ConditionType.INGESTORS_READY: frozenset(
            {"Ready", "FeedStale", "PartnerUnreachable", "AuthFailed", "PodsRejected"}
        ),
        ConditionType.RISK_API_READY: frozenset(
            {"Ready", "DependencyUnhealthy", "NoReadyReplicas", "PodsRejected"}
        ),
        ConditionType.BACKUPS_HEALTHY: frozenset(
            {"Recent", "NoBackupYet", "LastBackupFailed", "WALArchivingFailing", "TooOld"}
        ),
        ConditionType.RESTORE_VERIFIED: frozenset(
            {"Verified", "NeverRun", "Overdue", "LastDrillFailed", "DrillRunning"}
        ),
        ConditionType.OBSERVABILITY_READY: frozenset(
            {"Loaded", "CRDsMissing", "RulesNotSelected", "RoutingMissing", "DashboardsMissing"}
        ),
    }
)
