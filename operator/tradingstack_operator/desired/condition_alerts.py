"""Alerts on what the operator reports of a stack, and on its silence."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tradingstack_contract import metrics
from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired.alerts import Alert
from tradingstack_operator.model import series

_STORES_AND_PROGRAMS: Final = (
    ConditionType.DATABASE_READY,
    ConditionType.CACHE_READY,
    ConditionType.BUS_READY,
    ConditionType.FEATURE_STORE_READY,
    ConditionType.INGESTORS_READY,
    ConditionType.RISK_API_READY,
)
_FIRST_BACKUP: Final = "26h"
"""A day and two hours: a stack made just after the nightly backup has one by then."""


def condition_alerts(stack: TradingStack) -> Iterator[Alert]:
    """Alert on what the operator reports, and on its silence."""
    said = _Said(stack)
    ready = said.series(series.CONDITION, f'type="{ConditionType.READY}"')
    yield Alert(
        "TradingStackUnwatched",
        "critical",
        ConditionType.READY,
        f"absent({ready})",
        "The operator reports nothing about the stack: nobody repairs it.",
        "5m",
    )
    yield Alert(
        "TradingStackStalled",
        "warning",
        ConditionType.STALLED,
        said.is_true(ConditionType.STALLED),
        "The operator cannot go on until somebody changes something.",
        "10m",
    )
    yield Alert(
        "ComponentNotReady",
        "critical",
        "{{ $labels.type }}",
        said.is_false(*_STORES_AND_PROGRAMS),
        "{{ $labels.type }} is False: orders may be refused.",
        "10m",
    )
    yield Alert(
        "InvariantViolated",
        "critical",
        ConditionType.INVARIANTS_HELD,
        said.is_false(ConditionType.INVARIANTS_HELD),
        "A rule that protects the stack is broken or switched off.",
        "2m",
    )
    yield Alert(
        "DatabaseRedundancyLost",
        "warning",
        ConditionType.DATABASE_HIGHLY_AVAILABLE,
        said.gives(ConditionType.DATABASE_HIGHLY_AVAILABLE, "ReplicationLagging", "Degraded"),
        "The next failure of the primary loses data or time.",
        "10m",
    )
    yield Alert(
        "ObservabilityDegraded",
        "warning",
        ConditionType.OBSERVABILITY_READY,
        said.is_false(ConditionType.OBSERVABILITY_READY),
        "Some alerts or dashboards of the stack do not reach anybody.",
        "30m",
    )
    yield Alert(
        "TradingStackPaused",
        "warning",
        ConditionType.RECONCILING,
        f"max({said.series(series.PAUSED)}) == 1",
        "The stack is paused for more than an hour: nothing is applied or repaired.",
        "1h",
    )
    yield from _of_credentials(stack, said)
    yield from _of_safety(stack, said)
    yield from _of_recovery(said)


def _of_credentials(stack: TradingStack, said: "_Said") -> Iterator[Alert]:
    yield Alert(
        "CredentialsNotSynced",
        "warning",
        ConditionType.CREDENTIALS_SYNCED,
        said.is_false(ConditionType.CREDENTIALS_SYNCED),
        "An ExternalSecret does not follow the secret store.",
        "10m",
    )
    namespace = stack.metadata.namespace
    # its monitor may or may not honour the labels of the External Secrets Operator
    failed = " or ".join(
        f'sum by (name) (increase({series.SYNC_ERRORS}{{{label}="{namespace}"}}[15m])) > 0'
        for label in ("namespace", "exported_namespace")
    )
    yield Alert(
        "ExternalSecretSyncErrors",
        "warning",
        ConditionType.CREDENTIALS_SYNCED,
        failed,
        "Reading ExternalSecret {{ $labels.name }} from the store keeps failing.",
        "15m",
        runbook="CredentialsNotSynced",
    )
    rotated = ConditionType.CREDENTIALS_ROTATED
    yield Alert(
        "CredentialRotationDue",
        "info",
        rotated,
        said.gives(rotated, "RotationDue"),
        "A credential has to be rotated within 14 days.",
        "1h",
        runbook="CredentialRotationOverdue",
    )
    yield Alert(
        "CredentialRotationOverdue",
        "warning",
        rotated,
        said.gives(rotated, "RotationOverdue", "RotationFailed"),
        "A credential is older than the compliance calendar allows.",
        "15m",
    )


def _of_safety(stack: TradingStack, said: "_Said") -> Iterator[Alert]:
    network, safety = ConditionType.NETWORK_LOCKED_DOWN, ConditionType.SAFETY_CONTROLS_ACTIVE
    yield Alert(
        "NetworkNotLockedDown",
        "critical",
        network,
        said.gives(network, "PolicyMissing", "ProxyUnset"),
        "A network policy of the stack is missing.",
        "5m",
    )
    yield Alert(
        "EgressProbeReached",
        "critical",
        network,
        said.gives(network, "ProbeFailed"),
        "A pod reached an address that is forbidden: the network policies are not enforced.",
    )
    flag = f'{metrics.INSECURE_FLAG.name}{{namespace="{stack.metadata.namespace}"}}'
    yield Alert(
        "InsecureFlagEnabled",
        "critical",
        safety,
        f"{said.gives(safety, 'InsecureFlagEnabled')} or max by (flag) ({flag}) == 1",
        "A safeguard of the stack is switched off.",
    )
    yield Alert(
        "KillSwitchUnconfirmed",
        "critical",
        safety,
        said.gives(safety, "KillSwitchUnconfirmed"),
        "No proof that a halt would stop every replica of the risk API.",
        "2m",
    )
    yield Alert(
        "TradingHalted",
        "critical",
        ConditionType.TRADING_ENABLED,
        said.gives(ConditionType.TRADING_ENABLED, "Halted"),
        "A TradingHalt is in force: no new orders.",
    )
    if stack.production:
        mode = f'{metrics.MODE_INFO.name}{{namespace="{stack.metadata.namespace}",mode!="live"}}'
        yield Alert(
            "SimulationInProduction",
            "critical",
            safety,
            f"max by (component, mode) ({mode}) == 1",
            "{{ $labels.component }} reports mode {{ $labels.mode }} in production.",
        )


def _of_recovery(said: "_Said") -> Iterator[Alert]:
    backups = ConditionType.BACKUPS_HEALTHY
    yield Alert(
        "BackupsUnhealthy",
        "critical",
        backups,
        said.gives(backups, "LastBackupFailed", "WALArchivingFailing", "TooOld"),
        "What happens from now on may be lost with the database.",
        "15m",
    )
    yield Alert(
        "BackupMissing",
        "critical",
        backups,
        said.gives(backups, "NoBackupYet"),
        "The database has no backup at all.",
        _FIRST_BACKUP,
        runbook="BackupsUnhealthy",
    )
    yield Alert(
        "RestoreUnproven",
        "warning",
        ConditionType.RESTORE_VERIFIED,
        said.gives(ConditionType.RESTORE_VERIFIED, "Overdue", "LastDrillFailed"),
        "Nobody knows whether the last backup can be restored.",
        "1h",
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """Selects what the operator says about one stack; two replicas may say it for a moment."""

    stack: TradingStack

    def series(self, metric: metrics.Metric, *wanted: str) -> str:
        metadata = self.stack.metadata
        own = (f'namespace="{metadata.namespace}"', f'name="{metadata.name}"')
        return f"{metric.name}{{{','.join((*own, *wanted))}}}"

    def is_false(self, *types: ConditionType) -> str:
        return self._any(f'type=~"{"|".join(types)}"', 'status="False"')

    def is_true(self, kind: ConditionType) -> str:
        return self._any(f'type="{kind}"', 'status="True"')

    def gives(self, kind: ConditionType, *reasons: str) -> str:
        """Ask for reasons of a condition, whatever its status is."""
        return self._any(f'type="{kind}"', f'reason=~"{"|".join(reasons)}"')

    def _any(self, *wanted: str) -> str:
        return f"max by (type) ({self.series(series.CONDITION, *wanted)}) == 1"
