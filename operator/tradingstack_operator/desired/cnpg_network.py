"""What CloudNativePG's pods reach, and who reaches them, beside the clients of the database."""

from typing import Any, Final

from tradingstack_contract import endpoints
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired.parts import head, object_name, selector
from tradingstack_operator.model.components import DATABASE, NETWORK
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import NETWORK_POLICY
from tradingstack_operator.model.objects import Manifest

_STATUS_PORT: Final = 8000
"""Where an instance tells the operator, and the other instances, how it is."""
_OPERATOR: Final = {"app.kubernetes.io/name": "cloudnative-pg"}
"""The label of CloudNativePG's own pods, in its manifest and in its chart."""


def build_policy(stack: TradingStack, facts: Facts) -> Manifest:
    """Let instances talk to each other and to the API server, and their operator to them.

    Where the operator runs is told by the ServiceAccounts that may write Secrets: it is one of
    them. The API server is what an instance learns from whether it is the primary.
    """
    pods = selector(stack, DATABASE)
    instances = [{"podSelector": {"matchLabels": pods}}]
    ports = _tcp(endpoints.DATABASE_PORT, _STATUS_PORT)
    operators = [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
            "podSelector": {"matchLabels": _OPERATOR},
        }
        for namespace in _operator_namespaces(facts)
    ]
    return {
        **head(NETWORK_POLICY, stack, object_name(stack, DATABASE, "instances"), NETWORK),
        "spec": {
            "podSelector": {"matchLabels": pods},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": [*instances, *operators], "ports": ports}],
            "egress": [{"to": instances, "ports": ports}, *_to_api_server(facts)],
        },
    }


def _operator_namespaces(facts: Facts) -> list[str]:
    writers = facts.policy.spec.secret_writers if facts.policy else ()
    return sorted({writer.split(":")[2] for writer in writers})


def _to_api_server(facts: Facts) -> list[dict[str, Any]]:
    server = facts.policy.spec.egress.api_server if facts.policy else None
    if server is None:
        return []
    blocks = [{"ipBlock": {"cidr": cidr}} for cidr in sorted(server.cidrs)]
    return [{"to": blocks, "ports": _tcp(server.port)}]


def _tcp(*ports: int) -> list[dict[str, Any]]:
    return [{"protocol": "TCP", "port": port} for port in ports]
