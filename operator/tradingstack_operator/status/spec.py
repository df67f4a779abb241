"""Whether the spec obeys the rules, and whether anything contradicts it."""

from typing import Final

from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.model.changes import Refusal
from tradingstack_operator.model.kinds import NETWORK_POLICY
from tradingstack_operator.status.findings import Findings
from tradingstack_operator.status.verdict import Verdict

NAMESPACE_RULES: Final = {
    "INV-02": "EnvironmentLabelMismatch",
    "INV-03": "EnvironmentLabelMismatch",
    "INV-10a": "PodSecurityLabelMissing",
}
"""The rules about the namespace, each with the reason InvariantsHeld gives for it."""


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
    foreign = [change.ref for change in found.refused if change.refusal is Refusal.FOREIGN]
    if foreign:
        listed = ", ".join(map(str, foreign))
        policies = all(ref.kind == NETWORK_POLICY.kind for ref in foreign)
        reason = "ForeignNetworkPolicy" if policies else "ForeignObject"
        text = f"Not the operator's, and in its place: {listed}. Remove or rename what is there."
        return Verdict(kind, "False", reason, text)
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
