"""What the relay reads and writes, and what must hold before it starts."""

from typing import Final

from tradingstack_operator.cluster.client import Client
from tradingstack_operator.cluster.preflight import allowed, served
from tradingstack_operator.model.kinds import ENDPOINT_SLICE, TRADING_HALT, TRADING_STACK
from tradingstack_operator.model.permissions import Permission

PERMISSIONS: Final = (
    *(
        Permission(kind.group, kind.plural, ("list", "watch"))
        for kind in (TRADING_HALT, TRADING_STACK, ENDPOINT_SLICE)
    ),
    Permission(TRADING_HALT.group, TRADING_HALT.plural, ("patch",), "status"),
)
"""All that the relay may do in the cluster."""


async def missing_requirements(client: Client) -> list[str]:
    """Ask for every requirement; each line names one that is not met and what mends it."""
    plurals = await served(client, TRADING_STACK)
    return [
        *(
            f"kind {kind.plural}.{kind.group} is not served: install chart tradingstack-crds"
            for kind in (TRADING_HALT, TRADING_STACK)
            if kind.plural not in plurals
        ),
        *[
            f"permission to {verb} {permission.path} of {permission.group} is missing: install "
            "chart tradingstack-operator, or grant it to the relay's ServiceAccount"
            for permission in PERMISSIONS
            for verb in permission.verbs
            if not await allowed(client, _attributes(permission, verb))
        ],
    ]


def _attributes(permission: Permission, verb: str) -> dict[str, str]:
    return {
        "group": permission.group,
        "resource": permission.resource,
        "subresource": permission.subresource,
        "verb": verb,
    }
