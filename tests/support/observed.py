"""Builders of what the informers' caches hold of a stack, with sound defaults."""

from dataclasses import replace

import orjson

from tests.support.stacks import NAMESPACE, STACK, facts, manifest, merged, stack
from tradingstack_operator.desired.build import build
from tradingstack_operator.model.kinds import BY_KIND
from tradingstack_operator.model.objects import (
    ObjectRef,
    component_of,
    hash_of,
    ref_of,
    with_desired_hash,
)
from tradingstack_operator.model.observed import Child, Observed

UID = STACK["metadata"]["uid"]
DONE = {
    "observedGeneration": 1,
    "replicas": 50,
    "updatedReplicas": 50,
    "readyReplicas": 50,
    "availableReplicas": 50,
}
"""The status of a workload that has every pod it could be asked for."""
SYNCED = {"conditions": [{"type": "Ready", "status": "True", "reason": "SecretSynced"}]}
READY = {"Deployment": DONE, "StatefulSet": DONE, "ExternalSecret": SYNCED}


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


def applied(manifest, **fields):
    """Make the object that stands in the cluster once ``manifest`` has been applied."""
    ref = ref_of(manifest)
    sound = {
        "component": component_of(manifest),
        "desired_hash": hash_of(manifest),
        "body": orjson.dumps(merged(live(*ref), manifest)),
    }
    return child(*ref, **(sound | fields))


def ready(child):
    """Give an object the status it has when it does its work."""
    return replace(child, status=READY.get(child.ref.kind, {}))


def desired(surroundings=None, **overrides):
    """Render the fitting stack, in the order to apply it."""
    manifests = build(stack(**overrides), surroundings or facts())
    return tuple(with_desired_hash(manifest) for manifest in manifests)


def by_ref(*children):
    return {child.ref: child for child in children}


def running(**overrides):
    """Make every object of the fitting stack, each doing its work."""
    return by_ref(*(ready(applied(manifest)) for manifest in desired(**overrides)))


def observed(children=(), surroundings=None, **overrides):
    """Snapshot the fitting stack; ``overrides`` are those of its manifest."""
    return Observed(manifest(**overrides), by_ref(*children), surroundings or facts())
