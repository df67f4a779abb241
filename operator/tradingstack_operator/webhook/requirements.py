"""What must hold before the webhook starts: its kinds are served, its permissions granted."""

from typing import Final

from tradingstack_operator.cluster.client import Client
from tradingstack_operator.cluster.preflight import allowed, served
from tradingstack_operator.model.kinds import (
    NAMESPACE,
    OWN_KINDS,
    PLATFORM_POLICY,
    TRADING_STACK,
)

READ: Final = (NAMESPACE, PLATFORM_POLICY)
"""All that the webhook reads of the cluster; the rest comes with each review."""
VERBS: Final = ("list", "watch")


async def missing_requirements(client: Client) -> list[str]:
    """Ask for every requirement; each line names one that is not met and what mends it."""
    plurals = await served(client, TRADING_STACK)
    return [
        *(
            f"kind {kind.plural}.{kind.group} is not served: install chart tradingstack-crds"
            for kind in OWN_KINDS
            if kind.plural not in plurals
        ),
        *[
            f"permission to {verb} {kind.plural} of {kind.group or 'core'} is missing: install "
            "chart tradingstack-operator with webhook.enabled, or grant it to the webhook's "
            "ServiceAccount"
            for kind in READ
            for verb in VERBS
            if not await allowed(
                client, {"group": kind.group, "resource": kind.plural, "verb": verb}
            )
        ],
    ]
