import json
from pathlib import Path

import pytest
import yaml

from tests.support.stacks import NAMESPACE_LABELS, POLICY, STACK, merged
from tradingstack_operator.api.names import ANNOTATION_CONFIRM_DELETE
from tradingstack_operator.api.trading_stack import TradingStack

pytestmark = pytest.mark.apiserver

ROOT = Path(__file__).resolve().parents[2]
CRDS = ROOT / "crds"
SAMPLES = sorted((ROOT / "samples").glob("*.yaml"))
NAMESPACE = "api-contract"
RESOURCE = "tradingstacks.tradingstack.io"
ALPHA = (f"{RESOURCE}/alpha", "--namespace", NAMESPACE)


@pytest.fixture(scope="module")
def api(charts):
    """Serve our kinds under all rules, with a namespace to try them in."""
    metadata = {"name": NAMESPACE, "labels": NAMESPACE_LABELS}
    apply(charts, {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    return charts


@pytest.fixture
def alpha(api):
    """Store a stack, as it is written in the tests of the rules."""
    apply(api, merged(POLICY, {}))
    answer = apply(api, stack())
    assert (answer.returncode, answer.stderr) == (0, "")
    yield api
    api.kubectl("delete", *ALPHA)


def stack(**spec):
    own = {"secrets": {"pathPrefix": f"production/{NAMESPACE}/alpha"}}
    metadata = {
        "namespace": NAMESPACE,
        "uid": None,
        "annotations": {ANNOTATION_CONFIRM_DELETE: "alpha"},
    }
    return merged(STACK, {"metadata": metadata, "spec": own | spec})


def apply(api, manifest, *flags):
    manifest["metadata"].pop("resourceVersion", None)
    return api.kubectl(
        "apply",
        "--server-side",
        "--filename=-",
        *flags,
        input=json.dumps(manifest),
        check=False,
    )


def live(api):
    return json.loads(api.kubectl("get", *ALPHA, "--output=json").stdout)


def test_no_schema_is_found_fault_with(api):
    names = sorted(path.stem for path in CRDS.glob("*.yaml"))
    found = api.kubectl(
        "get", "crd", *(f"{name}.tradingstack.io" for name in names), "--output=json"
    )
    conditions = {
        (condition["type"], condition["status"])
        for item in json.loads(found.stdout)["items"]
        for condition in item["status"]["conditions"]
    }
    assert conditions == {("NamesAccepted", "True"), ("Established", "True")}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_accepted(api, path):
    # in a namespace that no other test uses
    text = path.read_text().replace("trading-", "sampled-")
    policy, namespace, sample = yaml.safe_load_all(text)
    answers = [apply(api, policy), apply(api, namespace), apply(api, sample, "--dry-run=server")]
    assert [answer.stderr for answer in answers if answer.returncode] == []


@pytest.mark.parametrize(
    "spec",
    [
        {"database": {"password": "hunter2"}},
        {"simulation": {"enabled": "true"}},
        {"simulation": {"enabled": 1}},
        {"riskApi": {"replicas": "3"}},
        {"riskApi": {"replicas": -1}},
        {"riskApi": {"replicas": 2147483647}},
        {"environment": "Production"},
        {"environment": "production "},
        {"database": {"storage": {"size": "1e3Ei"}}},
        {"database": {"storage": {"size": "-1Gi"}}},
        {"database": {"backup": {"schedule": "@every 1s"}}},
        {"database": {"backup": {"schedule": "* * * * * *"}}},
        {"database": {"external": {"host": "u:p@db", "port": 1, "database": "a"}}},
        {"riskApi": {"image": "registry.example/app@sha256:zz"}},
        {"riskApi": {"env": [{"name": "db-password", "value": "x"}]}},
        {"riskApi": {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "x"}}}]}},
        {"safety": {"circuitBreakers": [{"name": "maxDrawdownPct", "threshold": 0}]}},
        {"safety": {"circuitBreakers": [{"name": "maxDrawdownPct", "threshold": "4"}]}},
        {"insecureFlags": ["AllowEverything"]},
        {"ingestors": [{"name": "a", "image": "registry.example/a"}] * 2},
        {"ingestors": [{"name": f"a{n}", "image": "registry.example/a"} for n in range(33)]},
        {
            "observability": {
                "alerting": {
                    "receivers": [
                        {
                            "name": "a",
                            "severity": "critical",
                            "webhookRemoteKey": "https://hooks.example/T/B/x",
                        }
                    ]
                }
            }
        },
    ],
    ids=lambda spec: json.dumps(spec)[:60],
)
def test_a_field_that_is_unknown_or_mistyped_is_refused(api, spec):
    assert apply(api, stack(**spec), "--dry-run=server").returncode != 0


def test_what_the_server_stores_is_read_back_unchanged(alpha):
    written = TradingStack.model_validate(stack())
    assert TradingStack.model_validate(live(alpha)).spec == written.spec


def test_a_status_is_written_through_its_subresource_only(alpha):
    status = {"status": {"observedGeneration": 1}}
    patch = ("patch", *ALPHA, "--type=merge", f"--patch={json.dumps(status)}")
    alpha.kubectl(*patch)
    ignored = live(alpha).get("status")
    alpha.kubectl(*patch, "--subresource=status")
    assert (ignored, live(alpha)["status"]) == (None, status["status"])


def test_a_status_without_a_reason_is_refused(alpha):
    status = {
        "conditions": [
            {
                "type": "Ready",
                "status": "True",
                "message": "",
                "lastTransitionTime": "2026-08-01T10:00:00Z",
            }
        ]
    }
    answer = alpha.kubectl(
        "patch",
        *ALPHA,
        "--type=merge",
        "--subresource=status",
        f"--patch={json.dumps({'status': status})}",
        check=False,
    )
    assert "status.conditions[0].reason: Required value" in answer.stderr


def test_scaling_a_stack_changes_the_replicas_of_its_risk_api(alpha):
    alpha.kubectl("scale", *ALPHA, "--replicas=7")
    assert live(alpha)["spec"]["riskApi"]["replicas"] == 7


def test_the_scale_shows_what_the_status_says(alpha):
    status = {"riskApi": {"replicas": 3, "selector": "app=risk-api"}}
    alpha.kubectl(
        "patch",
        *ALPHA,
        "--type=merge",
        "--subresource=status",
        f"--patch={json.dumps({'status': status})}",
    )
    path = f"/apis/tradingstack.io/v1alpha1/namespaces/{NAMESPACE}/tradingstacks/alpha/scale"
    scale = json.loads(alpha.kubectl("get", "--raw", path).stdout)
    assert scale["status"] == {"replicas": 3, "selector": "app=risk-api"}


def test_a_list_of_the_policy_has_one_owner(api):
    apply(api, merged(POLICY, {}))
    intrusion = merged(POLICY, {"spec": {"approvedCIDRs": ["192.0.2.0/24"]}})
    answer = apply(api, intrusion, "--field-manager=intruder")
    assert 'conflict with "kubectl": .spec.approvedCIDRs' in answer.stderr


def test_the_list_of_stacks_shows_their_environment(alpha):
    shown = alpha.kubectl("get", RESOURCE, "--namespace", NAMESPACE).stdout.split()
    columns = ["NAME", "ENV", "READY", "TRADING", "DB", "BACKUP-AGE", "DRILL-AGE", "AGE"]
    assert shown[:8] == columns


def test_a_field_explains_itself(api):
    explained = api.kubectl("explain", "tradingstacks.spec.paused").stdout
    assert "halts, the watchdog and status go on" in " ".join(explained.split())
