"""A condition before it has a time and a generation, and how most of them are judged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.model.kinds import VOLUME_CLAIM, WORKLOAD_KINDS
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status.findings import Findings

Truth = Literal["True", "False", "Unknown"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a condition says."""

    type: ConditionType
    status: Truth
    reason: str
    message: str


def workloads_of(found: Findings, *components: str) -> list[ObjectRef]:
    """List the workloads of some components."""
    return [r for r in found.of_kind(*WORKLOAD_KINDS) if found.component_of(r) in components]


def _claims_of(found: Findings, *components: str) -> list[ObjectRef]:
    """List the volumes that are objects of their own, not of a StatefulSet's making."""
    return [r for r in found.of_kind(VOLUME_CLAIM.kind) if found.component_of(r) in components]


def component_ready(
    found: Findings, kind: ConditionType, components: Sequence[str], unready: str, waiting: str
) -> Verdict | None:
    """Judge components by their workloads; None when there are none: they are somebody else's."""
    workloads = workloads_of(found, *components)
    if not workloads:
        return None
    held = next((item for item in found.waiting if item.component in components), None)
    if held is not None:
        return Verdict(kind, "False", waiting, f"{held.message}.")
    claims = _claims_of(found, *components)
    trouble = found.trouble([*workloads, *claims])
    if not trouble:
        return Verdict(kind, "True", "Ready", f"{count_of(workloads)} ready.")
    rejected = any(found.rejected(ref) for ref, _ in trouble)
    told = sentence((*trouble, *found.remarks(claims)))
    return Verdict(kind, "False", "PodsRejected" if rejected else unready, told)


def count_of(workloads: Sequence[ObjectRef]) -> str:
    return "1 workload is" if len(workloads) == 1 else f"{len(workloads)} workloads are"


def sentence(trouble: Iterable[tuple[ObjectRef, str]]) -> str:
    text = "; ".join(f"{ref} {what}" for ref, what in trouble)
    return f"{text}." if text else ""
