"""What must hold before the operator starts: its kinds are served, its permissions granted."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Final

from tradingstack_operator.api import names
from tradingstack_operator.cluster.client import Client
from tradingstack_operator.cluster.errors import RefusedError
from tradingstack_operator.model.kinds import (
    ADMISSION_BINDING,
    ADMISSION_POLICY,
    PLATFORM_POLICY,
    TRADING_HALT,
    TRADING_STACK,
    Kind,
)
from tradingstack_operator.model.permissions import PERMISSIONS, Permission
from tradingstack_operator.model.ports import PortError

log = logging.getLogger(__name__)

START_PAUSE: Final = 2.0
"""Seconds between two attempts to reach the API server at the start."""
REVIEWS: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
AT_ONCE: Final = 8
"""Questions in flight: each one more would be a connection more, kept for a while."""
NEEDED: Final = {
    TRADING_STACK: (
        TRADING_STACK.plural,
        f"{TRADING_STACK.plural}/status",
        TRADING_HALT.plural,
        PLATFORM_POLICY.plural,
    ),
    ADMISSION_POLICY: (ADMISSION_POLICY.plural, ADMISSION_BINDING.plural),
}
"""What must be served, by a kind of the same group and version."""
REMEDIES: Final = {
    TRADING_STACK: "install chart tradingstack-crds",
    ADMISSION_POLICY: "use Kubernetes 1.31 or newer, and do not switch this API off",
}


class RequirementsError(Exception):
    """The cluster lacks something the process cannot work without; one line for each thing."""


async def check_requirements(missing: Callable[[], Awaitable[list[str]]]) -> None:
    """Ask until the API server answers. Raises ``RequirementsError`` when something is missing."""
    while True:
        try:
            lines = await missing()
        except PortError as error:
            log.warning("API server not reachable yet", extra={"error": str(error)})
            await asyncio.sleep(START_PAUSE)
        else:
            break
    if lines:
        raise RequirementsError("\n".join(lines))


async def missing_requirements(client: Client, namespace: str) -> list[str]:
    """Ask for every requirement; each line names one that is not met and what mends it."""
    rules = [(permission, verb) for permission in PERMISSIONS for verb in permission.verbs]
    few = asyncio.Semaphore(AT_ONCE)
    answers = await asyncio.gather(*(_allowed(client, namespace, few, *rule) for rule in rules))
    denied = [rule for rule, granted in zip(rules, answers, strict=True) if not granted]
    return [
        *[line async for line in _missing_kinds(client)],
        *(
            f"permission to {verb} {permission.path} of {permission.group or 'core'} is missing: "
            "install chart tradingstack-operator, or grant it to the operator's ServiceAccount"
            for permission, verb in denied
        ),
    ]


async def _missing_kinds(client: Client) -> AsyncIterator[str]:
    for kind, plurals in NEEDED.items():
        plurals_served = await served(client, kind)
        for plural in plurals:
            if plural not in plurals_served:
                yield f"kind {plural}.{kind.group} is not served: {REMEDIES[kind]}"


async def served(client: Client, kind: Kind) -> set[str]:
    """List the plurals that are served in the group and version of a kind."""
    try:
        answer = await client.get(kind.root)
    except RefusedError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return set()
    return {resource["name"] for resource in answer["resources"]}


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
    async with few:
        return await allowed(client, attributes)


async def allowed(client: Client, attributes: Mapping[str, str]) -> bool:
    """Ask whether this process may do something, given as a review's resource attributes."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    answer = await client.send("POST", REVIEWS, review)
    return bool(answer["status"]["allowed"])
