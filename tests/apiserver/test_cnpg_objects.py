"""The real CRDs of CloudNativePG and its plugin take what is rendered, field by field."""

import json

import pytest

from tests.support.stacks import DIGEST, facts, stack
from tradingstack_operator.desired.cnpg import build_cnpg
from tradingstack_operator.planning.diff import first_difference

pytestmark = pytest.mark.apiserver
KINDS = {"Cluster", "ObjectStore", "ScheduledBackup", "ExternalSecret"}
DATABASE = {
    "provider": "CloudNativePG",
    "image": f"registry.example/timescaledb-cnpg:17-ts2{DIGEST}",
    "walStorage": {"size": "40Gi", "storageClass": "fast"},
    "parameters": {"work_mem": "64MB"},
}
MANIFESTS = [
    pytest.param(
        manifest, id=f"{instances} {policy} {manifest['kind']} {manifest['metadata']['name']}"
    )
    for instances in (1, 2, 3)
    for policy in ("Retain", "Delete")
    for manifest in build_cnpg(
        stack(spec={"deletionPolicy": policy, "database": DATABASE | {"instances": instances}}),
        facts(),
    )
    if manifest["kind"] in KINDS
]


@pytest.fixture(scope="module")
def apply(cluster):
    """Try an object on the API server: a field that its schema does not know is an error."""

    def dry_run(manifest):
        return cluster.kubectl(
            "apply",
            "--server-side",
            "--field-manager=cnpg-objects",
            "--dry-run=server",
            "--validate=strict",
            "--filename=-",
            "-o=json",
            input=json.dumps(
                manifest | {"metadata": manifest["metadata"] | {"namespace": "default"}}
            ),
            check=False,
        )

    return dry_run


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_an_object_is_accepted_without_a_warning(apply, manifest):
    answer = apply(manifest)
    assert (0, "") == (answer.returncode, answer.stderr)


@pytest.mark.parametrize("manifest", MANIFESTS)
def test_what_the_server_makes_of_an_object_is_no_drift(apply, manifest):
    kept = json.loads(apply(manifest).stdout)
    assert first_difference({"spec": manifest["spec"]}, kept) is None


def test_a_field_that_does_not_exist_is_refused(apply):
    cluster = next(param.values[0] for param in MANIFESTS if param.values[0]["kind"] == "Cluster")
    answer = apply(cluster | {"spec": cluster["spec"] | {"instance": 3}})
    assert ".spec.instance" in answer.stderr
