"""How many servers a bus may have once it runs."""

from collections.abc import Iterator
from typing import Final

from tradingstack_operator.rules.request import Request, part_of
from tradingstack_operator.rules.rule import Broken, Crd, rule

_REPLICAS: Final = 3
"""What the API says an omitted number means."""
_NOW: Final = f"self.?replicas.orValue({_REPLICAS})"
_BEFORE: Final = f"oldSelf.?replicas.orValue({_REPLICAS})"


@rule(
    "INV-22",
    "a Builtin bus of one server stays alone, and one of several never shrinks",
    Crd(
        "TradingStack",
        "spec.bus",
        f"self.provider != 'Builtin' || {_NOW} == {_BEFORE} || {_BEFORE} > 1 && {_NOW} > {_BEFORE}",
        "set it back, or create a new stack",
        "replicas",
    ),
)
def bus_keeps_its_servers(request: Request) -> Iterator[Broken]:
    """Keep streams in sight: a cluster does not see those of a server that ran alone.

    A cluster that is given fewer servers goes on counting the others for its majority.
    """
    if part_of(request.new, ("spec", "bus", "provider")) != "Builtin" or request.old is None:
        return
    before, after = (
        part_of(manifest, ("spec", "bus", "replicas")) or _REPLICAS
        for manifest in (request.before, request.new)
    )
    if before != after and (before == 1 or after < before):
        yield Broken("spec.bus.replicas")
