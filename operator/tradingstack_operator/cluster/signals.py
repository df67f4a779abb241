"""What keeps pods from running, told from pods and from Events about pods that were refused.

Of the thousands of pods and Events that pass by, only those that tell of trouble are kept, a few
hundred bytes each.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from tradingstack_operator.cluster.store import Address
from tradingstack_operator.model.kinds import EVENT, POD, Kind
from tradingstack_operator.model.objects import Manifest, ObjectRef
from tradingstack_operator.model.signals import Signal

MOST: Final = 64
"""Signals kept a namespace and kind; the earliest go first."""
LONGEST: Final = 600
"""Characters of the API server's words that are kept."""
_IMAGE: Final = frozenset(
    {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"}
)
_CONFIG: Final = frozenset(
    {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}
)
_TEMPLATE_HASH: Final = "pod-template-hash"


class Heard(NamedTuple):
    """One pod or Event that tells of trouble."""

    workload: ObjectRef
    text: str


@dataclass(slots=True)
class Signals:
    """The sink of the informers that read pods and Events."""

    on_change: Callable[[str, Mapping[ObjectRef, Signal]], None]
    """Told a namespace and what is heard of it now, whenever that changes."""
    heard: dict[str, defaultdict[str, dict[Address, Heard]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(dict))
    )
    """By kind and namespace, in the order in which it was heard."""

    def of(self, namespace: str) -> Mapping[ObjectRef, Signal]:
        """Gather what was heard of each workload; of many pods of one, what the last one says."""
        found: dict[ObjectRef, Signal] = {}
        for heard in self.heard[EVENT.kind].get(namespace, {}).values():
            found[heard.workload] = Signal(refusal=heard.text)
        for heard in self.heard[POD.kind].get(namespace, {}).values():
            known = found.get(heard.workload, Signal())
            found[heard.workload] = replace(known, trouble=heard.text)
        return found

    def upsert(self, kind: Kind, manifest: Manifest) -> None:
        address = Address.of(manifest)
        known = self.heard[kind.kind][address.namespace]
        heard = pod_trouble(manifest) if kind is POD else refused_pods(manifest)
        if heard == known.get(address):
            return
        known.pop(address, None)
        if heard is not None:
            known[address] = heard
            if len(known) > MOST:
                del known[next(iter(known))]
        self.on_change(address.namespace, self.of(address.namespace))

    def remove(self, kind: Kind, manifest: Manifest) -> None:
        self._forget(kind, Address.of(manifest))

    def begin(self, kind: Kind, resource_version: int) -> None:
        """Wait for the end of the list: what it lacks is known only then."""

    def retain(self, kind: Kind, alive: set[Address], resource_version: int) -> None:
        del resource_version
        kept = [address for known in self.heard[kind.kind].values() for address in known]
        for address in kept:
            if address not in alive:
                self._forget(kind, address)

    def missing(self, kind: Kind) -> None:
        """Pods and Events are always served."""

    def _forget(self, kind: Kind, gone: Address) -> None:
        if self.heard[kind.kind][gone.namespace].pop(gone, None) is not None:
            self.on_change(gone.namespace, self.of(gone.namespace))


def pod_trouble(pod: Manifest) -> Heard | None:
    """Say why a pod does not run and what to do about it; None while nothing is wrong."""
    workload = workload_of(pod)
    if workload is None or "deletionTimestamp" in pod["metadata"]:
        return None
    for text in _reasons(pod):
        return Heard(workload, text)
    return None


def refused_pods(event: Manifest) -> Heard | None:
    """Keep the API server's own words about a pod, or a claim, that it did not let a workload make.

    They may name the invariant that refused it.
    """
    about = event.get("regarding", {})
    words = " ".join(str(event.get("note", "")).split())[:LONGEST]
    kind, name = about.get("kind", ""), about.get("name", "")
    if kind == "ReplicaSet":
        kind, name = "Deployment", name.rpartition("-")[0]
    return Heard(ObjectRef(kind, name), words) if name else None


def workload_of(pod: Manifest) -> ObjectRef | None:
    """Name the workload that made a pod, as far as the pod itself tells."""
    metadata = pod["metadata"]
    owner: Mapping[str, Any] = next(
        (one for one in metadata.get("ownerReferences", ()) if one.get("controller")), {}
    )
    kind, name = owner.get("kind", ""), owner.get("name", "")
    if kind == "ReplicaSet":
        suffix = metadata.get("labels", {}).get(_TEMPLATE_HASH, "")
        return ObjectRef("Deployment", name.removesuffix(f"-{suffix}"))
    return ObjectRef(kind, name) if name else None


def _reasons(pod: Manifest) -> Iterator[str]:
    name, status = pod["metadata"]["name"], pod.get("status", {})
    for condition in status.get("conditions", ()):
        if condition.get("reason") == "Unschedulable":
            yield f"no node takes pod {name}: see the Events of the pod"
    states = (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ()))
    for state in states:
        waiting = state.get("state", {}).get("waiting", {}).get("reason", "")
        container = state.get("name", "")
        if waiting in _IMAGE:
            yield (
                f"pod {name} cannot pull the image of container {container} (ErrImagePull): check "
                "the image's name and the registry's credentials"
            )
        elif waiting in _CONFIG:
            yield (
                f"pod {name} cannot start container {container} ({waiting}): see the Events of the "
                "pod"
            )
        elif waiting == "CrashLoopBackOff":
            yield (
                f"container {container} of pod {name} ends again and again{_how(state)}: read its "
                "log with kubectl logs --previous"
            )


def _how(state: Mapping[str, Any]) -> str:
    ended = state.get("lastState", {}).get("terminated", {})
    why, code = ended.get("reason", ""), ended.get("exitCode")
    told = [why] if why and why != "Error" else []
    told += [f"exit code {code}"] if code is not None else []
    return f" ({', '.join(told)})" if told else ""
