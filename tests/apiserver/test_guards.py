"""A guard that is weakened or taken away in a real API server, and who may do that."""

import json
import urllib.request

import pytest

from tests.apiserver.conftest import IMAGES, ROOT
from tests.apiserver.desk import Desk
from tools.demo.operator_process import USER, running
from tools.devcluster import audit
from tradingstack_operator.model.kinds import ADMISSION_BINDING, ADMISSION_POLICY, GUARD_KINDS
from tradingstack_operator.model.objects import ref_of
from tradingstack_operator.replica import GUARD_SELECTOR
from tradingstack_operator.rules.guards import build_guards, difference, stored_specs

pytestmark = pytest.mark.apiserver
CHART = str(ROOT / "charts/tradingstack-crds")
IN_TIME = 60
"""Seconds in which the operator promises to notice a broken guard."""
BINDINGS = [guard for guard in build_guards() if guard["kind"] == ADMISSION_BINDING.kind]
BINDING = BINDINGS[0]["metadata"]["name"]
STRICT = next(
    guard["metadata"]["name"]
    for guard in BINDINGS
    if guard["spec"].get("paramRef", {}).get("parameterNotFoundAction") == "Deny"
)
POLICY = BINDINGS[0]["spec"]["policyName"]
STACKS = "tradingstacks.tradingstack.io"
RULE = "/spec/versions/0/schema/openAPIV3Schema/x-kubernetes-validations/0"
WEAKENED = [
    pytest.param(ADMISSION_BINDING, BINDING, {"validationActions": ["Audit"]}, id="E14 audit"),
    pytest.param(
        ADMISSION_BINDING,
        STRICT,
        {"paramRef": {"parameterNotFoundAction": "Allow"}},
        id="E14 parameter",
    ),
    pytest.param(ADMISSION_POLICY, POLICY, {"failurePolicy": "Ignore"}, id="failure policy"),
    pytest.param(
        ADMISSION_POLICY,
        POLICY,
        {"matchConditions": [{"name": "never", "expression": "false"}]},
        id="condition",
    ),
]
DEVELOPER = "developer"
"""Somebody who may do everything in a namespace."""


def install(cluster):
    """Do what docs/how-to/troubleshoot.md tells the platform team to do."""
    cluster.helm("upgrade", "--install", "--take-ownership", "--force", "tradingstack-crds", CHART)


@pytest.fixture(scope="module")
def whole(charts):
    """Have the guards as they are shipped, whatever other suites left behind."""
    install(charts)
    return charts


@pytest.fixture(scope="module")
def home(whole, wait, tmp_path_factory):
    """Have a production stack, ready, under an operator whose metrics can be read."""
    made = Desk(whole, wait, "production.yaml", "guards")
    del made.stack["spec"]["riskApi"]["autoscaling"]
    log = tmp_path_factory.mktemp("guards") / "operator.log"
    with running(whole, IMAGES, log) as process:
        made.port = process.port
        made.come_up()
        yield made
        made.delete()


@pytest.fixture
def desk(home):
    """Have the guards back at the end, and a stack that knows it."""
    home.wait(home.is_ready)
    yield home
    install(home.cluster)
    home.wait(lambda: held(home) == ("True", "Held"), IN_TIME)


def held(desk):
    found = desk.conditions()["InvariantsHeld"]
    return found["status"], found["reason"]


def is_broken(desk):
    return held(desk) == ("False", "PolicyBindingMissing")


def named(desk):
    """Read from the operator's metrics which guards an alert would name."""
    with urllib.request.urlopen(f"http://127.0.0.1:{desk.port}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    series = [line for line in lines if line.startswith("tradingstack_guards_broken{")]
    return [line for line in series if line.endswith(" 1.0")]


def assert_noticed(desk, name):
    desk.wait(lambda: is_broken(desk), IN_TIME)
    assert name in desk.conditions()["InvariantsHeld"]["message"]
    (series,) = named(desk)
    assert f'name="{name}"' in series


def test_the_api_server_stores_every_guard_as_it_is_shipped(whole):
    plurals = ",".join(f"{kind.plural}.{kind.group}" for kind in GUARD_KINDS)
    answer = whole.kubectl("get", plurals, "--selector", GUARD_SELECTOR, "--output", "json")
    live = {ref_of(guard): guard["spec"] for guard in json.loads(answer.stdout)["items"]}
    differing = {ref: difference(spec, live.get(ref, {})) for ref, spec in stored_specs()}
    assert {} == {ref: field for ref, field in differing.items() if field}


@pytest.mark.parametrize(("kind", "name", "change"), WEAKENED)
def test_a_weakened_guard_is_noticed_until_it_is_mended(desk, kind, name, change):
    body = json.dumps({"spec": change})
    desk.cluster.kubectl("patch", kind.plural, name, "--type=merge", "--patch", body)
    assert_noticed(desk, name)


def test_e15_a_deleted_binding_is_noticed_until_it_is_back(desk):
    desk.cluster.kubectl("delete", ADMISSION_BINDING.plural, BINDING)
    assert_noticed(desk, BINDING)


def test_a_rule_taken_out_of_a_crd_is_noticed_until_it_is_back(desk):
    body = json.dumps([{"op": "remove", "path": RULE}])
    desk.cluster.kubectl("patch", "crd", STACKS, "--type=json", "--patch", body)
    assert_noticed(desk, STACKS)


def test_production_stands_still_while_a_guard_is_broken(desk):
    desk.cluster.kubectl("delete", ADMISSION_BINDING.plural, BINDING)
    desk.wait(lambda: is_broken(desk), IN_TIME)
    mark = audit.size(desk.cluster.audit_log)
    desk.change({"riskApi": {"replicas": 4}})
    desk.wait(lambda: observed(desk.live()))
    written = {
        request.resource
        for request in audit.writes(desk.cluster.audit_log, USER, mark)
        if request.namespace == desk.namespace
    }
    assert {"tradingstacks"} == written
    install(desk.cluster)
    desk.wait(lambda: desk.get("deployment", f"{desk.name}-risk-api")["spec"]["replicas"] == 4)


@pytest.mark.parametrize("verb", ["create", "update", "patch", "delete", "deletecollection"])
@pytest.mark.parametrize("kind", GUARD_KINDS, ids=lambda kind: kind.kind)
def test_e15_nobody_but_the_platform_team_may_touch_a_guard(whole, kind, verb):
    grant = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": DEVELOPER, "namespace": "default"},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": "admin",
        },
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": DEVELOPER}],
    }
    whole.kubectl("apply", "--server-side", "--filename=-", input=json.dumps(grant))
    for user in (DEVELOPER, USER):
        resource = f"{kind.plural}.{kind.group}"
        answer = whole.kubectl("auth", "can-i", verb, resource, "--as", user, check=False)
        assert answer.stdout.strip() == "no"


def test_e15_the_api_server_refuses_a_developer_who_deletes_a_binding(whole):
    finished = whole.kubectl(
        "delete", ADMISSION_BINDING.plural, BINDING, "--as", DEVELOPER, check=False
    )
    assert finished.returncode != 0
    assert "Forbidden" in finished.stderr


def observed(stack):
    return stack["status"]["observedGeneration"] == stack["metadata"]["generation"]
