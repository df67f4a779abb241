"""Only the halt relay's token is taken, and only while it is valid."""

import base64
import json
from datetime import timedelta

import jwt
import pytest

from tests.unit.contract.relay_tokens import NOW, Signer, relay_file
from tradingstack_contract.files import Relay
from tradingstack_contract.relay_token import RelayTokenError, verify
from tradingstack_contract.text import from_yaml, to_yaml

CLUSTER = Signer()
OLDER = Signer("zero", "RS256")
RELAY = relay_file(CLUSTER, OLDER)


def refused(token, now=NOW):
    with pytest.raises(RelayTokenError) as caught:
        verify(token, RELAY, now)
    assert not any(part and part in str(caught.value) for part in token.split("."))
    return str(caught.value)


def seconds(count):
    return int((NOW + timedelta(seconds=count)).timestamp())


@pytest.mark.parametrize("signer", [CLUSTER, OLDER])
def test_a_token_of_the_relay_is_taken(signer):
    verify(signer.token(), RELAY, NOW)


def test_the_keys_survive_the_way_through_a_file():
    verify(CLUSTER.token(), from_yaml(Relay, to_yaml(RELAY)), NOW)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": ["https://kubernetes.default.svc"]},
        {"aud": None},
        {"iss": "https://elsewhere.example"},
        {"sub": "system:serviceaccount:trading-prod:alpha-risk-api"},
        {"sub": None},
        {"exp": None},
        {"iat": None},
    ],
)
def test_a_token_that_is_not_for_this_is_refused(claims):
    assert "not the halt relay's" in refused(CLUSTER.token(**claims))


def test_a_token_of_another_cluster_is_refused():
    assert "not the cluster's" in refused(Signer("other").token())


def test_a_token_that_only_names_a_key_of_the_cluster_is_refused():
    assert "InvalidSignatureError" in refused(Signer(CLUSTER.kid).token())


def test_a_token_that_names_no_key_is_refused():
    token = jwt.encode({"sub": "me"}, CLUSTER.key, algorithm="ES256")
    assert "not the cluster's" in refused(token)


@pytest.mark.parametrize("token", ["", "a-token", "a.b.c"])
def test_what_is_no_token_is_refused(token):
    with pytest.raises(RelayTokenError, match="not the halt relay's"):
        verify(token, RELAY, NOW)


def test_a_token_without_a_signature_is_refused():
    def part(content):
        return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()

    claims = jwt.decode(CLUSTER.token(), options={"verify_signature": False})
    token = f"{part({'alg': 'none', 'kid': CLUSTER.kid})}.{part(claims)}."
    assert "not the halt relay's" in refused(token)


def test_a_token_signed_with_the_public_key_as_a_password_is_refused():
    # "algorithm confusion": the key's own kind decides, not what the token says
    token = jwt.encode({"sub": "me"}, "x" * 32, algorithm="HS256", headers={"kid": CLUSTER.kid})
    assert "InvalidAlgorithmError" in refused(token)


@pytest.mark.parametrize("late", [0, 599, 604])
def test_a_token_lives_until_its_end_and_the_leeway(late):
    verify(CLUSTER.token(), RELAY, NOW + timedelta(seconds=late))


def test_an_expired_token_is_refused():
    assert "has expired" in refused(CLUSTER.token(), NOW + timedelta(seconds=605))


def test_a_clock_a_little_behind_is_no_reason_to_refuse():
    verify(CLUSTER.token(), RELAY, NOW - timedelta(seconds=5))


def test_a_clock_far_behind_is_named():
    assert "compare the clocks" in refused(CLUSTER.token(), NOW - timedelta(seconds=6))


def test_a_token_may_say_that_it_begins_later_than_it_was_made():
    assert "not valid yet" in refused(CLUSTER.token(nbf=seconds(60)))


def test_a_token_need_not_say_when_it_begins():
    verify(CLUSTER.token(nbf=None), RELAY, NOW)


@pytest.mark.parametrize("claims", [{"exp": "never"}, {"iat": True}, {"nbf": [0]}])
def test_times_that_are_no_numbers_are_refused(claims):
    assert "holds no time" in refused(CLUSTER.token(**claims))
