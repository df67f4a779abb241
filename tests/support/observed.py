"""Builders of what the informers' caches hold of a stack, with sound defaults."""

from dataclasses import replace

import orjson

from tests.support.stacks import NAMESPACE, STACK, facts, manifest, merged, stack
from tradingstack_operator.desired.build import build
from tradingstack_operator.model.kinds import BY_KIND
from tradingstack_operator.model.objects import ObjectRef, render
from tradingstack_operator.model.observed import Child, Observed

UID = STACK["metadata"]["uid"]
SYNCED = {"conditions": [{"type": "Ready", "status": "True", "reason": "SecretSynced"}]}
DONE = {"conditions": [{"type": "Complete", "status": "True"}]}
AT_WORK = {
    "CronJob": {"lastSuccessfulTime": "2126-01-01T00:00:00Z"},
    "ExternalSecret": SYNCED,
    "Job": DONE,
    "PersistentVolumeClaim": {"phase": "Bound"},
}
"""The statuses of the kinds that count no replicas; fresh whenever a test looks at them."""


def counts(total, **fields):
    """Write the status of a workload of which so many pods are up to date and ready."""
    same = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    return {"observedGeneration": 1} | dict.fromkeys(same, total) | fields


def live(kind="ConfigMap", name="alpha-system", **overrides):
    """Write an object of the stack as the API server returns it."""
    whole = {
        "apiVersion": BY_KIND[kind].api_version,
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "uid": f"uid-of-{kind}-{name}",
            "resourceVersion": "1",
            "generation": 1,
            "ownerReferences": [{"kind": "TradingStack", "uid": UID, "controller": True}],
        },
    }
    return merged(whole, overrides)


def child(kind="ConfigMap", name="alpha-system", spec=None, **fields):
    """Make an object of the stack; ``fields`` are those of ``Child``."""
    body = live(kind, name, spec=spec or {})
    sound = {
        "ref": ObjectRef(kind, name),
        "namespace": NAMESPACE,
        "uid": body["metadata"]["uid"],
        "resource_version": 1,
        "generation": 1,
        "component": "",
        "owner_uid": UID,
        "desired_hash": "",
        "deleting": False,
        "body": orjson.dumps(body),
    }
    return Child(**(sound | fields))


def applied(wanted, **fields):
    """Make the object that stands in the cluster once ``wanted`` has been applied."""
    sound = {
        "component": wanted.component,
        "desired_hash": wanted.hash,
        "body": orjson.dumps(merged(live(*wanted.ref), orjson.loads(wanted.body))),
    }
    return child(*wanted.ref, **(sound | fields))


def ready(child):
    """Give an object the status it has when it does its work."""
    if child.ref.kind in {"Deployment", "StatefulSet"}:
        return replace(child, status=counts(orjson.loads(child.body)["spec"].get("replicas", 1)))
    return replace(child, status=AT_WORK.get(child.ref.kind, {}))


def desired(surroundings=None, **overrides):
    """Render the fitting stack, in the order to apply it."""
    return tuple(render(item) for item in build(stack(**overrides), surroundings or facts()))


def by_ref(*children):
    return {child.ref: child for child in children}


def running(**overrides):
    """Make every object of the fitting stack, each doing its work."""
    return by_ref(*(ready(applied(wanted)) for wanted in desired(**overrides)))


def observed(children=(), surroundings=None, **overrides):
    """Snapshot the fitting stack; ``overrides`` are those of its manifest."""
    return Observed(manifest(**overrides), by_ref(*children), surroundings or facts())
