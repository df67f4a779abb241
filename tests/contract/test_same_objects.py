"""The fake stores what the real server stores, defaults and managedFields included."""

import json

import pytest

from tests.contract import kinds as made
from tests.contract.client import Answer
from tests.contract.kinds import WIDGET
from tradingstack_operator.model import kinds
from tradingstack_operator.model.kinds import Kind

pytestmark = pytest.mark.apiserver

MASKED = ("uid", "creationTimestamp", "resourceVersion", "namespace", "deletionTimestamp")

RICH_POD = made.a_pod_template(
    ports=[{"name": "http", "containerPort": 80}],
    env=[
        {"name": "PLAIN", "value": "x"},
        {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "SECRET", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
    ],
    readinessProbe={"httpGet": {"path": "/ready", "port": "http"}},
    livenessProbe={"tcpSocket": {"port": 80}, "periodSeconds": 5},
    resources={"requests": {"cpu": "100m", "memory": "1Gi"}},
    securityContext={"capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True},
    volumeMounts=[{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 - inside a container
)
RICH_POD["spec"] |= {
    "serviceAccountName": "one",
    "volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "c", "configMap": {"name": "c"}}],
    "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
    "topologySpreadConstraints": [
        {
            "maxSkew": 1,
            "topologyKey": "zone",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"app": "one"}},
        }
    ],
}
CLAIM = {
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}

OBJECTS: list[tuple[Kind, dict]] = [
    (kinds.CONFIG_MAP, made.a_config_map()),
    (kinds.CONFIG_MAP, {"metadata": {"name": "one", "labels": {}, "annotations": {"a": "b"}}}),
    (kinds.SERVICE_ACCOUNT, made.a_service_account()),
    (kinds.SERVICE, made.a_service("one", 80, 443)),
    (kinds.SERVICE, {"metadata": {"name": "one"}, "spec": {"clusterIP": "None", "ports": []}}),
    (kinds.DEPLOYMENT, made.a_deployment()),
    (kinds.DEPLOYMENT, made.a_deployment(template=RICH_POD, replicas=2)),
    (kinds.DEPLOYMENT, made.a_deployment(strategy={"type": "Recreate"})),
    (kinds.STATEFUL_SET, made.a_stateful_set()),
    (kinds.STATEFUL_SET, made.a_stateful_set(template=RICH_POD, volumeClaimTemplates=[CLAIM])),
    (kinds.STATEFUL_SET, made.a_stateful_set(updateStrategy={"type": "OnDelete"})),
    (kinds.JOB, made.a_job()),
    (kinds.JOB, made.a_job(template=RICH_POD, backoffLimit=2)),
    (kinds.CRON_JOB, made.a_cron_job()),
    (kinds.CRON_JOB, made.a_cron_job(template=RICH_POD, concurrencyPolicy="Forbid")),
    (kinds.VOLUME_CLAIM, made.a_volume_claim()),
    (kinds.NETWORK_POLICY, made.a_network_policy()),
    (kinds.NETWORK_POLICY, {"metadata": {"name": "one"}, "spec": {"podSelector": {}}}),
    (kinds.DISRUPTION_BUDGET, made.a_disruption_budget()),
    (kinds.AUTOSCALER, made.an_autoscaler()),
    (kinds.EXTERNAL_SECRET, made.an_external_secret()),
    (kinds.LEASE, made.a_lease()),
    (WIDGET, made.a_widget(parts=[{"name": "a", "weight": 1}], colours=["red"], origin={})),
    (WIDGET, made.a_widget(sequence=["a"], settings={"a": "b"}, origin={"city": "x"})),
]


def masked(answer: Answer) -> tuple[int, dict]:
    """Leave out what differs from one server to the next."""
    if isinstance(answer.body, str):
        return answer.status, {"text": answer.body}
    body = {**answer.body, "metadata": dict(answer.body.get("metadata", {}))}
    if "uid" in body["metadata"]:
        # a Job's pods carry it too
        body = json.loads(json.dumps(body).replace(body["metadata"]["uid"], "the uid"))
    for field in MASKED:
        if field in body["metadata"]:
            body["metadata"][field] = "masked"
    entries = [entry | {"time": "masked"} for entry in body["metadata"].get("managedFields", ())]
    if entries:
        # they are in the order of their times, which are full seconds
        body["metadata"]["managedFields"] = sorted(
            entries, key=lambda entry: json.dumps(entry, sort_keys=True)
        )
    for field in ("clusterIP", "clusterIPs"):
        if body.get("kind") == "Service" and "None" not in body["spec"][field]:
            body["spec"][field] = "masked"
    return answer.status, body


@pytest.mark.parametrize(("kind", "body"), OBJECTS)
async def test_applied_objects_are_the_same(kind, body, fake_client, real_client):
    await fake_client.apply(kind, body)
    await real_client.apply(kind, body)
    fake = await fake_client.get(kind, body["metadata"]["name"])
    real = await real_client.get(kind, body["metadata"]["name"])
    assert masked(real) == masked(fake)


@pytest.mark.parametrize(("kind", "body"), OBJECTS)
async def test_created_objects_are_the_same(kind, body, fake_client, real_client):
    fake = await fake_client.create(kind, body, fieldManager="alice")
    real = await real_client.create(kind, body, fieldManager="alice")
    for answer in (fake, real):
        # which parents are named depends on Go's pointers, and nobody looks at that
        answer.metadata.pop("managedFields", None)
    assert masked(real) == masked(fake)
