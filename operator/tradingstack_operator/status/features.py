"""Whether features can be read, and whether they are fresh."""

from datetime import datetime
from typing import Final

from tradingstack_operator.api.conditions import ConditionType
from tradingstack_operator.model.components import (
    FEATURES,
    MATERIALIZATION,
    ONLINE_STORE,
    REGISTRY,
)
from tradingstack_operator.model.freshness import max_staleness
from tradingstack_operator.model.kinds import CRON_JOB, JOB
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status.findings import Findings
from tradingstack_operator.status.verdict import Verdict, count_of, sentence, workloads_of

_KIND: Final = ConditionType.FEATURE_STORE_READY
_UNREADY: Final = {
    ONLINE_STORE: "OnlineStoreCold",
    REGISTRY: "RegistryEmpty",
    MATERIALIZATION: "OnlineStoreCold",
    FEATURES: "RegistryUnreachable",
}
"""The components in the order they come up, each with what is wrong while it is not there."""


def feature_store_ready(found: Findings, now: datetime) -> Verdict | None:
    """Judge the feature store; None when there is none: it is somebody else's."""
    workloads = workloads_of(found, *_UNREADY)
    if not workloads:
        return None
    trouble = dict(found.trouble(workloads))
    rejected = [ref for ref in trouble if found.rejected(ref)]
    if rejected:
        return _not_ready("PodsRejected", sentence((ref, trouble[ref]) for ref in rejected))
    for component, reason in _UNREADY.items():
        held = next((item for item in found.waiting if item.component == component), None)
        if held is not None:
            return _not_ready(reason, f"{held.message}.")
        mine = [ref for ref in trouble if found.component_of(ref) == component]
        if mine:
            failed = component == REGISTRY and any(_has_failed(found, ref) for ref in mine)
            text = sentence((ref, trouble[ref]) for ref in mine)
            return _not_ready("RegistryUnreachable" if failed else reason, text)
    return _freshness(found, workloads, now)


def _freshness(found: Findings, workloads: list[ObjectRef], now: datetime) -> Verdict:
    """Judge what is there by the last materialisation that went well, by the clock or at first."""
    last = _last_materialization(found)
    if last is None:
        return _not_ready("OnlineStoreCold", "No materialisation has gone well yet.")
    if found.stack is not None and now - last > max_staleness(found.stack):
        minutes = int(max_staleness(found.stack).total_seconds()) // 60
        text = (
            f"The last materialisation that went well ended at {last:%Y-%m-%dT%H:%M:%SZ}, more than"
            f" {minutes} minutes ago: see the newest Jobs of {_clock(workloads)}."
        )
        return _not_ready("MaterializationStale", text)
    return Verdict(_KIND, "True", "Ready", f"{count_of(workloads)} ready.")


def _last_materialization(found: Findings) -> datetime | None:
    times = [
        child.status[field]
        for ref, child in found.children.items()
        if child.component == MATERIALIZATION and ref.kind in _FIELDS
        for field in _FIELDS[ref.kind]
        if field in child.status
    ]
    return max((datetime.fromisoformat(time) for time in times), default=None)


_FIELDS: Final = {CRON_JOB.kind: ("lastSuccessfulTime",), JOB.kind: ("completionTime",)}


def _clock(workloads: list[ObjectRef]) -> str:
    return ", ".join(str(ref) for ref in workloads if ref.kind == CRON_JOB.kind)


def _has_failed(found: Findings, ref: ObjectRef) -> bool:
    """Tell whether a Job has tried in vain, even if it will try again."""
    child = found.children.get(ref)
    return child is not None and child.status.get("failed", 0) > 0


def _not_ready(reason: str, message: str) -> Verdict:
    return Verdict(_KIND, "False", reason, message)
