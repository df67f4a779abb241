"""The webhook behind a real API server, with the chart's configuration and permissions."""

import base64
import json
from pathlib import Path

import pytest
import pytest_asyncio
import yaml

from tests.charts.helm import NAMESPACE, OPERATOR, rendered
from tests.support import stacks
from tests.webhook.authority import Authority, Mount
from tests.webhook.running import started
from tools.devcluster import cluster as devcluster

pytestmark = [pytest.mark.apiserver, pytest.mark.asyncio(loop_scope="module")]

ROOT = Path(__file__).parents[2]
NAME = "tradingstack-operator-webhook"
FINALIZER = "example.com/held"
CONFIGURATION = "ValidatingWebhookConfiguration"


class Desk:
    """Whoever uses the cluster, with kubectl."""

    def __init__(self, cluster):
        self.cluster = cluster

    def apply(self, *manifests, check=True):
        text = yaml.safe_dump_all(manifests)
        return self.cluster.kubectl("apply", "--server-side", "-f-", input=text, check=check)

    def refused(self, *manifests):
        """Apply what must be refused, and give what kubectl says."""
        answer = self.apply(*manifests, check=False)
        assert answer.returncode == 1, answer.stdout
        return answer.stderr

    def delete(self, *what):
        self.cluster.kubectl("delete", *what, "-n", stacks.NAMESPACE, "--timeout=30s")

    def get(self, *what):
        answer = self.cluster.kubectl("get", *what, "-n", stacks.NAMESPACE, "-o", "json")
        return json.loads(answer.stdout)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Start a control plane with our kinds and without admission policies."""
    with pytest.MonkeyPatch.context() as patch:
        home = str(tmp_path_factory.mktemp("devcluster"))
        patch.setenv("TRADINGSTACK_DEVCLUSTER_HOME", home)
        try:
            cluster = devcluster.up("webhook", node=False, progress=lambda _: None)
            cluster.kubectl("apply", "--server-side", "-f", str(ROOT / "crds"))
            cluster.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
            desk = Desk(cluster)
            desk.apply(*surroundings())
            yield desk
        finally:
            devcluster.down("webhook", progress=lambda _: None)


def surroundings():
    yield namespace(NAMESPACE, {})
    yield namespace(stacks.NAMESPACE, stacks.NAMESPACE_LABELS)
    yield stacks.POLICY
    yield from (
        body for body in chart() if body["kind"].startswith(("ServiceAccount", "ClusterRole"))
    )


def namespace(name, labels):
    metadata = {"name": name, "labels": labels}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def chart():
    given = {"secretName": "tls", "caBundle": "Y2E="}
    found = rendered(OPERATOR, webhook__enabled=True, webhook__certificate=given)
    return [body for body in found if body["metadata"]["name"] == NAME]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def webhook(desk, tmp_path_factory):
    """Run the webhook with its account's permissions, and have the API server ask it."""
    authority = Authority()
    mount = Mount(tmp_path_factory.mktemp("webhook") / "certificates")
    mount.write(*authority.issue())
    account = desk.cluster.service_account_directory(NAMESPACE, NAME)
    async with started(desk.cluster.server, account, mount.directory) as running:
        await running.ready()
        (configuration,) = [body for body in chart() if body["kind"] == CONFIGURATION]
        bundle = base64.b64encode(authority.bundle).decode()
        for hook in configuration["webhooks"]:
            hook["clientConfig"] = {"url": running.url, "caBundle": bundle}
        desk.apply(configuration)
        await until_asked(desk, running)
        yield running


async def until_asked(desk, webhook):
    """Write until the API server has heard of the configuration."""
    while await reviews(webhook) == 0:
        desk.cluster.kubectl("create", "--dry-run=server", "-f-", input=text_of(a_stack()))


async def reviews(webhook):
    _, text = await webhook.get("/metrics")
    lines = [line for line in text.splitlines() if line.startswith("tradingstack_webhook_reviews_")]
    return sum(float(line.split()[-1]) for line in lines if "_total" in line)


def text_of(manifest):
    return yaml.safe_dump(manifest)


def a_stack(name="alpha", **metadata):
    manifest = stacks.manifest()
    manifest["metadata"] = {"name": name, "namespace": stacks.NAMESPACE, **metadata}
    return manifest


def a_halt():
    return {
        "apiVersion": "tradingstack.io/v1alpha1",
        "kind": "TradingHalt",
        "metadata": {"name": "stop", "namespace": stacks.NAMESPACE},
        "spec": {"stack": "alpha", "reason": "runaway orders", "requestedBy": "admin"},
    }


OWNER = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": "1234"}


@pytest.mark.usefixtures("webhook")
async def test_a_bad_stack_is_refused_with_every_rule_it_breaks(desk):
    manifest = a_stack(ownerReferences=[OWNER])
    manifest["spec"]["cache"]["image"] = f"elsewhere.example/redis:7{stacks.DIGEST}"
    said = desk.refused(manifest)
    assert 'admission webhook "rules.tradingstack.io" denied the request: ' in said
    assert "INV-25a metadata.ownerReferences: nobody owns a stack; " in said
    assert "spec.cache.image: " in said
    assert "elsewhere.example" not in said


async def test_a_good_stack_is_created_and_its_deletion_reaches_nobody(desk, webhook):
    desk.apply(a_stack())
    before = await reviews(webhook)
    desk.delete("tradingstack", "alpha")
    assert await reviews(webhook) == before


async def test_a_status_reaches_nobody(desk, webhook):
    desk.apply(a_stack())
    before = await reviews(webhook)
    patch = json.dumps({"status": {"observedGeneration": 1}})
    what = ("tradingstack", "alpha", "-n", stacks.NAMESPACE, "--subresource=status")
    desk.cluster.kubectl("patch", *what, "--type=merge", "-p", patch)
    assert await reviews(webhook) == before
    desk.delete("tradingstack", "alpha")


@pytest.mark.usefixtures("webhook")
async def test_a_policy_and_a_halt_are_accepted(desk):
    desk.apply(stacks.POLICY, a_halt())
    desk.delete("tradinghalt", "stop")


async def test_without_it_writes_of_our_kinds_fail_and_all_else_passes(desk, webhook):
    """The last test of the module: it stops the webhook."""
    desk.apply(a_stack(finalizers=[FINALIZER]))
    assert await webhook.stop() == 0
    assert 'failed calling webhook "rules.tradingstack.io"' in desk.refused(
        a_stack(labels={"a": "b"})
    )
    # trading can be halted
    desk.apply(a_halt())
    # other objects are nobody's business
    desk.apply(namespace("unrelated", {}))
    # a deletion is not hindered, and neither is the finalizer that holds it
    desk.delete("tradinghalt", "stop")
    desk.delete("tradingstack", "alpha", "--wait=false")
    remove = json.dumps({"metadata": {"finalizers": None}})
    what = ("tradingstack", "alpha", "-n", stacks.NAMESPACE)
    desk.cluster.kubectl("patch", *what, "--type=merge", "-p", remove)
    assert desk.get("tradingstacks")["items"] == []
    desk.delete("platformpolicy", "default")
