"""Findings in, the stack's whole status out: the only place where conditions are made."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tradingstack_operator.api.status import LONGEST_MESSAGE
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.status import verdicts
from tradingstack_operator.status.components import component_statuses, risk_api_scale
from tradingstack_operator.status.findings import Findings
from tradingstack_operator.status.verdicts import Verdict


def assess(
    found: Findings, previous: Mapping[str, Any], generation: int, now: datetime
) -> Manifest:
    """Judge a stack; the same findings and ``previous`` status always give the same status.

    A condition keeps the time of its last transition while its truth stays the same.
    """
    known = {item["type"]: item for item in previous.get("conditions", ())}
    stamp = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    status: Manifest = {
        "observedGeneration": generation,
        "conditions": [
            _condition(verdict, known.get(verdict.type), generation, stamp)
            for verdict in judge(found)
        ],
        "components": component_statuses(found),
        "riskApi": risk_api_scale(found),
        "effective": found.effective,
    }
    return {key: value for key, value in status.items() if value}


def judge(found: Findings) -> list[Verdict]:
    """Give every condition that can be told today, the root of the tree first.

    A stack that is being deleted is not judged by its spec any more.
    """
    if found.deleting:
        ready = verdicts.ready(found, ())
        why = verdicts.stalled(found) or verdicts.reconciling(found, ready)
        return [ready, why, verdicts.trading_enabled(found, ready)]
    leaves = [
        verdicts.spec_accepted(found),
        verdicts.invariants_held(found),
        verdicts.credentials_synced(found),
        verdicts.network_locked_down(found),
    ]
    leaves += filter(
        None,
        (
            verdicts.cache_ready(found),
            verdicts.ingestors_ready(found),
            verdicts.risk_api_ready(found),
        ),
    )
    ready = verdicts.ready(found, leaves)
    stalled = verdicts.stalled(found)
    if stalled is not None and ready.status == "True":
        ready = verdicts.not_ready(stalled)
    moving = [stalled] if stalled else []
    if ready.status != "True" and not stalled:
        moving = [verdicts.reconciling(found, ready)]
    beside = [verdicts.safety_controls_active(found), verdicts.trading_enabled(found, ready)]
    return [ready, *moving, *leaves, *beside]


def _condition(
    verdict: Verdict, before: Mapping[str, Any] | None, generation: int, stamp: str
) -> Manifest:
    unchanged = before is not None and before["status"] == verdict.status
    return {
        "type": str(verdict.type),
        "status": verdict.status,
        "reason": verdict.reason,
        "message": verdict.message[:LONGEST_MESSAGE],
        "lastTransitionTime": before["lastTransitionTime"] if before and unchanged else stamp,
        "observedGeneration": generation,
    }
