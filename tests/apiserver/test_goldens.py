"""The real API server takes every golden object under all the rules, from the operator."""

import json

import pytest

from tests.golden.cases import CASES, POLICY, stack
from tools.demo.operator_process import USER

pytestmark = pytest.mark.apiserver
WORKLOADS = {"CronJob", "Deployment", "Job", "StatefulSet"}


MAKES_PODS = "system:serviceaccount:kube-system:replicaset-controller"


@pytest.fixture(scope="module", params=CASES, ids=[name for name, _ in CASES])
def case(request, charts):
    """Give a golden case its PlatformPolicy and the namespace of a stack."""
    name, manifests = request.param
    namespace = manifests[0]["metadata"]["namespace"]
    labels = {
        "tradingstack.io/environment": stack(name).spec.environment,
        "tradingstack.io/stack": stack(name).metadata.name,
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/enforce-version": "latest",
    }
    home = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": namespace, "labels": labels},
    }
    # the field manager by which other tests write it as well
    charts.kubectl("apply", "--server-side", "--force-conflicts", "--filename", str(POLICY))
    answer = apply(charts, [home])
    assert (0, "") == (answer.returncode, answer.stderr)
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


def test_every_object_is_accepted_without_a_warning(case, charts):
    answer = apply(charts, case, "--dry-run=server", f"--as={USER}")
    assert (0, "") == (answer.returncode, answer.stderr)


def test_every_pod_is_admitted_under_the_restricted_standard(case, charts):
    accounts = [without_owner(item) for item in case if item["kind"] == "ServiceAccount"]
    assert apply(charts, accounts, f"--as={USER}").returncode == 0
    pods = [pod_of(item) for item in case if item["kind"] in WORKLOADS]
    answer = apply(charts, pods, "--dry-run=server", f"--as={MAKES_PODS}")
    assert (0, "") == (answer.returncode, answer.stderr)


def without_owner(manifest):
    """Leave out the owner, which does not exist here: the garbage collector would act on it."""
    metadata = {k: v for k, v in manifest["metadata"].items() if k != "ownerReferences"}
    return manifest | {"metadata": metadata}


def pod_of(workload):
    spec = workload["spec"]
    template = (
        spec["jobTemplate"]["spec"]["template"] if "jobTemplate" in spec else spec["template"]
    )
    metadata = template["metadata"] | {
        "name": workload["metadata"]["name"],
        "namespace": workload["metadata"]["namespace"],
    }
    claims = [item["metadata"]["name"] for item in spec.get("volumeClaimTemplates", [])]
    volumes = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in claims]
    spec = template["spec"] | {"volumes": [*template["spec"].get("volumes", []), *volumes]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
