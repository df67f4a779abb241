"""The real API server takes every golden object, in a namespace that enforces `restricted`."""

import json

import pytest

from tests.golden.cases import CASES

pytestmark = pytest.mark.apiserver
WORKLOADS = {"Deployment", "StatefulSet"}


@pytest.fixture(scope="module", params=CASES, ids=[name for name, _ in CASES])
def case(request, cluster):
    """Give a golden case the namespace it names, with the strictest Pod Security level."""
    _, manifests = request.param
    namespace = manifests[0]["metadata"]["namespace"]
    labels = {
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/enforce-version": "latest",
    }
    apply(
        cluster,
        [
            {
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": {"name": namespace, "labels": labels},
            }
        ],
    )
    return manifests


def apply(cluster, manifests, *flags):
    items = {"apiVersion": "v1", "kind": "List", "items": manifests}
    return cluster.kubectl(
        "apply",
        "--server-side",
        "--field-manager=golden",
        "--force-conflicts",
        "-f-",
        *flags,
        input=json.dumps(items),
        check=False,
    )


def test_every_object_is_accepted_without_a_warning(case, cluster):
    answer = apply(cluster, case, "--dry-run=server")
    assert (0, "") == (answer.returncode, answer.stderr)


def test_every_pod_is_admitted_under_the_restricted_standard(case, cluster):
    accounts = [item for item in case if item["kind"] == "ServiceAccount"]
    assert apply(cluster, [without_owner(item) for item in accounts]).returncode == 0
    pods = [pod_of(item) for item in case if item["kind"] in WORKLOADS]
    answer = apply(cluster, pods, "--dry-run=server")
    assert (0, "") == (answer.returncode, answer.stderr)


def without_owner(manifest):
    """Leave out the owner, which does not exist here: the garbage collector would act on it."""
    metadata = {k: v for k, v in manifest["metadata"].items() if k != "ownerReferences"}
    return manifest | {"metadata": metadata}


def pod_of(workload):
    template = workload["spec"]["template"]
    metadata = template["metadata"] | {
        "name": workload["metadata"]["name"],
        "namespace": workload["metadata"]["namespace"],
    }
    claims = [item["metadata"]["name"] for item in workload["spec"].get("volumeClaimTemplates", [])]
    volumes = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in claims]
    spec = template["spec"] | {"volumes": [*template["spec"].get("volumes", []), *volumes]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
