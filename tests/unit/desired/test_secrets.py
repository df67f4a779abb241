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


def secret_sources(workload):
    """List the Secrets of the volume of credentials."""
    volumes = workload["spec"]["template"]["spec"]["volumes"]
    (volume,) = (volume for volume in volumes if volume["name"] == "credentials")
    return [source["secret"] for source in volume["projected"]["sources"]]


@pytest.mark.parametrize("spec", EXTERNAL_SECRETS)
def test_every_remote_key_lies_below_the_stacks_prefix(spec):
    keys = [entry["remoteRef"]["key"] for entry in spec["data"]]
    assert all(re.fullmatch(r"(staging|production|development)/[^/]+/[^/]+/[^/]+", k) for k in keys)


@pytest.mark.parametrize("spec", EXTERNAL_SECRETS)
def test_every_file_but_a_name_is_made_of_what_the_store_has(spec):
    for name, template in spec["target"]["template"]["data"].items():
        assert "{{ " in template or name == "username", name


@pytest.mark.parametrize("spec", EXTERNAL_SECRETS)
def test_a_template_uses_only_what_is_fetched(spec):
    fetched = {entry["secretKey"] for entry in spec["data"]}
    templates = "".join(spec["target"]["template"]["data"].values())
    actions = re.findall(r"\{\{.*?\}\}", templates)
    assert {name for action in actions for name in re.findall(r"[ (]\.(\w+)", action)} == fetched


def test_each_client_of_the_stores_gets_its_own_passwords_and_no_other():
    rendered = with_ingestor()
    for client in ("ingestor", "risk-api"):
        assert set(remote_keys(rendered, f"alpha-{client}")) == {
            f"staging/trading/alpha/cache-{client}",
            f"staging/trading/alpha/database-{client}",
            f"staging/trading/alpha/bus-{client}",
            "staging/trading/alpha/database-tls",
            "staging/trading/alpha/bus-tls",
        }


@pytest.mark.parametrize("spec", EXTERNAL_SECRETS)
def test_a_private_key_goes_to_its_own_component_only(spec):
    component = spec["target"]["name"].split("-")[1]
    for entry in spec["data"]:
        if entry["remoteRef"]["property"] == "tls.key":
            assert entry["remoteRef"]["key"].endswith(f"/{component}-tls")


def test_the_cache_gets_its_clients_passwords_as_hashes():
    template = with_ingestor()["ExternalSecret", "alpha-cache"]["spec"]["target"]["template"][
        "data"
    ]
    actions = re.findall(r"\{\{.*?\}\}", template["cache.users.acl"])
    assert actions
    assert all(action.endswith("| sha256sum }}") for action in actions)


def test_the_store_is_read_again_as_often_as_the_spec_says():
    spec = with_ingestor(refreshInterval="90s")["ExternalSecret", "alpha-cache"]["spec"]
    assert spec["refreshInterval"] == "90s"
    assert with_ingestor()["ExternalSecret", "alpha-cache"]["spec"]["refreshInterval"] == "15m"


def test_a_credential_somebody_delivers_is_mounted_and_not_fetched():
    rendered = with_ingestor(existing={"cache-risk-api": "shared-reader"})
    assert "staging/trading/alpha/cache-risk-api" not in remote_keys(rendered, "alpha-risk-api")
    sources = secret_sources(rendered["Deployment", "alpha-risk-api"])
    assert {
        "name": "shared-reader",
        "items": [{"key": "password", "path": "cache-risk-api/password"}],
    } in sources


def test_a_workload_finds_its_password_where_its_environment_says():
    deployment = with_ingestor()["Deployment", "alpha-ingestor-kraken"]
    mounts = deployment["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
    (folder,) = (mount["mountPath"] for mount in mounts if mount["name"] == "credentials")
    (source,) = secret_sources(deployment)
    files = {f"{folder}/{item['path']}" for item in source["items"]}
    named = {name: value for name, value in env(deployment).items() if name.endswith("_FILE")}
    assert {"TRADINGSTACK_CACHE_PASSWORD_FILE", "TRADINGSTACK_DATABASE_PASSWORD_FILE"} <= set(named)
    assert {value for name, value in named.items() if "PASSWORD" in name} <= files
