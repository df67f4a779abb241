"""The keys by which replicas know the relay, as the cluster publishes them."""

import pytest

from tradingstack_contract.files import SigningKey
from tradingstack_contract.halts import AUDIENCE
from tradingstack_operator.cluster.errors import RefusedError, UnreachableError
from tradingstack_operator.cluster.signing_keys import CONFIGURATION, JWK_SET, KEYS, SigningKeys

EC = {"use": "sig", "kty": "EC", "kid": "b", "crv": "P-256", "alg": "ES256", "x": "x", "y": "y"}
RSA = {"use": "sig", "kty": "RSA", "kid": "a", "alg": "RS256", "n": "n", "e": "AQAB"}
SUBJECT = "system:serviceaccount:tradingstack-system:relay"


class Api:
    """Answers as the API server does."""

    def __init__(self, *keys, error=None):
        self.keys, self.error = keys, error

    async def get(self, path, accept="application/json"):
        if self.error:
            raise self.error
        offered = {CONFIGURATION: "application/json", KEYS: JWK_SET}
        if accept != offered[path]:
            raise RefusedError(406, "Not Acceptable")
        return {"issuer": "https://issuer"} if path == CONFIGURATION else {"keys": list(self.keys)}


async def read(*keys, **options):
    told = []
    lines = await SigningKeys(Api(*keys, **options), SUBJECT, told.append).missing()
    return told, lines


async def test_the_file_holds_all_by_which_a_replica_knows_the_relay():
    (relay,), lines = await read(EC)
    assert lines == []
    assert (relay.issuer, relay.audience, relay.subject) == ("https://issuer", AUDIENCE, SUBJECT)
    assert relay.keys == (SigningKey(kid="b", kty="EC", alg="ES256", crv="P-256", x="x", y="y"),)


async def test_the_order_of_the_keys_does_not_matter():
    assert (await read(EC, RSA))[0] == (await read(RSA, EC))[0]


async def test_a_private_part_is_left_out():
    (relay,), _ = await read(EC | {"d": "private"})
    assert "private" not in relay.model_dump_json()


async def test_a_key_that_no_replica_could_use_is_left_out():
    (relay,), _ = await read(RSA, RSA | {"kid": "odd", "alg": "PS256"})
    assert [key.kid for key in relay.keys] == ["a"]


@pytest.mark.parametrize(
    ("keys", "options"),
    [
        ((), {}),
        ((RSA | {"alg": "HS256"},), {}),
        ((EC,), {"error": RefusedError(403, "forbidden")}),
    ],
)
async def test_keys_that_cannot_be_had_are_a_missing_requirement(keys, options):
    told, (line,) = await read(*keys, **options)
    assert told == []
    assert "system:service-account-issuer-discovery" in line


async def test_no_answer_is_no_verdict():
    with pytest.raises(UnreachableError):
        await read(error=UnreachableError("nobody"))
