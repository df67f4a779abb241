"""The rules of pods: what the operator renders, what is older than a rule, and exact paths."""

import copy

import pytest

from tests.golden.cases import CASES, platform_policy, stack
from tests.support.stacks import policy
from tests.support.vectors import base, plural
from tradingstack_operator.api.names import FIELD_MANAGER
from tradingstack_operator.rules.judge import judge
from tradingstack_operator.rules.request import OPERATE, Request

PRODUCTION = {"tradingstack.io/environment": "production"}
RENDERED = [(name, manifest) for name, manifests in CASES for manifest in manifests]


def request(manifest, old=None, **more):
    """Write the request of somebody without rights in a production namespace."""
    fields = {
        "operation": "UPDATE" if old else "CREATE",
        "group": manifest["apiVersion"].rpartition("/")[0],
        "resource": plural(manifest["kind"]),
        "kind": manifest["kind"],
        "name": manifest["metadata"]["name"],
        "namespace": manifest["metadata"].get("namespace", "trading-prod"),
        "object": manifest,
        "old": old,
        "user": "alice",
        "namespace_labels": PRODUCTION,
        "policy": platform_policy(),
    }
    return Request(**(fields | more))


def broken(request):
    return {(violation.rule, violation.field) for violation in judge(request)}


@pytest.mark.parametrize(
    ("case", "manifest"),
    RENDERED,
    ids=[f"{name} {item['kind']} {item['metadata']['name']}" for name, item in RENDERED],
)
def test_what_the_operator_renders_keeps_every_rule(case, manifest):
    owner = stack(case)
    labels = {
        "tradingstack.io/environment": owner.spec.environment,
        "tradingstack.io/stack": owner.metadata.name,
    }
    found = judge(
        request(
            manifest,
            user=platform_policy().spec.operator_service_account,
            rights=frozenset({OPERATE}),
            field_manager=FIELD_MANAGER,
            namespace_labels=labels,
        )
    )
    assert [str(violation) for violation in found] == []


def an_old_deployment():
    """Give a Deployment that breaks many rules, as if it were older than they are."""
    old = copy.deepcopy(base("deployment"))
    template = old["spec"]["template"]
    template["metadata"]["annotations"] = {"k8s.v1.cni.cncf.io/networks": "host"}
    template["spec"] = {
        "hostNetwork": True,
        "containers": [{"name": "app", "image": "docker.io/app", "args": ["--password=x"]}],
    }
    return old


def test_an_object_older_than_the_rules_can_be_scaled_labelled_and_freed():
    old = an_old_deployment()
    new = copy.deepcopy(old)
    new["spec"]["replicas"] = 3
    new["metadata"] |= {"labels": {"shift": "night"}, "finalizers": []}
    assert broken(request(new, old)) == set()


def test_an_object_older_than_the_rules_is_judged_when_its_pods_change():
    old = an_old_deployment()
    new = copy.deepcopy(old)
    new["spec"]["template"]["spec"]["priority"] = 1
    rules = {rule for rule, _ in broken(request(new, old))}
    assert {"INV-08d", "INV-10b", "INV-10c", "INV-10h", "INV-10j", "INV-12b"} <= rules
    assert "INV-37" not in rules  # its annotations stay as they are


def test_a_violation_names_the_place_in_the_template():
    cron_job = copy.deepcopy(base("cronjob"))
    container = cron_job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [{"name": "A", "value": "a"}, {"name": "PASSWORD", "value": "b"}]
    path = "spec.jobTemplate.spec.template.spec.containers[0].env[1].name"
    assert broken(request(cron_job)) == {("INV-08b", path)}


def test_a_violation_does_not_repeat_the_credential():
    pod = copy.deepcopy(base("pod"))
    pod["spec"]["containers"][0] |= {
        "args": ["--password=hunter2"],
        "env": [{"name": "PASSWORD", "value": "hunter2"}],
    }
    pod["metadata"]["annotations"] = {"example.com/note": "https://u:hunter2@h"}
    found = judge(request(pod))
    assert {"INV-08b", "INV-08d", "INV-37"} == {violation.rule for violation in found}
    assert "hunter2" not in str(found)


def test_a_bare_pod_breaks_what_it_leaves_out():
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "bare"},
        "spec": {"containers": [{"name": "app"}]},
    }
    assert broken(request(pod)) == {
        ("INV-10b", "spec.containers[0].securityContext.runAsNonRoot"),
        ("INV-10d", "spec.containers[0].securityContext.allowPrivilegeEscalation"),
        ("INV-10d", "spec.containers[0].securityContext.capabilities.drop"),
        ("INV-10d", "spec.containers[0].securityContext.readOnlyRootFilesystem"),
        ("INV-10e", "spec.containers[0].securityContext.seccompProfile.type"),
        ("INV-10h", "spec.automountServiceAccountToken"),
        ("INV-10j", "spec.containers[0].resources.limits.memory"),
        ("INV-11", "spec.containers[0].image"),
        ("INV-12b", "spec.containers[0].image"),
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("http://[2001:db8::1]:3128", set()),
        (
            "http://2001:db8::1:3128",
            {("INV-18c", "spec.containers[0].env[0].value")},
        ),
    ],
)
def test_the_approved_proxy_may_have_an_address_with_colons(value, expected):
    allowed = policy(spec={"egress": {"proxy": {"host": "2001:db8::1"}}})
    pod = copy.deepcopy(base("pod"))
    pod["spec"]["containers"][0]["env"] = [{"name": "HTTPS_PROXY", "value": value}]
    assert broken(request(pod, policy=allowed)) == expected
