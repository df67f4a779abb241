"""What a review does not bring along: the labels of namespaces, and PlatformPolicy."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tradingstack_operator.api.names import POLICY_NAME
from tradingstack_operator.api.platform_policy import PlatformPolicy
from tradingstack_operator.cluster.parsing import parse_policy
from tradingstack_operator.cluster.store import Address
from tradingstack_operator.model.kinds import NAMESPACE, PLATFORM_POLICY, Kind
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.rules.request import Request


@dataclass(slots=True)
class Surroundings:
    """The sink of the two informers. Each kind has one of them, so all comes in order."""

    policy: PlatformPolicy | None = None
    """The one that counts; None while it is missing or does not parse."""
    _known: defaultdict[str, dict[str, Manifest]] = field(default_factory=lambda: defaultdict(dict))
    """Objects by kind and name."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, and replaced by a new one, at every change."""

    def upsert(self, kind: Kind, manifest: Manifest) -> None:
        self._known[kind.kind][Address.of(manifest).name] = manifest
        self._change(kind)

    def remove(self, kind: Kind, manifest: Manifest) -> None:
        self._known[kind.kind].pop(Address.of(manifest).name, None)
        self._change(kind)

    def begin(self, kind: Kind, resource_version: int) -> None:
        """Learn of a list; what it holds replaces what is known, whatever its version."""

    def retain(self, kind: Kind, alive: set[Address], resource_version: int) -> None:
        del resource_version
        known = self._known[kind.kind]
        for gone in known.keys() - {address.name for address in alive}:
            del known[gone]
        self._change(kind)

    def missing(self, kind: Kind) -> None:
        """Learn that an optional kind is not served; neither of these is optional."""

    def around(self, request: Request) -> Request:
        """Add to a request what is known now."""
        return replace(request, namespace_labels=self._labels(request), policy=self.policy)

    def are_complete(self, request: Request) -> bool:
        """Tell whether all is known that could speak for a request."""
        known = not request.namespace or request.namespace in self._known[NAMESPACE.kind]
        return known and self.policy is not None

    async def completed(self, request: Request, seconds: float) -> bool:
        """Wait for what is missing; tell whether it came in time."""
        try:
            async with asyncio.timeout(seconds):
                while not self.are_complete(request):
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def _labels(self, request: Request) -> Mapping[str, str]:
        namespace = self._known[NAMESPACE.kind].get(request.namespace, {"metadata": {}})
        labels: Mapping[str, str] = namespace["metadata"].get("labels", {})
        return labels

    def _change(self, kind: Kind) -> None:
        if kind is PLATFORM_POLICY:
            self.policy, _ = parse_policy(self._known[kind.kind].get(POLICY_NAME))
        self._changed.set()
        self._changed = asyncio.Event()
