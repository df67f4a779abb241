"""What a run came to: its objects without what differs from run to run, and their lives."""

import json
import re
from collections import Counter
from typing import Any, Final

from tests.scenario.stage import Stage
from tests.support.fakeserver.store import Change
from tradingstack_operator.api import names
from tradingstack_operator.model.kinds import KEPT_KINDS, MANAGED_KINDS, TRADING_STACK

PASSING: Final = frozenset(
    {
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "managedFields",
        "lastTransitionTime",
        "lastUpdateTime",
        "refreshTime",
        "startTime",
        "completionTime",
        # how a Job knows its pods
        "controller-uid",
        "batch.kubernetes.io/controller-uid",
        # it covers the owner's uid
        names.ANNOTATION_DESIRED_HASH,
    }
)
"""The fields that no two runs have alike."""


class Lives:
    """How often each object of a cluster was made and taken away."""

    def __init__(self, server: Stage):
        self.made: Counter[str] = Counter()
        self.gone: Counter[str] = Counter()
        server.cluster.after_write.append(self._count)

    def _count(self, change: Change) -> None:
        if change.resource.kind not in MANAGED_KINDS:
            return
        name = unnumbered(f"{change.resource.kind.kind}/{change.last.body['metadata']['name']}")
        if change.before is None:
            self.made[name] += 1
        if change.after is None:
            self.gone[name] += 1


def objects(server: Stage) -> dict[str, Any]:
    """Dump every stack and every object of the managed kinds."""
    served = {resource.kind for resource in server.cluster.catalogue}
    return {
        f"{kind.kind}/{body['metadata']['namespace']}/{body['metadata']['name']}": lasting(body)
        for kind in (TRADING_STACK, *MANAGED_KINDS)
        if kind in served
        for body in server.cluster.objects(kind)
    }


def remains(server: Stage) -> dict[str, Any]:
    """Dump what is left of every stack besides the volumes, which outlive it."""
    kept = tuple(f"{kind}/" for kind in KEPT_KINDS)
    return {name: body for name, body in objects(server).items() if not name.startswith(kept)}


def unnumbered(name: str) -> str:
    """Leave out what follows the name of a Job, which covers the stack's uid."""
    return re.sub("-[0-9a-f]{10}$", "", name)


def comparable(server: Stage, uid: str) -> dict[str, Any]:
    """Dump the objects so that two runs compare, without what comes of the stack's uid.

    Dashboards are named by its beginning, and the Job that marks the database by a hash of it.
    """
    dumped = {name: json.dumps(body) for name, body in objects(server).items()}
    return {
        unnumbered(name): re.sub(rf"{uid}|{uid[:8]}|(?<=alpha-schema)-[0-9a-f]{{10}}", "", body)
        for name, body in dumped.items()
    }


def lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: lasting(inner) for key, inner in value.items() if key not in PASSING}
    if isinstance(value, list):
        return [lasting(item) for item in value]
    return value


def uids(server: Stage) -> dict[str, str]:
    """Tell each managed object's identity, by ``Kind/name``."""
    return {
        f"{kind.kind}/{body['metadata']['name']}": body["metadata"]["uid"]
        for kind in MANAGED_KINDS
        for body in server.cluster.objects(kind)
    }
