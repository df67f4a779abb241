"""What the relay says in a TradingHalt's status: which replicas obey, and which do not."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from tradingstack_operator.model.halts import CONFIRMED
from tradingstack_operator.model.objects import Manifest

NAMED: Final = 5
"""So many missing replicas fit a message."""


def halt_status(
    halt: Manifest, answers: Mapping[str, Mapping[str, bool]], now: datetime
) -> Manifest:
    """Make the status of a halt; the same for every relay that heard the same.

    ``answers`` has every replica that runs, by name, and tells whether it obeys the halts of the
    last order it answered, by UID. Where that says nothing the present status does, because
    another relay may have reached the replica.
    """
    uid = halt["metadata"]["uid"]
    before = halt.get("status", {})
    stamp = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    known = {item["name"]: item["acknowledgedAt"] for item in before.get("replicas", ())}
    obeying = {
        name: known.get(name, stamp)
        for name, said in sorted(answers.items())
        if said.get(uid, name in known)
    }
    missing = sorted(answers.keys() - obeying.keys())
    condition = _condition(len(answers), missing)
    old = next((c for c in before.get("conditions", ()) if c["type"] == CONFIRMED), None)
    unchanged = old is not None and old["status"] == condition["status"]
    return {
        "observedGeneration": halt["metadata"]["generation"],
        "conditions": [
            {
                "type": CONFIRMED,
                **condition,
                "lastTransitionTime": old["lastTransitionTime"] if old and unchanged else stamp,
                "observedGeneration": halt["metadata"]["generation"],
            }
        ],
        "replicas": [{"name": name, "acknowledgedAt": at} for name, at in obeying.items()],
    }


def _condition(count: int, missing: list[str]) -> dict[str, str]:
    if not count:
        return {
            "status": "Unknown",
            "reason": "NoReplicas",
            "message": "No replica of the risk API runs; one that starts hears of the halt first.",
        }
    obeyed = f"{count - len(missing)} of {count} replicas of the risk API obey"
    if not missing:
        return {"status": "True", "reason": "EveryReplica", "message": f"{obeyed}."}
    listed = ", ".join(missing[:NAMED])
    more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
    return {
        "status": "False",
        "reason": "ReplicasMissing",
        "message": f"{obeyed}; unconfirmed: {listed}{more}. Each halts by itself once it has "
        "not heard from the relay for 30 s: delete the pod if that is too long.",
    }
