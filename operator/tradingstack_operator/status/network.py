"""Whether the network is shut."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import orjson

from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.api.platform_policy import ProbeTarget
from tradingstack_operator.model.components import PROBE
from tradingstack_operator.model.health import condition
from tradingstack_operator.model.kinds import JOB, NETWORK_POLICY
from tradingstack_operator.model.observed import Child
from tradingstack_operator.status.findings import Findings
from tradingstack_operator.status.verdict import Truth, Verdict, sentence

PROOF_LASTS: Final = timedelta(minutes=30)
"""Three runs of the probe: one may be late, and one may find the DNS busy."""


def network_locked_down(found: Findings, now: datetime) -> Verdict:
    """Believe in the policies only after a probe has failed to get out, and not for long."""
    policies = found.of_kind(NETWORK_POLICY.kind)
    trouble = found.trouble(policies)
    if trouble or not policies:
        return _verdict("False", "PolicyMissing", sentence(trouble) or "No policy exists yet.")
    policy = found.facts.policy
    target = policy.spec.egress.probe_target if policy else None
    if target is None:
        return _unverified(
            "whether the network plugin enforces them is not probed: name an address that nobody"
            " may reach in PlatformPolicy's egress.probeTarget"
        )
    last = max(_ended(found.children.values()), key=_created, default=None)
    if last is None:
        return _unverified("the probe that shows whether they are enforced has not ended yet")
    return _proof(last, target, now)


def _proof(last: Child, target: ProbeTarget, now: datetime) -> Verdict:
    """Say what the probe that ended last shows."""
    if condition(last, "Failed").get("reason") == "PodFailurePolicy":
        return _verdict(
            "False",
            "ProbeFailed",
            f"{last.ref} reached {target.host} port {target.port}, which no policy allows: use a"
            " network plugin that enforces NetworkPolicies.",
        )
    if condition(last, "Failed"):
        return _unverified(f"{last.ref} could not tell whether they are enforced: see its log")
    ended = last.status.get("completionTime", "")
    if not ended or now - datetime.fromisoformat(ended) > PROOF_LASTS:
        when = ended or "an unknown time"
        return _unverified(f"the last proof that they are enforced is of {when}")
    text = f"Every policy is in place, and {last.ref} found no way out."
    return _verdict("True", "Enforced", text)


def _ended(children: Iterable[Child]) -> list[Child]:
    return [
        child
        for child in children
        if child.ref.kind == JOB.kind
        and child.component == PROBE
        and any(condition(child, kind).get("status") == "True" for kind in ("Complete", "Failed"))
    ]


def _created(job: Child) -> tuple[str, str]:
    return str(orjson.loads(job.body)["metadata"].get("creationTimestamp", "")), job.ref.name


def _unverified(why: str) -> Verdict:
    return _verdict("Unknown", "CNIUnverified", f"Every policy is in place; {why}.")


def _verdict(status: Truth, reason: str, message: str) -> Verdict:
    return Verdict(ConditionType.NETWORK_LOCKED_DOWN, status, reason, message)
