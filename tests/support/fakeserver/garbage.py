"""What becomes of deleted objects: finalizers, the collector of orphans, closing namespaces."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from tests.support.fakeserver.errors import forbidden, not_found
from tests.support.fakeserver.resources import Resource
from tests.support.fakeserver.store import Change, Key, Stored
from tests.support.fakeserver.strategy import CLAIM_PROTECTION
from tradingstack_operator.model.kinds import NAMESPACE

if TYPE_CHECKING:
    from tests.support.fakeserver.cluster import Cluster

FOREGROUND: Final = "foregroundDeletion"
ORPHAN: Final = "orphan"

Place = tuple[Resource, Key]


def needs_namespace(cluster: "Cluster", resource: Resource, namespace: str, name: str) -> None:
    """Refuse to create in a namespace that is not there, or on its way out."""
    held = cluster.find(NAMESPACE, ("", namespace))
    if held is None:
        raise not_found("namespaces", namespace)
    if "deletionTimestamp" in held["metadata"]:
        why = (
            f"unable to create new content in namespace {namespace} because it is being terminated"
        )
        raise forbidden(resource.plural, name, why, "NamespaceTerminating")


class Collector:
    """The garbage collector and the namespace controller, acting at once."""

    def __init__(self, cluster: "Cluster"):
        self.enabled = True
        self._cluster = cluster
        self._places: dict[str, Place] = {}
        self._dependents: dict[str, dict[Place, None]] = {}
        cluster.after_write.append(self._react)

    def delete(self, resource: Resource, old: Stored, propagation: str = "Background") -> dict:
        metadata = dict(old.body["metadata"])
        # nothing runs here, so no pod uses the claim
        finalizers = [it for it in metadata.get("finalizers", ()) if it != CLAIM_PROTECTION]
        marker = {"Foreground": FOREGROUND, "Orphan": ORPHAN}.get(propagation)
        if marker and marker not in finalizers:
            finalizers.append(marker)
        if not finalizers and not old.body.get("spec", {}).get("finalizers"):
            return self._cluster.remove(resource, old)
        if finalizers:
            metadata["finalizers"] = finalizers
        if "deletionTimestamp" not in metadata:
            metadata |= {"deletionTimestamp": self._cluster.now, "deletionGracePeriodSeconds": 0}
            if "generation" in metadata:
                metadata["generation"] += 1
        body = old.body | {"metadata": metadata}
        if resource.kind == NAMESPACE:
            body["status"] = {"phase": "Terminating"}
        if body == old.body:
            return body
        return self._cluster.commit(resource, old, body).last.body

    def collect(self) -> None:
        """Do everything that is due, until nothing is."""
        version = -1
        while version != self._cluster.store.version:
            version = self._cluster.store.version
            for resource in tuple(self._cluster.catalogue):
                for stored in self._cluster.store.items(resource):
                    self._consider(resource, stored.key)

    def _react(self, change: Change) -> None:
        self._index(change)
        if not self.enabled:
            return
        metadata = change.last.body["metadata"]
        for place in (*self._dependents.get(metadata["uid"], ()), *self._owners(metadata)):
            self._consider(*place)
        if change.after is not None:
            self._consider(change.resource, change.last.key)
        elif namespace := metadata.get("namespace"):
            self._consider(self._cluster.catalogue.of(NAMESPACE), ("", namespace))

    def _index(self, change: Change) -> None:
        place = (change.resource, change.last.key)
        for stored in (change.before, change.after):
            for owner in stored.body["metadata"].get("ownerReferences", ()) if stored else ():
                self._dependents.setdefault(owner["uid"], {}).pop(place, None)
        uid = change.last.body["metadata"]["uid"]
        if change.after is None:
            self._places.pop(uid, None)
            return
        self._places[uid] = place
        for owner in change.after.body["metadata"].get("ownerReferences", ()):
            self._dependents[owner["uid"]][place] = None

    def _owners(self, metadata: dict) -> Iterator[Place]:
        """Find the owners that are still there, in the object's namespace or in none."""
        for owner in metadata.get("ownerReferences", ()):
            place = self._places.get(owner["uid"])
            if place and place[1][0] in ("", metadata.get("namespace", "")):
                yield place

    def _consider(self, resource: Resource, key: Key) -> None:
        stored = self._cluster.store.get(resource, key)
        if stored is None:
            return
        metadata = stored.body["metadata"]
        if "deletionTimestamp" not in metadata:
            self._check_owners(resource, stored)
            return
        finalizers = metadata.get("finalizers", ())
        dependents = tuple(self._dependents.get(metadata["uid"], ()))
        if ORPHAN in finalizers:
            for place in dependents:
                self._disown(place, metadata["uid"])
            self._release(resource, key, ORPHAN)
        elif FOREGROUND in finalizers:
            for place in dependents:
                # one that has dependents itself goes in the foreground as well
                self._delete_once(place, "Foreground" if self._leads(place) else "Background")
            if not self._dependents.get(metadata["uid"]):
                self._release(resource, key, FOREGROUND)
        elif resource.kind == NAMESPACE:
            self._close(stored)

    def _check_owners(self, resource: Resource, stored: Stored) -> None:
        """Delete an object that lost its last owner; let it forget the others it lost."""
        metadata = stored.body["metadata"]
        owners = metadata.get("ownerReferences", ())
        alive = dict.fromkeys(self._owners(metadata))
        if owners and not alive:
            self.delete(resource, stored)
        elif len(alive) < len(owners):
            lost = [it["uid"] for it in owners if self._places.get(it["uid"]) not in alive]
            for uid in lost:
                self._disown((resource, stored.key), uid)

    def _leads(self, place: Place) -> bool:
        stored = self._cluster.store.get(*place)
        return bool(stored and self._dependents.get(stored.body["metadata"]["uid"]))

    def _delete_once(self, place: Place, propagation: str = "Background") -> None:
        stored = self._cluster.store.get(*place)
        if stored and "deletionTimestamp" not in stored.body["metadata"]:
            self.delete(place[0], stored, propagation)

    def _disown(self, place: Place, uid: str) -> None:
        stored = self._cluster.store.get(*place)
        if stored:
            metadata = stored.body["metadata"]
            left = [owner for owner in metadata["ownerReferences"] if owner["uid"] != uid]
            metadata = metadata | {"ownerReferences": left}
            self._cluster.commit(place[0], stored, stored.body | {"metadata": metadata})

    def _release(self, resource: Resource, key: Key, finalizer: str) -> None:
        stored = self._cluster.store.get(resource, key)
        if stored and finalizer in stored.body["metadata"].get("finalizers", ()):
            metadata = stored.body["metadata"]
            left = [it for it in metadata["finalizers"] if it != finalizer]
            metadata = metadata | {"finalizers": left}
            self._cluster.commit(resource, stored, stored.body | {"metadata": metadata})

    def _close(self, stored: Stored) -> None:
        """Delete what a terminating namespace holds, and then itself."""
        name = stored.body["metadata"]["name"]
        for resource in tuple(self._cluster.catalogue):
            if resource.kind.namespaced:
                for item in self._cluster.store.items(resource):
                    if item.key[0] == name:
                        self._delete_once((resource, item.key))
        current = self._cluster.store.get(self._cluster.catalogue.of(NAMESPACE), ("", name))
        if current and not any(self._contents(name)):
            resource = self._cluster.catalogue.of(NAMESPACE)
            self._cluster.commit(resource, current, current.body | {"spec": {}})

    def _contents(self, namespace: str) -> Iterator[Stored]:
        for resource in self._cluster.catalogue:
            for stored in self._cluster.store.items(resource):
                if stored.key[0] == namespace:
                    yield stored
