"""What each condition says, one function a condition.

Ready                       the only one a user has to look at
├── SpecAccepted            the spec obeys every rule
├── InvariantsHeld          the surroundings do, and nobody undoes the operator's work
├── CredentialsSynced       every ExternalSecret has its Secret
├── NetworkLockedDown       every network policy is in place (its enforcement is not a leaf)
└── CacheReady, IngestorsReady, RiskAPIReady

SafetyControlsActive and TradingEnabled stand beside the tree: a halted stack stays Ready, so that
GitOps goes on delivering fixes to it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.model import components
from tradingstack_operator.model.changes import Refusal
from tradingstack_operator.model.health import health
from tradingstack_operator.model.kinds import EXTERNAL_SECRET, NETWORK_POLICY, WORKLOAD_KINDS
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status.findings import Findings

Truth = Literal["True", "False", "Unknown"]

NAMESPACE_RULES: Final = {
    "INV-02": "EnvironmentLabelMismatch",
    "INV-03": "EnvironmentLabelMismatch",
    "INV-10a": "PodSecurityLabelMissing",
}
"""The rules about the namespace, each with the reason InvariantsHeld gives for it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A condition before it has a time and a generation."""

    type: ConditionType
    status: Truth
    reason: str
    message: str


def spec_accepted(found: Findings) -> Verdict:
    """List every violation, so that one edit can mend them all."""
    if not found.violations:
        return Verdict(
            ConditionType.SPEC_ACCEPTED, "True", "Accepted", "The spec obeys every rule."
        )
    listed = "; ".join(str(violation) for violation in found.violations)
    return Verdict(ConditionType.SPEC_ACCEPTED, "False", "Rejected", listed)


def invariants_held(found: Findings) -> Verdict:
    kind = ConditionType.INVARIANTS_HELD
    if found.facts.broken_guards:
        return Verdict(kind, "False", "PolicyBindingMissing", broken_guards(found))
    for violation in found.violations:
        if violation.rule in NAMESPACE_RULES:
            return Verdict(kind, "False", NAMESPACE_RULES[violation.rule], violation.message)
    if found.contested:
        listed = "; ".join(
            f"{item.manager} keeps changing {item.field} of {item.ref}" for item in found.contested
        )
        return Verdict(
            kind,
            "False",
            "DriftRepaired",
            f"{listed}: stop it, or it is only repaired now and then",
        )
    return Verdict(kind, "True", "Held", "Nothing contradicts the stack.")


def broken_guards(found: Findings) -> str:
    """Name the guards, who mends them and how, and what happens until then."""
    broken = found.facts.broken_guards
    listed = "; ".join(broken[:NAMED_GUARDS])
    more = f"; and {len(broken) - NAMED_GUARDS} more" if len(broken) > NAMED_GUARDS else ""
    frozen = found.stack is not None and found.facts.freeze(found.stack)
    return (
        f"{listed}{more}: have the platform team install chart tradingstack-crds again, in the "
        f"operator's version{'; nothing is applied until then' if frozen else ''}"
    )


NAMED_GUARDS: Final = 4
"""So many fit a message; usually either one is broken, or the whole chart is missing."""


def credentials_synced(found: Findings) -> Verdict:
    kind = ConditionType.CREDENTIALS_SYNCED
    if EXTERNAL_SECRET.kind in found.facts.missing_kinds:
        return Verdict(
            kind,
            "False",
            "StoreNotReady",
            "The API server does not serve ExternalSecret: install the External Secrets Operator.",
        )
    secrets = found.of_kind(EXTERNAL_SECRET.kind)
    if found.stack is None and not secrets:
        return Verdict(kind, "Unknown", "SyncError", "No ExternalSecret exists yet.")
    trouble = found.trouble(secrets)
    if not trouble:
        return Verdict(kind, "True", "AllSynced", "Every ExternalSecret is synced.")
    return Verdict(kind, "False", "SyncError", sentence(trouble))


def network_locked_down(found: Findings) -> Verdict:
    """Only a probe can tell that policies are enforced; until one does, that stays unknown."""
    kind = ConditionType.NETWORK_LOCKED_DOWN
    policies = found.of_kind(NETWORK_POLICY.kind)
    trouble = found.trouble(policies)
    if trouble or not policies:
        return Verdict(kind, "False", "PolicyMissing", sentence(trouble) or "No policy exists yet.")
    return Verdict(
        kind,
        "Unknown",
        "CNIUnverified",
        "Every policy is in place; whether the network plugin enforces them is not probed.",
    )


def cache_ready(found: Findings) -> Verdict | None:
    return _component(found, ConditionType.CACHE_READY, components.CACHE, "Loading", "Loading")


def ingestors_ready(found: Findings) -> Verdict | None:
    return _component(
        found, ConditionType.INGESTORS_READY, components.INGESTOR, "FeedStale", "FeedStale"
    )


def risk_api_ready(found: Findings) -> Verdict | None:
    return _component(
        found,
        ConditionType.RISK_API_READY,
        components.RISK_API,
        "NoReadyReplicas",
        "DependencyUnhealthy",
    )


def safety_controls_active(found: Findings) -> Verdict:
    kind = ConditionType.SAFETY_CONTROLS_ACTIVE
    if found.stack is not None and found.stack.spec.insecure_flags:
        listed = ", ".join(sorted(found.stack.spec.insecure_flags))
        return Verdict(kind, "False", "InsecureFlagEnabled", f"Switched off by the spec: {listed}.")
    return Verdict(
        kind,
        "False",
        "KillSwitchUnconfirmed",
        "The controls are configured; no component has confirmed yet that it obeys them.",
    )


def trading_enabled(found: Findings, ready: Verdict) -> Verdict:
    """Anything not known to allow trading forbids it."""
    kind = ConditionType.TRADING_ENABLED
    if found.facts.halts:
        listed = ", ".join(found.facts.halts)
        return Verdict(kind, "False", "Halted", f"Halted by TradingHalt {listed}.")
    simulation = found.stack.spec.simulation if found.stack else None
    if simulation is not None and simulation.enabled:
        return Verdict(kind, "False", "SimulationOnly", "Orders are simulated.")
    if ready.status != "True":
        return Verdict(kind, "False", "NotReady", ready.message)
    return Verdict(
        kind, "Unknown", "StateUnknown", "No component has reported that orders may flow."
    )


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
    return Verdict(
        kind, "True", "AllComponentsReady", f"All managed components are ready.{BESIDES}"
    )


def not_ready(stalled: Verdict) -> Verdict:
    """Deny readiness: a stalled stack is never ready, however well its objects do."""
    return Verdict(ConditionType.READY, "False", "ComponentNotReady", stalled.message)


BESIDES: Final = " Not managed yet: database, bus, features, backups, drills, observability."


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
    if EXTERNAL_SECRET.kind in found.facts.missing_kinds:
        return Verdict(kind, "True", "ProviderMissing", credentials_synced(found).message)
    for change in found.refused:
        reason = STALLING.get(change.refusal) if change.refusal else None
        if reason is not None:
            text = f"{change.action} of {change.ref} was refused: {change.message}"
            return Verdict(kind, "True", reason, text)
    if found.contested or (found.facts.broken_guards and not found.deleting):
        return Verdict(kind, "True", "InvariantViolated", invariants_held(found).message)
    return None


STALLING: Final = {
    Refusal.FORBIDDEN: "PermissionDenied",
    Refusal.KIND_MISSING: "ProviderMissing",
    Refusal.INVALID: "InvalidSpec",
}


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


def _component(
    found: Findings, kind: ConditionType, component: str, unready: str, waiting: str
) -> Verdict | None:
    """Judge a component by its workloads; one that has none is somebody else's."""
    workloads = [r for r in found.of_kind(*WORKLOAD_KINDS) if found.component_of(r) == component]
    if not workloads:
        return None
    held = next((item for item in found.waiting if item.component == component), None)
    if held is not None:
        return Verdict(kind, "False", waiting, f"{held.message}.")
    trouble = found.trouble(workloads)
    if not trouble:
        return Verdict(kind, "True", "Ready", f"{count_of(workloads)} ready.")
    rejected = any(
        health(found.children[ref]).rejected for ref, _ in trouble if ref in found.children
    )
    return Verdict(kind, "False", "PodsRejected" if rejected else unready, sentence(trouble))


def count_of(workloads: Sequence[ObjectRef]) -> str:
    return "1 workload is" if len(workloads) == 1 else f"{len(workloads)} workloads are"


def sentence(trouble: Iterable[tuple[ObjectRef, str]]) -> str:
    text = "; ".join(f"{ref} {what}" for ref, what in trouble)
    return f"{text}." if text else ""
