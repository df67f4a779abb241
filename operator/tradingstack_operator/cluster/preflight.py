"""What must hold before the operator starts: its kinds are served, its permissions granted."""

import asyncio
from http import HTTPStatus
from typing import Final

from tradingstack_operator.api import names
from tradingstack_operator.cluster.client import Client
from tradingstack_operator.cluster.errors import RefusedError
from tradingstack_operator.model.kinds import PLATFORM_POLICY, TRADING_HALT, TRADING_STACK
from tradingstack_operator.model.permissions import PERMISSIONS, Permission

REVIEWS: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
AT_ONCE: Final = 8
"""Questions in flight: each one more would be a connection more, kept for a while."""
NEEDED: Final = (
    TRADING_STACK.plural,
    f"{TRADING_STACK.plural}/status",
    TRADING_HALT.plural,
    PLATFORM_POLICY.plural,
)


async def missing_requirements(client: Client, namespace: str) -> list[str]:
    """Ask for every requirement; each line names one that is not met and what mends it."""
    rules = [(permission, verb) for permission in PERMISSIONS for verb in permission.verbs]
    few = asyncio.Semaphore(AT_ONCE)
    allowed = await asyncio.gather(*(_allowed(client, namespace, few, *rule) for rule in rules))
    denied = [rule for rule, granted in zip(rules, allowed, strict=True) if not granted]
    return [
        *(
            f"kind {plural}.{TRADING_STACK.group} is not served: install chart tradingstack-crds"
            for plural in await _missing_kinds(client)
        ),
        *(
            f"permission to {verb} {permission.path} of {permission.group or 'core'} is missing: "
            "install chart tradingstack-operator, or grant it to the operator's ServiceAccount"
            for permission, verb in denied
        ),
    ]


async def _missing_kinds(client: Client) -> list[str]:
    try:
        answer = await client.get(TRADING_STACK.root)
    except RefusedError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        answer = {"resources": []}
    served = {resource["name"] for resource in answer["resources"]}
    return [plural for plural in NEEDED if plural not in served]


async def _allowed(
    client: Client, namespace: str, few: asyncio.Semaphore, permission: Permission, verb: str
) -> bool:
    attributes = {
        "group": permission.group,
        "resource": permission.resource,
        "subresource": permission.subresource,
        "verb": verb,
    }
    if permission.own_namespace:
        attributes["namespace"] = namespace
        if verb != "create":
            attributes["name"] = names.LEASE_NAME
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    async with few:
        answer = await client.send("POST", REVIEWS, review)
    return bool(answer["status"]["allowed"])
