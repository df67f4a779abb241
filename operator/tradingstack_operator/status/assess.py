"""Findings in, the stack's whole status out: the only place where conditions are made."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from tradingstack_operator.api.status import LONGEST_MESSAGE
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.status import (
    backups,
    bus,
    cache,
    database,
    features,
    network,
    observability,
    operations,
    programs,
    safety,
    secrets,
    spec,
    tree,
)
from tradingstack_operator.status.components import component_statuses, risk_api_scale
from tradingstack_operator.status.credentials import credential_history
from tradingstack_operator.status.findings import Findings
from tradingstack_operator.status.pending import pending_restarts
from tradingstack_operator.status.verdict import Verdict


def assess(
    found: Findings, previous: Mapping[str, Any], generation: int, now: datetime
) -> Manifest:
    """Judge a stack; the same findings and ``previous`` status always give the same status.

    A condition keeps the time of its last transition while its truth stays the same.
    """
    history = None if found.deleting else credential_history(found, previous, now)
    found = replace(found, credentials=history)
    known = {item["type"]: item for item in previous.get("conditions", ())}
    stamp = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    status: Manifest = {
        "observedGeneration": generation,
        "conditions": [
            _condition(verdict, known.get(verdict.type), generation, stamp)
            for verdict in judge(found, now)
        ],
        "components": component_statuses(found),
        "riskApi": risk_api_scale(found),
        "effective": found.effective,
        "credentials": found.credentials,
        "endpoints": [endpoint.to_json() for endpoint in found.endpoints],
        "pendingRestarts": pending_restarts(found, previous, stamp),
        "lastBackupTime": operations.last_backup_time(found),
        "lastDrillTime": operations.last_drill_time(found),
    }
    return {key: value for key, value in status.items() if value}


def judge(found: Findings, now: datetime) -> list[Verdict]:
    """Give every condition that can be told today, the root of the tree first.

    A stack that is being deleted is not judged by its spec any more.
    """
    if found.deleting:
        ready = tree.ready(found, ())
        why = tree.stalled(found) or tree.reconciling(found, ready)
        return [ready, why, safety.trading_enabled(found, ready)]
    leaves = [
        spec.spec_accepted(found),
        spec.invariants_held(found),
        secrets.credentials_synced(found, now),
        network.network_locked_down(found, now),
    ]
    leaves += filter(
        None,
        (
            database.database_ready(found),
            cache.cache_ready(found),
            bus.bus_ready(found),
            features.feature_store_ready(found, now),
            programs.ingestors_ready(found),
            programs.risk_api_ready(found),
        ),
    )
    ready = tree.ready(found, leaves)
    stalled = tree.stalled(found)
    if stalled is not None and ready.status == "True":
        ready = tree.not_ready(stalled)
    moving = [stalled] if stalled else []
    if ready.status != "True" and not stalled:
        moving = [tree.reconciling(found, ready)]
    elif found.held and not stalled:
        moving = [tree.held(found)]
    beside = [safety.safety_controls_active(found), safety.trading_enabled(found, ready)]
    beside.append(observability.observability_ready(found))
    beside += filter(
        None,
        (
            database.database_highly_available(found),
            backups.backups_healthy(found, now),
            operations.restore_verified(found, now),
            secrets.credentials_rotated(found, now),
        ),
    )
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
