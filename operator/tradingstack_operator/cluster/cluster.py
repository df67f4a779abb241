"""The API server as the controller sees it: snapshots out, one object's writes in."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import orjson

from tradingstack_operator.api import names
from tradingstack_operator.api.stack_operation import (
    OperationStatus,
    StackOperation,
    StackOperationSpec,
)
from tradingstack_operator.cluster.client import Client
from tradingstack_operator.cluster.errors import RefusedError
from tradingstack_operator.cluster.store import Address, Store
from tradingstack_operator.model.changes import Action, Change, Refusal
from tradingstack_operator.model.kinds import (
    BY_KIND,
    EVENT,
    STACK_OPERATION,
    TRADING_STACK,
    WORKLOAD_KINDS,
    Kind,
)
from tradingstack_operator.model.objects import Manifest, Rendered, StackKey
from tradingstack_operator.model.observed import Child, Observed
from tradingstack_operator.model.ports import PortError
from tradingstack_operator.rules.field_managers import foreign_objects_stay_foreign


@dataclass(frozen=True, slots=True)
class Cluster:
    """Fulfils ``ClusterPort`` with a client and the informers' caches.

    What a write returns goes into the caches at once, so that no later pass plans from a view
    older than the operator's own writes.
    """

    client: Client
    store: Store

    def observe(self, key: StackKey) -> Observed | None:
        return self.store.observe(key)

    async def apply(self, wanted: Rendered, before: Child | None) -> Change:
        kind, action = BY_KIND[wanted.ref.kind], why(wanted, before)
        path = kind.path(wanted.namespace, wanted.ref.name)
        try:
            # what is not in the caches is not the operator's: its fields are not taken by force
            answer = await self.client.apply(
                path, wanted.body, names.FIELD_MANAGER, force=before is not None
            )
        except RefusedError as error:
            if is_foreign(error):
                return Change(wanted.ref, action, Refusal.FOREIGN, FOREIGN)
            return Change(wanted.ref, action, error.refusal, error.message)
        child = self.store.upsert_child(kind, answer)
        untouched = action is Action.CREATE and not child.writers
        return Change(wanted.ref, action, exact=child.version if untouched else None)

    async def strip(self, child: Child, patch: Mapping[str, Any]) -> Change:
        kind, namespace = BY_KIND[child.ref.kind], child.namespace
        try:
            answer = await self.client.merge(
                kind, namespace, child.ref.name, patch, names.FIELD_MANAGER
            )
        except RefusedError as error:
            return Change(child.ref, Action.REPAIR, error.refusal, error.message)
        self.store.upsert(kind, answer)
        return Change(child.ref, Action.REPAIR)

    async def delete(self, child: Child) -> Change:
        """Delete an object; a workload stays visible until the last of its pods is gone."""
        kind = BY_KIND[child.ref.kind]
        foreground = child.ref.kind in WORKLOAD_KINDS
        try:
            await self.client.delete(
                kind,
                child.namespace,
                child.ref.name,
                child.uid,
                "Foreground" if foreground else "Background",
            )
        except RefusedError as error:
            if error.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}:
                return Change(child.ref, Action.DELETE, error.refusal, error.message)
        if not foreground:
            self.store.forget(kind, Address(child.namespace, child.ref.name, child.uid))
        return Change(child.ref, Action.DELETE)

    async def hold(self, observed: Observed) -> None:
        await self._apply_stack(observed, {"finalizers": [names.FINALIZER]}, {})

    async def release(self, observed: Observed) -> None:
        await self._apply_stack(observed, {}, {})

    async def write_status(self, observed: Observed, status: Mapping[str, Any]) -> None:
        """Write the status of the very version that was judged.

        The API server does not compare the UID in a write of a custom resource's status.
        """
        version = {"resourceVersion": observed.metadata["resourceVersion"]}
        await self._apply_stack(observed, version, {"status": status}, "/status")

    async def record(self, observed: Observed, event: Manifest) -> None:
        try:
            await self.client.create(EVENT, event)
        except RefusedError as error:
            raise PortError(f"Event about {observed.key} not recorded: {error}") from error

    async def write_operation(self, operation: StackOperation, status: OperationStatus) -> None:
        metadata = operation.metadata
        await self._apply_own(
            STACK_OPERATION,
            {
                "name": metadata.name,
                "namespace": metadata.namespace,
                "uid": metadata.uid,
                "resourceVersion": metadata.resource_version,
            },
            {"status": status.to_json()},
            "/status",
        )

    async def create_operation(self, namespace: str, name: str, spec: StackOperationSpec) -> None:
        body = {
            "apiVersion": STACK_OPERATION.api_version,
            "kind": STACK_OPERATION.kind,
            "metadata": {"namespace": namespace, "name": name},
            "spec": spec.to_json(),
        }
        try:
            self.store.upsert(STACK_OPERATION, await self.client.create(STACK_OPERATION, body))
        except RefusedError as error:
            if error.status != HTTPStatus.CONFLICT:
                raise PortError(f"StackOperation {name} not created: {error}") from error

    async def _apply_stack(
        self,
        observed: Observed,
        metadata: Mapping[str, Any],
        content: Mapping[str, Any],
        subresource: str = "",
    ) -> None:
        """Apply part of the stack itself; its UID keeps a namesake made meanwhile untouched."""
        identity = {"name": observed.key.name, "namespace": observed.key.namespace}
        whole = {**identity, "uid": observed.uid, **metadata}
        await self._apply_own(TRADING_STACK, whole, content, subresource)

    async def _apply_own(
        self, kind: Kind, metadata: Mapping[str, Any], content: Mapping[str, Any], subresource: str
    ) -> None:
        path = kind.path(metadata["namespace"], metadata["name"]) + subresource
        body = {
            "apiVersion": kind.api_version,
            "kind": kind.kind,
            "metadata": metadata,
            **content,
        }
        try:
            answer = await self.client.apply(path, orjson.dumps(body), names.STATUS_FIELD_MANAGER)
        except RefusedError as error:
            name = f"{metadata['namespace']}/{metadata['name']}"
            raise PortError(f"{kind.kind} {name} not written: {error}") from error
        self.store.upsert(kind, answer)


FOREIGN: Final = "an object of this name exists and is not the operator's: remove or rename it"


def is_foreign(error: RefusedError) -> bool:
    """Tell whether somebody else's object is in the way.

    The admission policy says so; where there is none, the API server says whose fields it has.
    """
    contested = error.status == HTTPStatus.CONFLICT and "Apply failed" in error.message
    return contested or foreign_objects_stay_foreign.id in error.message


def why(wanted: Rendered, before: Child | None) -> Action:
    """Tell a changed wish from a changed object."""
    if before is None:
        return Action.CREATE
    return Action.REPAIR if before.desired_hash == wanted.hash else Action.UPDATE
