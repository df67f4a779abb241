"""The real API server takes what a stack brings for the Prometheus Operator, with its own CRDs."""

import json

import pytest

from tests.golden.cases import CASES, POLICY, stack
from tools.demo.operator_process import USER

pytestmark = pytest.mark.apiserver
KINDS = {"ServiceMonitor", "PrometheusRule", "AlertmanagerConfig"}


@pytest.fixture(scope="module")
def served(charts):
    """Have the platform's policy in force that the golden cases presume."""
    charts.kubectl("apply", "--server-side", "--force-conflicts", "--filename", str(POLICY))
    return charts


@pytest.fixture(params=CASES, ids=[name for name, _ in CASES])
def case(request, served):
    """Give a golden case its namespace, and its objects that others' CRDs describe."""
    name, manifests = request.param
    labels = {
        "tradingstack.io/environment": stack(name).spec.environment,
        "tradingstack.io/stack": stack(name).metadata.name,
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/enforce-version": "latest",
    }
    namespace = manifests[0]["metadata"]["namespace"]
    home = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": namespace, "labels": labels},
    }
    assert apply(served, [home]).returncode == 0
    return [item for item in manifests if item["kind"] in KINDS]


def apply(cluster, manifests, *flags):
    return cluster.kubectl(
        "apply",
        "--server-side",
        "--field-manager=golden",
        "--force-conflicts",
        "-f-",
        *flags,
        input=json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}),
        check=False,
    )


def test_every_object_fits_its_crd_without_a_warning(case, served):
    answer = apply(served, case, "--dry-run=server", "--validate=strict", f"--as={USER}")
    assert (0, "") == (answer.returncode, answer.stderr)


def test_the_server_adds_nothing_that_would_look_like_drift(case, served):
    answer = apply(served, case, "--dry-run=server", "--output=json", f"--as={USER}")
    listed = json.loads(answer.stdout)
    stored = {item["kind"]: item["spec"] for item in listed.get("items", [listed])}
    assert stored == {item["kind"]: item["spec"] for item in case}
