"""What holds for every object of every golden case."""

import re

import pytest

from tests.golden.cases import CASES, UID
from tradingstack_operator.api import names
from tradingstack_operator.desired.cnpg import HIBERNATION
from tradingstack_operator.model.components import (
    CONFIG,
    DEPENDS_ON,
    GRAFANA_ADMIN,
    NETWORK,
    OBSERVABILITY,
)
from tradingstack_operator.model.kinds import BY_KIND

MANIFESTS = [
    pytest.param(manifest, id=f"{case}-{manifest['kind']}-{manifest['metadata']['name']}")
    for case, manifests in CASES
    for manifest in manifests
]


def template_of(manifest):
    """Find the pods that an object makes; None when it makes none."""
    spec = manifest.get("spec", {})
    return spec.get("jobTemplate", {}).get("spec", spec).get("template")


PODS = [
    pytest.param(
        template_of(manifest), id=f"{case}-{manifest['kind']}-{manifest['metadata']['name']}"
    )
    for case, manifests in CASES
    for manifest in manifests
    if manifest["kind"] in {"StatefulSet", "Deployment", "Job", "CronJob"}
]
SERVERS = [
    pytest.param(
        template_of(manifest), id=f"{case}-{manifest['kind']}-{manifest['metadata']['name']}"
    )
    for case, manifests in CASES
    for manifest in manifests
    if manifest["kind"] in {"StatefulSet", "Deployment"}
]
RESOURCES = {"cpu", "memory", "ephemeral-storage"}
COMPONENTS = {*DEPENDS_ON, CONFIG, GRAFANA_ADMIN, NETWORK, OBSERVABILITY}
DATA_KINDS = {"Cluster", "PersistentVolumeClaim"}
"""What garbage collection may not take along with the stack."""


def walk(value, path=""):
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from walk(item, f"{path}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from walk(item, f"{path}[]")


def containers_of(template):
    return [*template["spec"].get("initContainers", ()), *template["spec"]["containers"]]


def test_every_case_names_each_object_once():
    for _, manifests in CASES:
        refs = [(manifest["kind"], manifest["metadata"]["name"]) for manifest in manifests]
        assert len(set(refs)) == len(refs)


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_it_is_of_a_managed_kind(manifest):
    assert manifest["apiVersion"] == BY_KIND[manifest["kind"]].api_version


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_it_belongs_to_its_stack_and_lives_no_longer_unless_it_holds_data(manifest):
    if manifest["kind"] in DATA_KINDS and "ownerReferences" not in manifest["metadata"]:
        return
    (owner,) = manifest["metadata"]["ownerReferences"]
    assert owner == {
        "apiVersion": names.API_VERSION,
        "kind": "TradingStack",
        "name": manifest["metadata"]["labels"][names.LABEL_STACK],
        "uid": UID,
        "controller": True,
        "blockOwnerDeletion": False,
    }


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_it_says_who_manages_it_and_what_it_is_part_of(manifest):
    labels = manifest["metadata"]["labels"]
    assert labels[names.LABEL_MANAGED_BY] == names.MANAGED_BY
    assert labels[names.LABEL_COMPONENT] in COMPONENTS


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_its_labels_are_ones_the_server_accepts(manifest):
    for path, value in walk(manifest):
        if path.endswith("abels") and isinstance(value, dict):
            assert all(
                re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", v) for v in value.values()
            )


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_it_holds_plain_values_and_nothing_empty(manifest):
    """The server drops what is empty, and a dropped field looks like drift."""
    for path, value in walk(manifest):
        assert type(value) in {str, int, bool, dict, list}, path
        # An empty selector is how a policy says "every pod".
        assert value or isinstance(value, int) or path.endswith(".podSelector"), path


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_it_carries_no_fingerprint_of_itself(manifest):
    assert manifest["metadata"].get("annotations", {}).keys() <= {HIBERNATION}


@pytest.mark.parametrize("template", PODS)
def test_its_pods_run_as_a_fixed_user_that_is_not_root(template):
    security = template["spec"]["securityContext"]
    assert security["runAsNonRoot"] is True
    assert 0 not in {security["runAsUser"], security["runAsGroup"], security["fsGroup"]}
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}


@pytest.mark.parametrize("template", PODS)
def test_its_pods_have_no_way_to_the_api_server_or_the_host(template):
    spec = template["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"} & spec.keys()
    assert all(
        "hostPort" not in port for c in containers_of(template) for port in c.get("ports", ())
    )


@pytest.mark.parametrize("template", PODS)
def test_its_containers_are_hardened(template):
    for container in containers_of(template):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
        }


@pytest.mark.parametrize("template", PODS)
def test_its_containers_have_requests_and_limits(template):
    for container in containers_of(template):
        for half in ("requests", "limits"):
            assert container["resources"][half].keys() == RESOURCES


@pytest.mark.parametrize("template", SERVERS)
def test_its_servers_have_all_three_probes_and_name_no_host(template):
    for container in template["spec"]["containers"]:
        for name in ("startupProbe", "readinessProbe", "livenessProbe"):
            assert "host" not in container[name].get("httpGet", {})
            assert container[name]["timeoutSeconds"] > 0


@pytest.mark.parametrize("template", PODS)
def test_its_volumes_are_of_the_kinds_a_stack_may_use(template):
    for volume in template["spec"]["volumes"]:
        (kind,) = volume.keys() - {"name"}
        assert kind in {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}


@pytest.mark.parametrize("template", PODS)
def test_its_temporary_space_is_bounded(template):
    for volume in template["spec"]["volumes"]:
        assert "sizeLimit" in volume.get("emptyDir", {"sizeLimit": "none"})


@pytest.mark.parametrize("template", PODS)
def test_its_credentials_come_as_files_that_others_cannot_read(template):
    for container in containers_of(template):
        assert "envFrom" not in container
        for variable in container.get("env", ()):
            assert variable.get("valueFrom", {}).keys() <= {"fieldRef"}
    for volume in template["spec"]["volumes"]:
        for source in volume.get("projected", {}).get("sources", ()):
            assert "secret" not in source or volume["projected"]["defaultMode"] == 0o440
        assert "secret" not in volume
