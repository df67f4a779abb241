"""The operator on a real API server, with exactly the permissions that its chart grants."""

import json
import time

import pytest

from tests.apiserver.conftest import IMAGES
from tests.apiserver.desk import Desk, confirm
from tests.support.kstatus import broken_laws
from tools.demo.operator_process import NAMESPACE, USER, running
from tools.devcluster import audit
from tradingstack_operator.api.names import ANNOTATION_CONFIRM_DELETE
from tradingstack_operator.model.permissions import PERMISSIONS

pytestmark = pytest.mark.apiserver


@pytest.fixture
def desk(charts, wait, request):
    """Give the test a production stack in a namespace named after it; delete it at the end.

    It does not scale itself: an autoscaler's first step comes 15 seconds after the stack is ready.
    """
    namespace = request.node.name.removeprefix("test_").replace("_", "-")[:60].rstrip("-")
    made = Desk(charts, wait, "production.yaml", namespace)
    del made.stack["spec"]["riskApi"]["autoscaling"]
    yield made
    confirm(charts, namespace)
    charts.kubectl(
        "delete", "tradingstack", "--all", "-n", namespace, "--wait=false", "--ignore-not-found"
    )


@pytest.fixture
def writes_in(charts):
    """Read from the audit log what the operator wrote in a namespace."""

    def read(namespace, offset=0):
        found = audit.writes(charts.audit_log, USER, offset)
        return [request for request in found if request.namespace == namespace]

    return read


@pytest.mark.usefixtures("operator")
def test_a_stack_becomes_ready_and_its_status_obeys_the_laws(desk):
    live = desk.come_up().live()
    assert [] == broken_laws(live["status"], live["metadata"]["generation"])


@pytest.mark.usefixtures("operator")
def test_creating_a_stack_costs_one_write_an_object(desk, writes_in):
    desk.come_up()
    objects = {item for item in desk.objects() if item[0] not in {"Pod", "PersistentVolumeClaim"}}
    writes = [w for w in writes_in(desk.namespace) if w.resource != "events"]
    statuses = [w for w in writes if w.subresource == "status"]
    assert len(statuses) <= 3
    assert len(writes) - len(statuses) <= 1.05 * len(objects)


@pytest.mark.usefixtures("operator")
def test_a_second_apply_of_the_same_file_causes_no_write(desk, charts, writes_in, wait):
    desk.come_up()
    wait(settled(desk))
    mark = audit.size(charts.audit_log)
    desk.apply()
    let_pass(wait, desk)
    assert [] == writes_in(desk.namespace, mark)


def test_a_restarted_operator_writes_nothing(desk, charts, writes_in, wait, tmp_path):
    with running(charts, IMAGES, tmp_path / "first.log"):
        desk.come_up()
        wait(settled(desk))
    mark = audit.size(charts.audit_log)
    with running(charts, IMAGES, tmp_path / "second.log"):
        let_pass(wait, desk)
    assert [] == writes_in(desk.namespace, mark)


@pytest.mark.usefixtures("operator")
def test_an_edit_by_hand_is_undone_with_one_write(desk, charts, writes_in, wait):
    desk.come_up()
    wait(settled(desk))
    mark, name = audit.size(charts.audit_log), f"{desk.name}-cache"
    desk.edit("service", name, {"metadata": {"labels": {"app.kubernetes.io/part-of": "mine"}}})
    wait(lambda: part_of(desk.get("service", name)) == "tradingstack")
    let_pass(wait, desk)
    assert [("patch", name)] == [(w.verb, w.name) for w in writes_in(desk.namespace, mark)]


@pytest.mark.usefixtures("operator")
def test_a_container_added_by_hand_is_taken_out(desk, wait):
    desk.come_up()
    name = f"{desk.name}-risk-api"
    (own,) = desk.get("deployment", name)["spec"]["template"]["spec"]["containers"]
    intruder = {key: own[key] for key in ("image", "resources", "securityContext")}
    added = [intruder | {"name": "intruder"}]
    desk.edit("deployment", name, {"spec": {"template": {"spec": {"containers": added}}}})
    wait(lambda: containers(desk.get("deployment", f"{desk.name}-risk-api")) == ["risk-api"])


@pytest.mark.usefixtures("operator")
def test_a_network_policy_narrowed_by_hand_is_widened_again(desk, wait):
    desk.come_up()
    name = f"{desk.name}-default-deny"
    live = desk.get("networkpolicy", name)["spec"]
    narrowed = {"spec": live | {"podSelector": {"matchLabels": {"nobody": "here"}}}}
    desk.edit("networkpolicy", name, narrowed)
    wait(lambda: desk.get("networkpolicy", name)["spec"]["podSelector"] == {})


@pytest.mark.usefixtures("operator")
def test_a_deleted_stack_leaves_its_volumes_and_nothing_else(desk, wait):
    """CloudNativePG would delete its volumes with the Cluster, which therefore stays."""
    before = desk.come_up().objects()
    kept = {item for item in before if item[0] in {"PersistentVolumeClaim", "Cluster"}}
    desk.delete()
    wait(lambda: desk.objects() == kept)


@pytest.mark.usefixtures("operator")
def test_a_pod_is_evicted_for_a_drain(desk):
    """A drain asks for an eviction; no rule stands in its way."""
    desk.come_up()
    name = next(name for kind, name in desk.objects() if (kind, "cache" in name) == ("Pod", True))
    eviction = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": name, "namespace": desk.namespace},
    }
    path = f"/api/v1/namespaces/{desk.namespace}/pods/{name}/eviction"
    desk.cluster.kubectl("create", "--raw", path, "-f-", input=json.dumps(eviction))
    desk.wait(desk.is_ready)


@pytest.mark.usefixtures("operator")
def test_a_confirmed_namespace_goes_with_everything_in_it(desk):
    """The namespace controller and the garbage collector delete past every guard."""
    desk.come_up()
    place, confirmed = ("namespace", desk.namespace), f"{ANNOTATION_CONFIRM_DELETE}="
    refused = desk.cluster.kubectl("delete", *place, check=False)
    desk.cluster.kubectl("annotate", *place, confirmed + desk.namespace)
    desk.cluster.kubectl("delete", *place, "--timeout=120s")
    assert "INV-25c" in refused.stderr


@pytest.mark.usefixtures("operator")
def test_a_stack_with_deletion_policy_delete_leaves_nothing(charts, wait):
    desk = Desk(charts, wait, "development.yaml", "deletion-policy-delete")
    desk.stack["spec"]["deletionPolicy"] = "Delete"
    desk.come_up().delete()
    wait(lambda: desk.objects() == set())


@pytest.mark.usefixtures("operator")
def test_a_stack_that_a_tighter_policy_rejects_changes_nothing_and_names_every_violation(
    desk, charts, writes_in, wait
):
    desk.come_up()
    wait(settled(desk))
    mark = audit.size(charts.audit_log)
    allowed = desk.documents[0]["spec"]
    allowed["breakerLimits"][0]["max"] = 1
    allowed["secretStores"] = [
        item for item in allowed["secretStores"] if "staging" in item["name"]
    ]
    desk.apply_policy()
    wait(lambda: desk.conditions()["SpecAccepted"]["status"] == "False")
    message = desk.conditions()["SpecAccepted"]["message"]
    assert all(rule in message for rule in ("INV-07", "INV-14b"))
    assert {"tradingstacks", "events"} >= {w.resource for w in writes_in(desk.namespace, mark)}


@pytest.mark.usefixtures("operator")
def test_a_halt_is_reported_and_leaves_the_stack_ready(desk, charts, wait):
    desk.come_up()
    halt = {
        "apiVersion": "tradingstack.io/v1alpha1",
        "kind": "TradingHalt",
        "metadata": {"name": "stop", "namespace": desk.namespace},
        "spec": {"stack": desk.name, "reason": "runaway orders", "requestedBy": "admin"},
    }
    charts.kubectl("apply", "--server-side", "-f-", input=json.dumps(halt))
    wait(lambda: desk.conditions()["TradingEnabled"]["reason"] == "Halted")
    assert desk.is_ready()


@pytest.mark.usefixtures("operator")
def test_every_granted_permission_is_used_and_no_other(charts, wait):
    production = Desk(charts, wait, "production.yaml", "permissions")
    production.stack["spec"]["drills"] = {"schedule": "* * * * *"}
    passing = Desk(charts, wait, "development.yaml", "permissions-passing")
    # a Cluster is deleted only with a stack that keeps nothing
    passing.stack["spec"]["database"] = production.stack["spec"]["database"]
    passing.come_up().delete()
    production.come_up()
    wait(lambda: production.touch().has_operation_under_way(), seconds=90)
    production.delete()
    used = set()
    for request in audit.requests(charts.audit_log):
        if request.user == USER and request.resource != "selfsubjectaccessreviews":
            path = "/".join(filter(None, (request.resource, request.subresource)))
            used.add((request.verb, path))
            if (request.verb, request.status) == ("patch", 201):
                # server-side apply of a new object needs both verbs
                used.add(("create", path))
    granted = {(verb, item.path) for item in PERMISSIONS for verb in item.verbs}
    assert granted == used


def test_the_operator_has_no_way_to_read_a_secret(charts):
    for verb in ("get", "list", "watch", "create", "patch", "update", "delete"):
        answer = charts.kubectl(
            "auth", "can-i", verb, "secrets", "--as", USER, "-n", NAMESPACE, check=False
        )
        assert answer.stdout.strip() == "no"


def settled(desk):
    """Tell whether the stack is Ready, was the same at the last three looks and stays so a while.

    Its CronJobs run at whole five minutes, and what came of them belongs into the status.
    """
    seen = []

    def holds():
        seen.append(desk.live()["metadata"]["resourceVersion"])
        calm = 5 < time.time() % 300 < 270
        return calm and desk.is_ready() and len(set(seen[-3:])) == 1 < len(seen) - 1

    return holds


def let_pass(wait, desk):
    """Look a few times, a second apart: an operator that had something to write would write it."""
    looks = []
    wait(lambda: looks.append(desk.live()) or len(looks) > 3)


def part_of(manifest):
    return manifest["metadata"]["labels"]["app.kubernetes.io/part-of"]


def containers(deployment):
    return [item["name"] for item in deployment["spec"]["template"]["spec"]["containers"]]
