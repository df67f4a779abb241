"""What the simulated CloudNativePG does for a database cluster."""

import json

import pytest

pytestmark = pytest.mark.apiserver

WITHIN = "--timeout=30s"
CLUSTER = "clusters.postgresql.cnpg.io/db"


@pytest.fixture
def database(full, namespace):
    """Make a database cluster and wait until it is healthy."""
    manifest = {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Cluster",
        "metadata": {"name": "db"},
        "spec": {"instances": 3, "imageName": "example/postgresql:17", "storage": {"size": "1Gi"}},
    }
    full.kubectl("apply", "-n", namespace, "-f", "-", input=json.dumps(manifest))
    wait = wait_in(full, namespace)
    wait("jsonpath={.status.readyInstances}=3")
    return wait


def wait_in(cluster, namespace):
    def wait(condition):
        cluster.kubectl("wait", f"--for={condition}", WITHIN, "-n", namespace, CLUSTER)

    return wait


def hibernate(cluster, namespace, switch):
    annotation = f"cnpg.io/hibernation={switch}"
    cluster.kubectl("annotate", "--overwrite", "-n", namespace, CLUSTER, annotation)


def test_a_database_follows_its_image(full, namespace, database):
    patch = json.dumps({"spec": {"imageName": "example/postgresql:18"}})
    full.kubectl("patch", "-n", namespace, CLUSTER, "--type=merge", "-p", patch)
    database("jsonpath={.status.image}=example/postgresql:18")


def test_a_hibernated_database_has_no_instances(full, namespace, database):
    hibernate(full, namespace, "on")
    database("condition=cnpg.io/hibernation")
    database("jsonpath={.status.readyInstances}=0")


def test_a_database_that_is_woken_is_healthy_again(full, namespace, database):
    hibernate(full, namespace, "on")
    database("condition=cnpg.io/hibernation")
    hibernate(full, namespace, "off")
    database("condition=Ready")
    database("jsonpath={.status.readyInstances}=3")
