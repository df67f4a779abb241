"""When new credentials reach a workload that runs: after they were delivered, servers first."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from tradingstack_operator.api import names
from tradingstack_operator.model.findings import Waiting
from tradingstack_operator.model.kinds import DEPLOYMENT, STATEFUL_SET
from tradingstack_operator.model.objects import Manifest, ObjectRef, Rendered, render
from tradingstack_operator.model.observed import Child
from tradingstack_operator.planning.gates import needed_by, waiting_for


def rotates(wanted: Rendered, child: Child) -> bool:
    """Tell whether a workload's pods are to start anew because a credential has a new value.

    That is urgent: the old value may stop opening anything at any moment.
    """
    if wanted.ref.kind not in _RUNNING or child.desired_hash == wanted.hash:
        return False
    return _rotation(orjson.loads(wanted.body)) != _rotation(orjson.loads(child.body))


_RUNNING: Final = frozenset({DEPLOYMENT.kind, STATEFUL_SET.kind})


def rotation_blocker(
    wanted: Rendered,
    desired: Mapping[ObjectRef, Rendered],
    children: Mapping[ObjectRef, Child],
) -> Waiting | None:
    """Find what has to happen before a workload may start anew with its new credentials.

    What it depends on comes first: a server that still has the old password turns away a client
    that has the new one.
    """
    component = wanted.component
    blocker = waiting_for(component, desired, children)
    if blocker is not None:
        return blocker
    for ref in needed_by(component, desired):
        if rotates(desired[ref], children[ref]):
            text = f"{component} waits for {ref}, which has not got its new credentials yet"
            return Waiting(component, text)
    return None


def with_rotation_of(wanted: Rendered, child: Child) -> Rendered:
    """Leave a workload the credentials that it runs with: the rest of a change can go on."""
    manifest: Manifest = orjson.loads(wanted.body)
    for name in (names.ANNOTATION_DESIRED_HASH, names.ANNOTATION_TEMPLATE_HASH):
        _annotate(manifest, name, "")
    live = _rotation(orjson.loads(child.body))
    _annotate(manifest["spec"]["template"], names.ANNOTATION_ROTATION, live)
    return render(manifest)


def _rotation(workload: Manifest) -> str:
    annotations = workload["spec"]["template"]["metadata"].get("annotations", {})
    return str(annotations.get(names.ANNOTATION_ROTATION, ""))


def _annotate(manifest: dict[str, Any], name: str, value: str) -> None:
    """Set an annotation, or take it away when it has no value; no empty map stays behind."""
    others = {k: v for k, v in manifest["metadata"].pop("annotations", {}).items() if k != name}
    annotations = others | ({name: value} if value else {})
    if annotations:
        manifest["metadata"]["annotations"] = annotations
