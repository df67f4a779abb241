"""The root of the tree of conditions, and the two that say why a stack is not there yet.

Ready                       the only one a user has to look at
├── SpecAccepted            the spec obeys every rule
├── InvariantsHeld          the surroundings do, and nobody undoes the operator's work
├── CredentialsSynced       every ExternalSecret has its Secret
├── NetworkLockedDown       every network policy is in place (its enforcement is not a leaf)
├── DatabaseReady, CacheReady, BusReady, FeatureStoreReady
└── IngestorsReady, RiskAPIReady

SafetyControlsActive and TradingEnabled stand beside the tree: a halted stack stays Ready, so that
GitOps goes on delivering fixes to it. So does ObservabilityReady: a stack does not need those who
watch it.
"""

from collections.abc import Sequence
from typing import Final

from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.model.changes import Refusal
from tradingstack_operator.model.kinds import EXTERNAL_SECRET, PROVIDERS, WORKLOAD_KINDS
from tradingstack_operator.status.findings import Findings
from tradingstack_operator.status.spec import invariants_held
from tradingstack_operator.status.verdict import Verdict


def ready(found: Findings, leaves: Sequence[Verdict]) -> Verdict:
    """Ready is True when no leaf is False; its message names the first leaf that is."""
    kind = ConditionType.READY
    if found.deleting:
        return Verdict(kind, "False", "Deleting", "The stack is being deleted.")
    for leaf in leaves:
        if leaf.status == "False":
            held = leaf.type not in {ConditionType.SPEC_ACCEPTED, ConditionType.INVARIANTS_HELD}
            reason = "ComponentNotReady" if held else "InvariantViolated"
            return Verdict(kind, "False", reason, f"{leaf.type}: {leaf.message}")
    if found.refused:
        first = found.refused[0]
        text = f"The API server refused to {first.action} {first.ref}: {first.message}"
        return Verdict(kind, "False", "ComponentNotReady", text)
    return Verdict(kind, "True", "AllComponentsReady", "All managed components are ready.")


def not_ready(stalled: Verdict) -> Verdict:
    """Deny readiness: a stalled stack is never ready, however well its objects do."""
    return Verdict(ConditionType.READY, "False", "ComponentNotReady", stalled.message)


def stalled(found: Findings) -> Verdict | None:
    """Say what will not mend itself by waiting; None when waiting is enough."""
    kind = ConditionType.STALLED
    if found.facts.namespace_terminating:
        return Verdict(kind, "True", "NamespaceTerminating", "The namespace is being deleted.")
    if found.violations:
        count = len(found.violations)
        text = (
            f"The spec breaks {count} rules; see SpecAccepted."
            if count > 1
            else ("The spec breaks a rule; see SpecAccepted.")
        )
        return Verdict(kind, "True", "InvalidSpec", text)
    missing = missing_provider(found)
    if missing:
        return Verdict(kind, "True", "ProviderMissing", missing)
    for change in found.refused:
        reason = STALLING.get(change.refusal) if change.refusal else None
        if reason is not None:
            text = f"{change.action} of {change.ref} was refused: {change.message}"
            return Verdict(kind, "True", reason, text)
    if found.contested or (found.facts.broken_guards and not found.deleting):
        return Verdict(kind, "True", "InvariantViolated", invariants_held(found).message)
    return None


def missing_provider(found: Findings) -> str:
    """Name what is not installed although the stack wants an object of its kind.

    Every stack wants ExternalSecrets, also one whose spec is not understood.
    """
    wanted = {ref.kind for ref in found.desired} | {EXTERNAL_SECRET.kind}
    for kind, provider in PROVIDERS.items():
        if kind in found.facts.missing_kinds & wanted:
            return f"The API server does not serve {kind}: install {provider}."
    return ""


STALLING: Final = {
    Refusal.FORBIDDEN: "PermissionDenied",
    Refusal.KIND_MISSING: "ProviderMissing",
    Refusal.INVALID: "InvalidSpec",
    Refusal.FOREIGN: "InvariantViolated",
}


def held(found: Findings) -> Verdict:
    """Say which restarts wait; the one reason to be reconciling while everything is ready."""
    kind = ConditionType.RECONCILING
    listed = ", ".join(map(str, found.held))
    when = f", which opens at {found.next_window:%Y-%m-%dT%H:%M:%SZ}" if found.next_window else ""
    text = f"The restart of {listed} waits for the next maintenance window{when}."
    return Verdict(kind, "True", "WaitingForWindow", text)


def reconciling(found: Findings, ready: Verdict) -> Verdict:
    """Say what the stack is waiting for."""
    kind = ConditionType.RECONCILING
    if found.stack is not None and found.stack.spec.paused:
        return Verdict(kind, "True", "Progressing", f"Paused by the spec: {ready.message}")
    if found.waiting:
        listed = "; ".join(item.message for item in found.waiting)
        return Verdict(kind, "True", "WaitingForDependency", f"{listed}.")
    workloads = found.of_kind(*WORKLOAD_KINDS)
    if workloads and all(ref in found.children for ref in workloads):
        return Verdict(kind, "True", "RollingOut", ready.message)
    return Verdict(kind, "True", "Progressing", ready.message)
