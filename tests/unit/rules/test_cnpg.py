"""What CloudNativePG needs of a stack, and that the rules let it run its database."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.stacks import DIGEST, NAMESPACE, NAMESPACE_LABELS, POLICY, facts, policy
from tests.support.vectors import plural
from tests.unit.rules.judging import broken_fields, messages
from tradingstack_operator.rules.cnpg import (
    cluster_image_tells_its_version,
    cluster_reaches_the_api_server,
)
from tradingstack_operator.rules.judge import judge
from tradingstack_operator.rules.request import Request

OPERATOR = "system:serviceaccount:cnpg-system:cnpg-manager"
PLUGIN = "system:serviceaccount:cnpg-system:plugin-barman-cloud"
JOB_CONTROLLER = "system:serviceaccount:kube-system:job-controller"
WRITERS = [*POLICY["spec"]["secretWriters"], OPERATOR, PLUGIN]
MADE = json.loads((Path(__file__).parent / "cloudnative-pg.json").read_text())
"""What CloudNativePG 1.30.0 (pkg/specs) makes of the rendered Cluster, and its Barman Cloud plugin
0.15.0 adds to it: the sidecar and the last Role."""


def request(manifest, user):
    return Request(
        operation="CREATE",
        group=manifest["apiVersion"].rpartition("/")[0] if "/" in manifest["apiVersion"] else "",
        resource=plural(manifest["kind"]),
        kind=manifest["kind"],
        name=manifest["metadata"]["name"],
        namespace=NAMESPACE,
        object=manifest,
        user=user,
        namespace_labels=NAMESPACE_LABELS,
        policy=policy(spec={"secretWriters": WRITERS}),
    )


def pod_of(job):
    owner = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "name": job["metadata"]["name"],
        "uid": "the-uid",
        "controller": True,
    }
    template = job["spec"]["template"]
    metadata = template["metadata"] | {"name": "join-x7x2p", "ownerReferences": [owner]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def ids(manifest):
    return f"{manifest['kind']} {manifest['metadata']['name']}"


@pytest.mark.parametrize("manifest", MADE, ids=ids)
def test_what_cloudnativepg_makes_is_accepted(manifest):
    user = PLUGIN if manifest["metadata"]["name"].endswith("-barman-cloud") else OPERATOR
    assert [str(one) for one in judge(request(manifest, user))] == []


@pytest.mark.parametrize("job", [one for one in MADE if one["kind"] == "Job"], ids=ids)
def test_the_pods_of_its_jobs_are_accepted(job):
    assert [str(one) for one in judge(request(pod_of(job), JOB_CONTROLLER))] == []


def test_the_same_pod_is_refused_from_anybody_else():
    pod = next(one for one in MADE if one["kind"] == "Pod")
    assert {one.rule for one in judge(request(pod, "alice"))} == {"INV-10h", "INV-45"}


def a_database(**fields):
    return {"database": {"provider": "CloudNativePG"} | fields}


@pytest.mark.parametrize(
    "tag", ["17", "17.5", "17-ts2", "17-ts2@sha256:abc", "17.5-10-bookworm", "16beta1"]
)
def test_an_image_whose_tag_begins_with_the_version_is_accepted(tag):
    image = f"registry.example:5000/timescaledb:{tag}".replace("@sha256:abc", DIGEST)
    assert broken_fields(cluster_image_tells_its_version, spec=a_database(image=image)) == []


@pytest.mark.parametrize(
    "image",
    [
        None,
        f"registry.example/timescaledb{DIGEST}",
        "registry.example/timescaledb:latest",
        "registry.example/timescaledb:2024-01",
        "registry.example:17/timescaledb",
    ],
)
def test_an_image_that_hides_the_version_is_refused(image):
    assert broken_fields(cluster_image_tells_its_version, spec=a_database(image=image)) == [
        "spec.database.image"
    ]


def test_other_providers_may_hide_the_version():
    spec = {"database": {"image": "registry.example/timescaledb:latest"}}
    assert broken_fields(cluster_image_tells_its_version, spec=spec) == []


API_SERVER = {"cidrs": ["10.7.0.0/28"], "port": 6443}


def test_a_platform_that_opens_the_api_server_may_run_it():
    surroundings = facts(policy=policy(spec={"egress": {"apiServer": API_SERVER}}))
    assert broken_fields(cluster_reaches_the_api_server, surroundings, spec=a_database()) == []


def test_a_platform_that_keeps_the_api_server_shut_may_not():
    (message,) = messages(cluster_reaches_the_api_server, spec=a_database())
    assert message == (
        "a CloudNativePG database reaches the API server; have the platform team give"
        " PlatformPolicy's egress.apiServer, or choose another provider"
    )


def test_without_a_policy_it_is_undecided():
    fields = broken_fields(cluster_reaches_the_api_server, facts(policy=None), spec=a_database())
    assert fields == ["spec.database.provider"]


def test_other_providers_need_no_api_server():
    assert broken_fields(cluster_reaches_the_api_server) == []


ROLE = {
    "apiVersion": "postgresql.cnpg.io/v1",
    "kind": "DatabaseRole",
    "metadata": {"name": "desk"},
    "spec": {"cluster": {"name": "alpha-database"}, "name": "desk"},
}


def refusals(**change):
    """Judge the update of a role that is older than the rules."""
    update = replace(request(ROLE | change, "alice"), operation="UPDATE", old=ROLE)
    return [one.rule for one in judge(update)]


def test_a_role_that_is_there_already_cannot_be_made_superuser():
    assert refusals(spec=ROLE["spec"] | {"superuser": True}) == ["INV-33"]


def test_a_role_that_is_there_already_can_be_let_go():
    assert refusals(metadata={"name": "desk", "finalizers": []}) == []
