"""What the simulated node, volumes and secrets do for a workload."""

import json

import pytest

pytestmark = pytest.mark.apiserver

WITHIN = "--timeout=30s"


def a_stateful_set(name="db"):
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name},
        "spec": {
            "replicas": 1,
            "serviceName": name,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": name, "image": "example/db:1"}]},
            },
            "volumeClaimTemplates": [
                {
                    "metadata": {"name": "data"},
                    "spec": {
                        "accessModes": ["ReadWriteOnce"],
                        "resources": {"requests": {"storage": "10Gi"}},
                    },
                }
            ],
        },
    }


def an_external_secret(**target):
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": "db"},
        "spec": {
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": "vault"},
            "target": target,
            "data": [{"secretKey": "password", "remoteRef": {"key": "db"}}],
        },
    }


def apply(cluster, namespace, manifest):
    cluster.kubectl("apply", "-n", namespace, "-f", "-", input=json.dumps(manifest))


def wait_for(cluster, namespace, kind, path, value):
    condition = f"--for=jsonpath={{{path}}}={value}"
    cluster.kubectl("wait", condition, WITHIN, "-n", namespace, kind)


def test_stateful_set_with_a_volume_becomes_ready(full, namespace):
    apply(full, namespace, a_stateful_set())
    wait_for(full, namespace, "statefulset/db", ".status.readyReplicas", 1)


def test_bound_claim_has_the_size_it_asked_for(full, namespace):
    apply(full, namespace, a_stateful_set())
    wait_for(full, namespace, "pvc/data-db-0", ".status.capacity.storage", "10Gi")


def test_claim_can_grow(full, namespace):
    apply(full, namespace, a_stateful_set())
    wait_for(full, namespace, "pvc/data-db-0", ".status.phase", "Bound")
    larger = '{"spec":{"resources":{"requests":{"storage":"20Gi"}}}}'
    full.kubectl("patch", "-n", namespace, "pvc/data-db-0", "-p", larger)
    wait_for(full, namespace, "pvc/data-db-0", ".status.capacity.storage", "20Gi")


def test_volume_goes_with_its_claim(full, namespace):
    apply(full, namespace, a_stateful_set())
    wait_for(full, namespace, "pvc/data-db-0", ".status.phase", "Bound")
    volume = full.kubectl(
        "get", "-n", namespace, "pvc/data-db-0", "-o", "jsonpath={.spec.volumeName}"
    ).stdout
    full.kubectl("delete", "-n", namespace, "statefulset/db", "pvc/data-db-0", WITHIN)
    full.kubectl("wait", "--for=delete", WITHIN, f"pv/{volume}")


def test_external_secret_becomes_ready(full, namespace):
    apply(full, namespace, an_external_secret())
    full.kubectl("wait", "--for=condition=Ready", WITHIN, "-n", namespace, "externalsecret/db")


def test_external_secret_is_bound_to_its_target(full, namespace):
    apply(full, namespace, an_external_secret(name="db-credentials"))
    wait_for(full, namespace, "externalsecret/db", ".status.binding.name", "db-credentials")


def test_external_secret_is_synchronised_again_on_demand(full, namespace):
    apply(full, namespace, an_external_secret())
    full.kubectl("wait", "--for=condition=Ready", WITHIN, "-n", namespace, "externalsecret/db")
    full.kubectl("annotate", "-n", namespace, "externalsecret/db", "force-sync=now")
    wait_for(full, namespace, "externalsecret/db", ".status.syncedResourceVersion", "1-now")
