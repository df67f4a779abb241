"""What the API server of the tests cannot be asked: fields of newer versions of others' kinds."""

from tests.support.vectors import base, platform_policy
from tradingstack_operator.rules.judge import judge
from tradingstack_operator.rules.request import Request

LABELS = {"tradingstack.io/environment": "production", "tradingstack.io/stack": "alpha"}


def external_secret(**target):
    """Create an ExternalSecret that keeps every rule, with another target."""
    manifest = base("external-secret")
    spec = manifest["spec"]
    return Request(
        operation="CREATE",
        group="external-secrets.io",
        resource="externalsecrets",
        kind="ExternalSecret",
        name="database",
        namespace="trading-prod",
        object=manifest | {"spec": spec | {"target": spec["target"] | target}},
        user="alice",
        namespace_labels=LABELS,
        policy=platform_policy(),
    )


def test_an_external_secret_fills_no_other_kind():
    request = external_secret(manifest={"apiVersion": "v1", "kind": "ConfigMap"})
    assert ["spec.target.manifest"] == [found.field for found in judge(request)]
