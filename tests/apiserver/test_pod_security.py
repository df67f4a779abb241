"""Kubernetes' own examples of good and bad pods: our policies refuse more of them, never less."""

import copy
import re

import pytest
import yaml

from tests.apiserver.conftest import ROOT
from tests.apiserver.sender import DRY
from tests.support.vectors import base, namespaces, platform_policy
from tools.devcluster import upstream
from tradingstack_operator.rules.judge import judge
from tradingstack_operator.rules.request import Request

pytestmark = pytest.mark.apiserver
MODULE = "k8s.io/pod-security-admission"
NAMESPACE = "trading-prod"
TEMPLATES = f"/api/v1/namespaces/{NAMESPACE}/podtemplates"
HARDENING = {f"INV-10{letter}" for letter in "bcdefg"} | {"INV-37"}
"""The rules that say what the standard says; AppArmor was once chosen by annotations."""
IMAGE = base("pod")["spec"]["containers"][0]["image"]
ON_WINDOWS = "base_windows"
"""Pods that no stack has: their containers drop no capabilities, for they have none."""


def corpus(verdict):
    """Read the newest examples of the restricted standard that the cluster's version comes with."""
    newest = max(_module().glob("test/testdata/restricted/v*"), key=_version)
    pods = [yaml.safe_load(path.read_text()) for path in sorted((newest / verdict).glob("*.yaml"))]
    return {pod["metadata"]["name"]: fitted(pod) for pod in pods}


def _module():
    pins = (ROOT / "tools/devcluster/kube/go.mod").read_text()
    version = re.search(rf"=> {MODULE} (v\S+)", pins)[1]
    return upstream.module_directory(f"{MODULE}@{version}", print)


def _version(folder):
    return [int(part) for part in folder.name.removeprefix("v").split(".")]


def fitted(example):
    """Meet all that we ask beyond the standard, so that nothing else decides."""
    pod = copy.deepcopy(example)
    spec = pod["spec"]
    spec["automountServiceAccountToken"] = False
    for container in spec["containers"] + spec["initContainers"]:
        container["image"] = IMAGE
        container["resources"] = {"limits": {"memory": "64Mi"}}
        security = container.setdefault("securityContext", {})
        security["readOnlyRootFilesystem"] = True
        if security.get("procMount") == "Unmasked":
            spec["hostUsers"] = False  # or Kubernetes refuses it by itself
    return pod


def without_what_we_never_allow(pod):
    """Take out what the standard lets pass and we do not: any word on SELinux and sysctls."""
    pod = copy.deepcopy(pod)
    spec = pod["spec"]
    for holder in (spec, *spec["containers"], *spec["initContainers"]):
        for setting in ("seLinuxOptions", "sysctls"):
            holder["securityContext"].pop(setting, None)
    return pod


def in_a_template(pod):
    """Wrap a pod, so that Pod Security, which refuses pods only, does not decide."""
    template = {
        "metadata": {"annotations": pod["metadata"].get("annotations", {})},
        "spec": pod["spec"],
    }
    name = pod["metadata"]["name"].replace("_", "-")
    return base("podtemplate") | {"metadata": {"name": name}, "template": template}


def rules_against(pod):
    """Judge a pod by our rules in Python alone."""
    found = judge(
        Request(
            operation="CREATE",
            group="",
            resource="pods",
            kind="Pod",
            name=pod["metadata"]["name"],
            namespace=NAMESPACE,
            object=pod,
            user="alice",
            namespace_labels=namespaces()[NAMESPACE],
            policy=platform_policy(),
        )
    )
    return {violation.rule for violation in found}


@pytest.fixture(scope="module")
def bad():
    pods = corpus("fail")
    assert len(pods) >= 76
    return pods


@pytest.fixture(scope="module")
def good():
    pods = corpus("pass")
    assert len(pods) >= 23
    del pods[ON_WINDOWS]
    return {name: without_what_we_never_allow(pod) for name, pod in pods.items()}


@pytest.fixture(scope="module")
def create(server):
    """Try to create a pod's template."""

    def send(pod):
        return server.send("POST", TEMPLATES, "alice", in_a_template(pod), DRY)

    return send


def test_our_rules_alone_refuse_every_bad_pod(bad):
    accepted = {name for name, pod in bad.items() if not rules_against(pod) & HARDENING}
    assert accepted == set()


def test_our_rules_accept_every_good_pod(good):
    refused = {name: rules_against(pod) for name, pod in good.items()}
    assert {name: rules for name, rules in refused.items() if rules} == {}


def test_the_api_server_refuses_every_bad_pod_in_a_template(bad, create):
    answers = {name: create(pod).message for name, pod in bad.items()}
    others = {
        name: message
        for name, message in answers.items()
        if not any(f"{rule} " in message for rule in HARDENING)
    }
    assert others == {}


def test_the_api_server_accepts_every_good_pod_in_a_template(good, create):
    answers = {name: create(pod) for name, pod in good.items()}
    assert {name: a.message for name, a in answers.items() if not a.accepted} == {}
