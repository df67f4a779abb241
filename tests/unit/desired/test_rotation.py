"""Versions newer than the stack mark who fetches and who mounts them, and nothing else."""

from datetime import UTC, datetime

from tests.unit.desired.factory import a_risk_api, a_stack, an_ingestor, facts
from tradingstack_operator.api.names import ANNOTATION_FORCE_SYNC, ANNOTATION_ROTATION
from tradingstack_operator.api.stack_operation import StackOperation
from tradingstack_operator.desired.build import build
from tradingstack_operator.desired.rotation import follow_rotation
from tradingstack_operator.model.rotation import SecretVersion

STACK = a_stack(ingestors=[an_ingestor()], riskApi=a_risk_api())
NEW = SecretVersion(4, datetime(2026, 8, 1, 10, tzinfo=UTC))
STAMP = "4@2026-08-01T10:00:00Z"


def rendered(*entries, **fields):
    versions = dict.fromkeys(entries, NEW)
    return build(STACK, facts(credential_versions=versions, **fields))


def requests(manifests):
    """Name what each ExternalSecret is asked for."""
    return {
        item["metadata"]["name"]: item["metadata"]["annotations"][ANNOTATION_FORCE_SYNC]
        for item in manifests
        if ANNOTATION_FORCE_SYNC in item["metadata"].get("annotations", {})
    }


def restarted(manifests):
    """Name the workloads that are marked, Jobs without the hash they end in."""
    return {
        item["metadata"]["name"][:-11] if item["kind"] == "Job" else item["metadata"]["name"]
        for item in manifests
        if ANNOTATION_ROTATION
        in item.get("spec", {}).get("template", {}).get("metadata", {}).get("annotations", {})
    }


def rotation(**status):
    return StackOperation.model_validate(
        {
            "apiVersion": "tradingstack.io/v1alpha1",
            "kind": "StackOperation",
            "metadata": {
                "name": "rotate",
                "namespace": "trading",
                "uid": "0a1b2c3d-0000-4000-8000-000000000001",
                "creationTimestamp": "2026-08-01T10:00:00Z",
            },
            "spec": {"stack": "alpha", "type": "RotateCredentials"},
            "status": status,
        }
    )


def test_nothing_is_marked_while_no_value_is_newer_than_the_stack():
    assert build(STACK, facts()) == rendered()


def test_every_external_secret_that_reads_the_entry_is_asked_for_it():
    asked = requests(rendered("cache-ingestor"))
    assert asked == dict.fromkeys(("alpha-cache", "alpha-ingestor"), f"cache-ingestor={STAMP}")


def test_the_server_and_the_client_that_mount_the_credential_start_anew():
    assert restarted(rendered("cache-ingestor")) == {"alpha-cache", "alpha-ingestor-kraken"}


def cache_template(number):
    versions = {"cache-ingestor": NEW._replace(number=number)}
    (cache,) = (
        item
        for item in build(STACK, facts(credential_versions=versions))
        if (item["kind"], item["metadata"]["name"]) == ("StatefulSet", "alpha-cache")
    )
    return cache["spec"]["template"]


def test_another_version_is_another_mark():
    assert cache_template(4) != cache_template(5)


def test_an_entry_that_nobody_reads_marks_nothing():
    assert rendered("unheard-of") == build(STACK, facts())


def test_a_job_that_mounts_the_credential_is_another_job():
    before = {item["metadata"]["name"] for item in build(STACK, facts()) if item["kind"] == "Job"}
    after = {item["metadata"]["name"] for item in rendered("bus-streams") if item["kind"] == "Job"}
    assert {name[:-11] for name in after - before} == {"alpha-streams"}


def test_a_rotation_that_somebody_asks_for_concerns_every_credential():
    manifests = rendered(operations=(rotation(phase="Running"),))
    secrets = {it["metadata"]["name"] for it in manifests if it["kind"] == "ExternalSecret"}
    asked = "operation-0a1b2c3d=1@2026-08-01T10:00:00Z"
    assert requests(manifests) == dict.fromkeys(secrets, asked)


def test_a_rotation_that_has_not_begun_concerns_none():
    assert requests(rendered(operations=(rotation(phase="Pending"),))) == {}


def test_a_rotation_that_is_over_is_not_taken_back():
    done = rotation(phase="Succeeded", completedAt="2026-08-01T10:05:00Z")
    running = rendered(operations=(rotation(phase="Running"),))
    assert requests(rendered(operations=(done,))) == requests(running)


def test_a_secret_that_is_mounted_as_a_volume_of_its_own_counts_too():
    head = {"labels": {}, "name": "x"}
    remote = {"remoteRef": {"key": "staging/trading/alpha/tls"}}
    secret = {
        "kind": "ExternalSecret",
        "metadata": head,
        "spec": {"data": [remote], "target": {"name": "x"}},
    }
    pod = {"volumes": [{"name": "tls", "secret": {"secretName": "x"}}]}
    workload = {
        "kind": "Deployment",
        "metadata": head,
        "spec": {"template": {"metadata": {}, "spec": pod}},
    }
    surroundings = facts(credential_versions={"tls": NEW})
    assert restarted(follow_rotation(STACK, surroundings, [secret, workload])) == {"x"}
