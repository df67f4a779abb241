"""How the operator's chart lets the operator ask the secret store."""

from pathlib import Path

import pytest

from tests.charts.helm import OPERATOR, rendered, template
from tradingstack_operator.settings import Settings

pytestmark = pytest.mark.apiserver

VAULT = {"vault__address": "https://vault.example:8200", "vault__caConfigMap": "vault-ca"}
TOKEN = Path("/var/run/secrets/tradingstack.io/vault/token")


def pod(objects):
    (deployment,) = (
        body
        for body in objects
        if (body["kind"], body["metadata"]["name"]) == ("Deployment", "tradingstack-operator")
    )
    return deployment["spec"]["template"]["spec"]


def container(objects):
    (only,) = pod(objects)["containers"]
    return only


def settings(objects):
    given = {item["name"]: item.get("value", "") for item in container(objects)["env"]}
    given["TRADINGSTACK_API_SERVER"] = "https://10.96.0.1"
    return Settings.from_environment(
        given | {"TRADINGSTACK_NAMESPACE": "a", "TRADINGSTACK_IDENTITY": "b"}
    )


def test_without_an_address_the_store_is_not_asked():
    objects = rendered(OPERATOR)
    assert settings(objects).vault_address == ""
    assert "vault" not in {volume["name"] for volume in pod(objects)["volumes"]}


def test_the_operator_is_told_where_the_store_is():
    told = settings(rendered(OPERATOR, **VAULT))
    assert (told.vault_address, told.vault_token_file, told.vault_ca_file) == (
        "https://vault.example:8200",
        TOKEN,
        TOKEN.with_name("ca.crt"),
    )


def test_the_token_is_for_the_store_alone():
    objects = rendered(OPERATOR, **VAULT)
    (volume,) = (item for item in pod(objects)["volumes"] if item["name"] == "vault")
    token, authority = volume["projected"]["sources"]
    assert token["serviceAccountToken"]["audience"] == "vault"
    assert authority["configMap"]["name"] == "vault-ca"


def test_the_token_lies_where_the_operator_looks_for_it():
    mounts = container(rendered(OPERATOR, **VAULT))["volumeMounts"]
    (mount,) = (item for item in mounts if item["name"] == "vault")
    assert Path(mount["mountPath"]) == TOKEN.parent


@pytest.mark.parametrize(
    "value", [{"vault.address": "vault.example"}, {"vault.pollSeconds": 1}, {"vault.role": ""}]
)
def test_what_the_operator_could_not_use_is_refused(value):
    assert template(OPERATOR, value).returncode != 0
