"""What the shell asks of the outside world; the adapters and the tests' fakes fulfil it."""

from collections.abc import Mapping
from typing import Any, Protocol

from tradingstack_operator.api.stack_operation import (
    OperationStatus,
    StackOperation,
    StackOperationSpec,
)
from tradingstack_operator.model.changes import Change
from tradingstack_operator.model.objects import Manifest, Rendered, StackKey
from tradingstack_operator.model.observed import Child, Observed
from tradingstack_operator.model.rotation import SecretReport


class PortError(Exception):
    """The other side could not be asked, so nothing was learnt: try again later."""


class NotLeaderError(PortError):
    """Another replica may be writing, so this one must not."""


class ClusterPort(Protocol):
    """The API server. Every write raises ``PortError`` when its outcome is unknown."""

    def observe(self, key: StackKey) -> Observed | None:
        """Snapshot the caches; None when there is no such stack. Sends no request."""
        ...

    async def apply(self, wanted: Rendered, before: Child | None) -> Change:
        """Server-side apply; ``before`` is the object as planning saw it."""
        ...

    async def strip(self, child: Child, patch: Mapping[str, Any]) -> Change:
        """Take out of an object what others added to it."""
        ...

    async def delete(self, child: Child) -> Change:
        """Delete exactly this object, never a namesake; done when it is already gone."""
        ...

    async def hold(self, observed: Observed) -> None:
        """Put the finalizer on the stack, so that its deletion waits for the operator."""
        ...

    async def release(self, observed: Observed) -> None:
        """Take the finalizer off the stack."""
        ...

    async def write_status(self, observed: Observed, status: Mapping[str, Any]) -> None: ...

    async def write_operation(self, operation: StackOperation, status: OperationStatus) -> None:
        """Write the status of the very version of the operation that was judged."""
        ...

    async def create_operation(self, namespace: str, name: str, spec: StackOperationSpec) -> None:
        """Ask for an operation; done when one of that name was asked for already."""
        ...

    async def record(self, observed: Observed, event: Manifest) -> None:
        """Publish an Event about the stack; losing one is not an error."""
        ...


class LeasePort(Protocol):
    """The one Lease that says which replica may write."""

    async def read(self) -> Manifest | None: ...

    async def write(self, lease: Manifest) -> Manifest | None:
        """Create or replace it; None when someone else wrote first."""
        ...


class SecretsPort(Protocol):
    """The secret store's metadata."""

    async def report(self, folder: str) -> SecretReport:
        """Tell the current version of each entry of a folder, or in words why that is unknown."""
        ...
