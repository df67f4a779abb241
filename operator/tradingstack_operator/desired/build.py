"""The desired state of a whole stack."""

from typing import Final

from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired.cache import build_cache
from tradingstack_operator.desired.config import build_config
from tradingstack_operator.desired.ingestors import build_ingestors
from tradingstack_operator.desired.network import build_network
from tradingstack_operator.desired.risk_api import build_risk_api
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import MANAGED_KINDS
from tradingstack_operator.model.objects import Manifest

_BUILDERS: Final = (build_network, build_config, build_cache, build_ingestors, build_risk_api)
_RANK: Final = {kind.kind: rank for rank, kind in enumerate(MANAGED_KINDS)}


def build(stack: TradingStack, facts: Facts) -> tuple[Manifest, ...]:
    """Render every object of a stack, in the order they are applied.

    Never fails for a stack that parses, and equal arguments give equal manifests. Secrets appear
    by reference only.
    """
    manifests = (manifest for builder in _BUILDERS for manifest in builder(stack, facts))
    return tuple(
        sorted(
            manifests,
            key=lambda manifest: (_RANK[manifest["kind"]], manifest["metadata"]["name"]),
        )
    )
