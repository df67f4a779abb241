"""Halts as the operator knows them, and the file by which replicas know the relay."""

from typing import Any

from tradingstack_contract.files import Relay, SigningKey
from tradingstack_contract.halts import AUDIENCE, SILENCE_SECONDS
from tradingstack_operator.model.halts import Halt

RELAY = Relay(
    issuer="https://kubernetes.default.svc.cluster.local",
    audience=AUDIENCE,
    subject="system:serviceaccount:tradingstack-system:tradingstack-operator-relay",
    keys=(
        SigningKey(
            kid="nzOtnM-NU3a4M6iTcJiUuA6Xs1gvp5vd9WhLKjbF63o",
            kty="EC",
            alg="ES256",
            crv="P-256",
            x="fVNXAtfmefB0Yi55wmqIYV0DpFPMZa70X2eJzBf7nVk",
            y="bnGSof1yWKYUSg03zFwXRRbCZgmyKZ-HbW23zUhhpWo",
        ),
    ),
    silence_seconds=SILENCE_SECONDS,
)


def a_halt(name: str = "stop", **fields: Any) -> Halt:
    sound = {
        "name": name,
        "uid": f"uid-of-{name}",
        "requested_by": "alice",
        "reason": "runaway orders",
        "created": "2026-08-01T10:00:00Z",
    }
    return Halt(**(sound | fields))


def confirmed(*replicas: str, name: str = "stop") -> Halt:
    """Make a halt that, as the relay reports, these replicas obey and no other runs."""
    report = f"{len(replicas)} of {len(replicas)} replicas of the risk API obey."
    return a_halt(name, acknowledged=replicas, report=report, confirmed=True)
