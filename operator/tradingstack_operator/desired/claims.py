"""The volumes that hold data which must outlive pods and, unless asked otherwise, the stack."""

from typing import Any, Final

from tradingstack_operator.api.parts import Storage
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired import parts
from tradingstack_operator.model.kinds import VOLUME_CLAIM
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.model.quantity import canonical

_UNOWNED: Final = "ownerReferences"


def volume_claim(
    stack: TradingStack, component: str, name: str, storage: Storage | None, default: str
) -> Manifest:
    """Claim a volume that belongs to nobody, so that no garbage collection takes its data.

    Only with deletionPolicy Delete it belongs to the stack and goes with it.
    """
    manifest = {
        **parts.head(VOLUME_CLAIM, stack, name, component),
        "spec": claim_spec(storage, default),
    }
    if stack.spec.deletion_policy != "Delete":
        metadata = manifest["metadata"]
        manifest["metadata"] = {key: metadata[key] for key in metadata if key != _UNOWNED}
    return manifest


def claim_spec(storage: Storage | None, default: str) -> dict[str, Any]:
    """Ask for a volume of the spec's size and class, or of the default size."""
    size = canonical(storage.size if storage else default)
    chosen = (
        {"storageClassName": storage.storage_class} if storage and storage.storage_class else {}
    )
    return {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": size}},
        "volumeMode": "Filesystem",
        **chosen,
    }
