"""What the relay knows of the cluster: stacks, halts and the replicas of each risk API."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from tradingstack_contract.endpoints import HALT_ORDER
from tradingstack_contract.halts import Halt, HaltOrder
from tradingstack_operator.api import names
from tradingstack_operator.cluster.intake import without_managed_fields
from tradingstack_operator.cluster.store import Address
from tradingstack_operator.model.components import RISK_API, RISK_API_REPLICAS
from tradingstack_operator.model.kinds import ENDPOINT_SLICE, TRADING_HALT, TRADING_STACK, Kind
from tradingstack_operator.model.objects import Manifest, StackKey

PORT_NAME: Final = "halt"
"""How the Service that names every replica calls the port of the relay."""
LABEL_SERVICE: Final = "kubernetes.io/service-name"
SLICES: Final = ",".join(
    (
        f"{names.LABEL_PART_OF}={names.PART_OF}",
        f"{names.LABEL_COMPONENT}={RISK_API}",
        "service.kubernetes.io/headless",
    )
)
"""Selects the slices of that Service: they carry its labels."""


class Replica(NamedTuple):
    """One pod of a risk API, as an EndpointSlice names it."""

    stack: StackKey
    name: str
    url: str
    """Where it takes orders."""


@dataclass(slots=True)
class View:
    """The sink of the informers. Each kind has one of them, so all comes in order."""

    on_change: Callable[[str], None]
    """Told the namespace in which something changed."""
    _engaged: dict[StackKey, bool] = field(default_factory=dict)
    """Every stack, and whether its spec engages the kill switch."""
    _halts: dict[StackKey, Manifest] = field(default_factory=dict)
    """Every halt, by its own namespace and name."""
    _slices: dict[StackKey, tuple[Replica, ...]] = field(default_factory=dict)
    """The replicas in every EndpointSlice, by the slice's own namespace and name."""

    def upsert(self, kind: Kind, manifest: Manifest) -> None:
        key = key_of(Address.of(manifest))
        if kind is TRADING_STACK:
            self._engaged[key] = is_engaged(manifest)
        elif kind is TRADING_HALT:
            self._halts[key] = without_managed_fields(manifest)
        else:
            self._slices[key] = tuple(replicas_in(manifest))
        self.on_change(key.namespace)

    def remove(self, kind: Kind, manifest: Manifest) -> None:
        self._forget(kind, key_of(Address.of(manifest)))

    def begin(self, kind: Kind, resource_version: int) -> None:
        """Learn of a list; what it holds replaces what is known, whatever its version."""

    def retain(self, kind: Kind, alive: set[Address], resource_version: int) -> None:
        del resource_version
        for gone in self._table(kind).keys() - {key_of(address) for address in alive}:
            self._forget(kind, gone)

    def missing(self, kind: Kind) -> None:
        """Learn that an optional kind is not served; none of these is optional."""

    def halts(self, namespace: str) -> list[Manifest]:
        return [halt for key, halt in sorted(self._halts.items()) if key.namespace == namespace]

    def replicas(self) -> Iterator[Replica]:
        """Give every replica of a stack that exists, and nobody who only claims to be one."""
        for found in self._slices.values():
            yield from (replica for replica in found if replica.stack in self._engaged)

    def order(self, stack: StackKey, relay: str, sequence: int, now: datetime) -> HaltOrder:
        """Write down all that is known about one stack.

        Every halt of the namespace counts, as the namespace has but one stack.
        """
        return HaltOrder(
            namespace=stack.namespace,
            stack=stack.name,
            relay=relay,
            sequence=sequence,
            sent_at=now,
            engaged=self._engaged.get(stack, False),
            halts=tuple(
                Halt(
                    name=halt["metadata"]["name"],
                    uid=halt["metadata"]["uid"],
                    reason=halt["spec"]["reason"],
                    requested_by=halt["spec"]["requestedBy"],
                )
                for halt in self.halts(stack.namespace)
            ),
        )

    def _table(self, kind: Kind) -> dict[StackKey, Any]:
        tables: dict[str, dict[StackKey, Any]] = {
            TRADING_STACK.kind: self._engaged,
            TRADING_HALT.kind: self._halts,
            ENDPOINT_SLICE.kind: self._slices,
        }
        return tables[kind.kind]

    def _forget(self, kind: Kind, key: StackKey) -> None:
        self._table(kind).pop(key, None)
        self.on_change(key.namespace)


def key_of(address: Address) -> StackKey:
    return StackKey(address.namespace, address.name)


def is_engaged(stack: Manifest) -> bool:
    """Read one field of a stack whose spec nobody has accepted yet; any doubt engages."""
    value: Any = stack
    for name in ("spec", "safety", "killSwitch", "engaged"):
        if not isinstance(value, dict):
            return True
        value = value.get(name)
        if value is None:
            return False
    return value is not False


def replicas_in(endpoint_slice: Manifest) -> Iterator[Replica]:
    """Read the pods that a slice of the right Service lists, ready or not."""
    metadata = endpoint_slice["metadata"]
    stack = metadata.get("labels", {}).get(names.LABEL_STACK, "")
    service = metadata.get("labels", {}).get(LABEL_SERVICE)
    ports = {item.get("name"): item.get("port") for item in endpoint_slice.get("ports") or ()}
    port = ports.get(PORT_NAME)
    if service != f"{stack}-{RISK_API_REPLICAS}" or port is None:
        return
    for endpoint in endpoint_slice.get("endpoints") or ():
        target = endpoint.get("targetRef") or {}
        if target.get("kind") == "Pod":
            address = endpoint["addresses"][0]
            host = f"[{address}]" if ":" in address else address
            yield Replica(
                StackKey(metadata["namespace"], stack),
                target["name"],
                f"http://{host}:{port}{HALT_ORDER}",
            )
