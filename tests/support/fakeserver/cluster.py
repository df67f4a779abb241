"""What the API server does with a write, from admission to the store, without HTTP."""

import time
import uuid
from collections.abc import Callable, Iterable
from typing import Final

from tests.support.fakeserver.errors import (
    Refusal,
    already_exists,
    bad_request,
    conflict,
    not_found,
)
from tests.support.fakeserver.garbage import Collector, needs_namespace
from tests.support.fakeserver.ownership import Writer, apply, update
from tests.support.fakeserver.patches import json_patch, merge_patch
from tests.support.fakeserver.resources import DEFAULT_KINDS, Catalogue, Resource
from tests.support.fakeserver.schema import check_schema, check_typed
from tests.support.fakeserver.store import Change, Key, Store, Stored
from tests.support.fakeserver.strategy import prepare_create, prepare_update
from tests.support.fakeserver.validation import (
    check_identity,
    check_kept,
    check_metadata,
    check_replacement,
    check_spec,
    check_update,
    check_version,
)
from tradingstack_operator.model.kinds import NAMESPACE, Kind

TEST: Final = "test"
"""The field manager of writes a test makes without naming one."""

Refuse = Callable[[Kind, str, dict], None]
"""An admission hook: raises a Refusal, or lets the create, update or delete pass."""


class Cluster:
    """The state of a cluster, reachable only through what its API allows.

    A key is a namespace and a name, the namespace empty for kinds that have none. Bodies that
    come out are the stored ones: read them, never change them.
    """

    def __init__(
        self,
        kinds: Iterable[Kind] = DEFAULT_KINDS,
        *,
        crds: Iterable[dict] = (),
        namespaces: Iterable[str] = ("default",),
        clock: Callable[[], float] = time.time,
    ):
        self.catalogue = Catalogue(kinds, crds)
        self.store = Store()
        self.refuse: list[Refuse] = []
        self.after_write: list[Callable[[Change], None]] = []
        self._clock = clock
        self.garbage = Collector(self)
        for name in namespaces:
            self.create(NAMESPACE, {"metadata": {"name": name}})

    @property
    def now(self) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._clock()))

    def find(self, kind: Kind, key: Key) -> dict | None:
        stored = self.store.get(self.catalogue.of(kind), key)
        return stored and stored.body

    def get(self, kind: Kind, key: Key) -> dict:
        return self.existing(self.catalogue.of(kind), key).body

    def objects(self, kind: Kind, namespace: str = "") -> list[dict]:
        found = sorted(self.store.items(self.catalogue.of(kind)), key=lambda stored: stored.key)
        return [it.body for it in found if not namespace or it.key[0] == namespace]

    def create(self, kind: Kind, body: dict, *, manager: str = TEST) -> dict:
        resource = self.catalogue.of(kind)
        body = {"apiVersion": kind.api_version, "kind": kind.kind} | body
        check_identity(resource, body)
        metadata = dict(body["metadata"])
        if "name" not in metadata and "generateName" in metadata:
            metadata["name"] = metadata["generateName"] + uuid.uuid4().hex[:5]
        if metadata.get("resourceVersion"):
            why = "resourceVersion should not be set on objects to be created"
            raise Refusal(500, "", why)
        metadata.pop("managedFields", None)
        body |= {"metadata": metadata}
        check_metadata(resource, body)
        if self.store.get(resource, _key(body)):
            raise already_exists(resource.plural, metadata["name"])
        fresh = prepare_create(resource, resource.decoded(body), self.now)
        writer = Writer(manager, "Update", kind.api_version)
        check_schema(kind.kind, fresh, resource.schema)
        owned = update(None, fresh, writer, resource.ruling("", self.now))
        return self._admit(resource, None, owned)

    def update(self, kind: Kind, body: dict, *, subresource: str = "", manager: str = TEST) -> dict:
        """Replace an object, or its status."""
        resource = self._with_subresource(kind, subresource)
        check_identity(resource, body)
        if kind.kind == "Lease" and self.find(kind, _key(body)) is None:
            if body["metadata"].get("uid"):
                raise conflict(resource.plural, _key(body)[1], "Precondition failed: UID")
            return self.create(kind, body, manager=manager)
        old = self.existing(resource, _key(body))
        check_replacement(resource, old.body, body)
        check_version(resource, old.body, body)
        writer = Writer(manager, "Update", kind.api_version, subresource)
        return self._replace(resource, old, body, writer)

    def patch(
        self,
        kind: Kind,
        key: Key,
        patch: dict | list,
        *,
        subresource: str = "",
        manager: str = TEST,
    ) -> dict:
        """Change an object by a merge patch, or by a JSON patch when given a list."""
        resource = self._with_subresource(kind, subresource)
        old = self.existing(resource, key)
        patched = (json_patch if isinstance(patch, list) else merge_patch)(old.body, patch)
        check_identity(resource, patched)
        check_kept(resource, old.body, patched, subresource)
        check_version(resource, old.body, patched)
        writer = Writer(manager, "Update", kind.api_version, subresource)
        return self._replace(resource, old, patched, writer)

    def apply(
        self,
        kind: Kind,
        body: dict,
        *,
        subresource: str = "",
        manager: str = TEST,
        force: bool = False,
    ) -> dict:
        """Apply an object server-side."""
        resource = self._with_subresource(kind, subresource)
        body = {"apiVersion": kind.api_version, "kind": kind.kind} | body
        check_identity(resource, body)
        if "managedFields" in body["metadata"]:
            raise bad_request("metadata.managedFields must be nil")
        check_typed(kind.kind, body, resource.schema)
        writer = Writer(manager, "Apply", kind.api_version, subresource)
        ruling = resource.ruling(subresource, self.now)
        old = self.store.get(resource, _key(body))
        if old is None:
            self._check_absent(resource, body, subresource)
            fresh = apply(None, body, writer, ruling, force=True)
            return self._admit(
                resource, None, prepare_create(resource, resource.decoded(fresh), self.now)
            )
        check_kept(resource, old.body, body, subresource)
        check_version(resource, old.body, body)
        merged = apply(old.body, body, writer, ruling, force=force)
        if merged == old.body:
            return old.body
        new = prepare_update(resource, old.body, resource.decoded(merged), subresource)
        return self._admit(resource, old, new)

    def delete(
        self,
        kind: Kind,
        key: Key,
        *,
        uid: str = "",
        version: str = "",
        propagation: str = "Background",
    ) -> dict:
        """Delete an object, or mark it for deletion while finalizers hold it."""
        resource = self.catalogue.of(kind)
        old = self.existing(resource, key)
        held = old.body["metadata"]
        for label, wanted, found in (
            ("UID", uid, held["uid"]),
            ("ResourceVersion", version, held["resourceVersion"]),
        ):
            if wanted and wanted != found:
                facts = f"({wanted}) does not match the {label} in record ({found})"
                raise conflict(kind.kind, key[1], f"the {label} in the precondition {facts}")
        for hook in self.refuse:
            hook(kind, "delete", old.body)
        return self.garbage.delete(resource, old, propagation)

    def existing(self, resource: Resource, key: Key) -> Stored:
        stored = self.store.get(resource, key)
        if stored is None:
            raise not_found(resource.plural, key[1])
        return stored

    def commit(self, resource: Resource, old: Stored | None, new: dict) -> Change:
        """Store an object; one that was only held by finalizers goes when the last is gone."""
        metadata = new["metadata"]
        done = "deletionTimestamp" in metadata and not metadata.get("finalizers")
        gone = done and not new.get("spec", {}).get("finalizers")
        return self._commit(resource, old, new, gone=gone)

    def remove(self, resource: Resource, old: Stored) -> dict:
        """Take an object out that nothing holds; it goes as it was."""
        return self._commit(resource, old, old.body, gone=True).last.body

    def _commit(self, resource: Resource, old: Stored | None, new: dict, *, gone: bool) -> Change:
        change = self.store.commit(resource, old, new, gone=gone)
        for listener in self.after_write:
            listener(change)
        return change

    def _with_subresource(self, kind: Kind, subresource: str) -> Resource:
        resource = self.catalogue.of(kind)
        if subresource and not (subresource == "status" and resource.has_status):
            raise Refusal(404, "NotFound", "the server could not find the requested resource")
        return resource

    def _check_absent(self, resource: Resource, body: dict, subresource: str) -> None:
        check_metadata(resource, body)
        name = body["metadata"]["name"]
        if subresource:
            raise not_found(resource.plural, name)
        if uid := body["metadata"].get("uid"):
            facts = f"the provided object specified uid {uid}, and no existing object was found"
            raise conflict(resource.plural, name, f"uid mismatch: {facts}")

    def _replace(self, resource: Resource, old: Stored, body: dict, writer: Writer) -> dict:
        new = prepare_update(resource, old.body, resource.decoded(body), writer.subresource)
        check_schema(resource.kind.kind, new, resource.schema)
        new = update(old.body, new, writer, resource.ruling(writer.subresource, self.now))
        return self._admit(resource, old, new)

    def _admit(self, resource: Resource, old: Stored | None, new: dict) -> dict:
        """Run the last checks and store the object, unless nothing changed."""
        if old is None and resource.kind.namespaced:
            needs_namespace(self, resource, *_key(new))
        for hook in self.refuse:
            hook(resource.kind, "create" if old is None else "update", new)
        check_spec(resource, new)
        check_schema(resource.kind.kind, new, resource.schema)
        if old is not None:
            check_metadata(resource, new)
            check_update(resource, old.body, new)
            if _timeless(new) == _timeless(old.body):
                return old.body
        change = self.commit(resource, old, new)
        return new if change.after is None else change.last.body


def _key(body: dict) -> Key:
    return body["metadata"].get("namespace", ""), body["metadata"].get("name", "")


def _timeless(body: dict) -> dict:
    """Leave out when fields were taken: alone it is no reason for a new version."""
    metadata = body["metadata"]
    entries = [entry | {"time": ""} for entry in metadata.get("managedFields", ())]
    return body | {"metadata": metadata | {"managedFields": entries}}
