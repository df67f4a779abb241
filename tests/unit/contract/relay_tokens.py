"""Tokens as a cluster signs them, and the file by which a replica knows the relay's."""

import json
from datetime import UTC, datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from tradingstack_contract.files import Relay, SigningKey
from tradingstack_contract.halts import AUDIENCE

NOW = datetime(2026, 8, 1, 10, 0, tzinfo=UTC)
ISSUER = "https://kubernetes.default.svc"
SUBJECT = "system:serviceaccount:tradingstack-system:tradingstack-operator-relay"
KINDS = {"ES256": ECAlgorithm, "RS256": RSAAlgorithm}


class Signer:
    """A cluster's private key."""

    def __init__(self, kid="one", alg="ES256"):
        self.kid, self.alg = kid, alg
        self.key = (
            ec.generate_private_key(ec.SECP256R1())
            if alg == "ES256"
            else rsa.generate_private_key(public_exponent=65537, key_size=2048)
        )

    @property
    def public(self):
        known = json.loads(KINDS[self.alg].to_jwk(self.key.public_key()))
        fields = {name: known[name] for name in SigningKey.model_fields if name in known}
        return SigningKey(**(fields | {"kid": self.kid, "alg": self.alg}))

    def token(self, now=NOW, **claims):
        sound = {
            "iss": ISSUER,
            "sub": SUBJECT,
            "aud": [AUDIENCE],
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int((now + timedelta(seconds=600)).timestamp()),
        }
        chosen = {name: value for name, value in (sound | claims).items() if value is not None}
        return jwt.encode(chosen, self.key, algorithm=self.alg, headers={"kid": self.kid})


def relay_file(*signers, **fields):
    sound = {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "subject": SUBJECT,
        "keys": tuple(signer.public for signer in signers),
        "silence_seconds": 30,
    }
    return Relay(**(sound | fields))
