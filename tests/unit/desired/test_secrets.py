import re

import pytest

from tests.golden.cases import CASES
from tests.unit.desired.factory import a_secrets, a_stack, an_ingestor, env, objects

EXTERNAL_SECRETS = [
    pytest.param(manifest["spec"], id=f"{case}-{manifest['metadata']['name']}")
    for case, manifests in CASES
    for manifest in manifests
    if manifest["kind"] == "ExternalSecret"
]


def with_ingestor(**fields):
    return objects(a_stack(ingestors=[an_ingestor()], secrets=a_secrets(**fields)))


def remote_keys(rendered, name):
    return [entry["remoteRef"]["key"] for entry in rendered["ExternalSecret", name]["spec"]["data"]]


def secret_volume(workload):
    volumes = workload["spec"]["template"]["spec"]["volumes"]
    (only,) = (volume["secret"] for volume in volumes if "secret" in volume)
    return only


@pytest.mark.parametrize("spec", EXTERNAL_SECRETS)
def test_every_remote_key_lies_below_the_stacks_prefix(spec):
    keys = [entry["remoteRef"]["key"] for entry in spec["data"]]
    assert all(re.fullmatch(r"(staging|production|development)/[^/]+/[^/]+/[^/]+", k) for k in keys)


@pytest.mark.parametrize("spec", EXTERNAL_SECRETS)
def test_a_template_of_one_value_takes_it_from_the_store(spec):
    for name, template in spec["target"]["template"]["data"].items():
        assert "{{ ." in template, name


@pytest.mark.parametrize("spec", EXTERNAL_SECRETS)
def test_a_template_uses_only_what_is_fetched(spec):
    fetched = {entry["secretKey"] for entry in spec["data"]}
    used = set(re.findall(r"\{\{ \.(\w+)", "".join(spec["target"]["template"]["data"].values())))
    assert used == fetched


def test_each_client_of_the_cache_gets_its_own_password_and_no_other():
    rendered = with_ingestor()
    assert remote_keys(rendered, "alpha-ingestor") == ["staging/trading/alpha/cache-ingestor"]
    assert remote_keys(rendered, "alpha-risk-api") == ["staging/trading/alpha/cache-risk-api"]


def test_the_cache_gets_its_clients_passwords_as_hashes():
    template = with_ingestor()["ExternalSecret", "alpha-cache"]["spec"]["target"]["template"][
        "data"
    ]
    actions = re.findall(r"\{\{.*?\}\}", template["users.acl"])
    assert actions
    assert all(action.endswith("| sha256sum }}") for action in actions)


def test_the_store_is_read_again_as_often_as_the_spec_says():
    spec = with_ingestor(refreshInterval="90s")["ExternalSecret", "alpha-cache"]["spec"]
    assert spec["refreshInterval"] == "90s"
    assert with_ingestor()["ExternalSecret", "alpha-cache"]["spec"]["refreshInterval"] == "15m"


def test_a_credential_somebody_delivers_is_mounted_and_not_fetched():
    rendered = with_ingestor(existing={"cache-risk-api": "shared-reader"})
    assert ("ExternalSecret", "alpha-risk-api") not in rendered
    mounted = secret_volume(rendered["Deployment", "alpha-risk-api"])
    assert mounted["secretName"] == "shared-reader"


def test_a_workload_finds_its_password_where_its_environment_says():
    deployment = with_ingestor()["Deployment", "alpha-ingestor-kraken"]
    mounts = deployment["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
    (folder,) = (mount["mountPath"] for mount in mounts if mount["name"] == "credentials")
    (item,) = secret_volume(deployment)["items"]
    assert env(deployment)["TRADINGSTACK_CACHE_PASSWORD_FILE"] == f"{folder}/{item['path']}"
