"""What must hold before the webhook starts: its kinds are served, its permissions granted."""

from http import HTTPStatus
from typing import Final

from tradingstack_operator.cluster.client import Client
from tradingstack_operator.cluster.errors import RefusedError
from tradingstack_operator.cluster.preflight import REVIEWS
from tradingstack_operator.model.kinds import (
    NAMESPACE,
    OWN_KINDS,
    PLATFORM_POLICY,
    TRADING_STACK,
    Kind,
)

READ: Final = (NAMESPACE, PLATFORM_POLICY)
"""All that the webhook reads of the cluster; the rest comes with each review."""
VERBS: Final = ("list", "watch")


class RequirementsError(Exception):
    """The cluster lacks something the webhook cannot work without; one line for each thing."""


async def missing_requirements(client: Client) -> list[str]:
    """Ask for every requirement; each line names one that is not met and what mends it."""
    served = await _served(client)
    return [
        *(
            f"kind {kind.plural}.{kind.group} is not served: install chart tradingstack-crds"
            for kind in OWN_KINDS
            if kind.plural not in served
        ),
        *[
            f"permission to {verb} {kind.plural} of {kind.group or 'core'} is missing: install "
            "chart tradingstack-operator with webhook.enabled, or grant it to the webhook's "
            "ServiceAccount"
            for kind in READ
            for verb in VERBS
            if not await _allowed(client, kind, verb)
        ],
    ]


async def _served(client: Client) -> set[str]:
    try:
        answer = await client.get(TRADING_STACK.root)
    except RefusedError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return set()
    return {resource["name"] for resource in answer["resources"]}


async def _allowed(client: Client, kind: Kind, verb: str) -> bool:
    attributes = {"group": kind.group, "resource": kind.plural, "verb": verb}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    answer = await client.send("POST", REVIEWS, review)
    return bool(answer["status"]["allowed"])
