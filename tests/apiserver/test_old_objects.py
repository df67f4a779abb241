"""An object that breaks a newer rule can still be repaired, deleted and have its status written."""

import pytest

from tests.apiserver.sender import DRY, JSON_PATCH
from tests.support.vectors import Edit, base, users
from tradingstack_operator.api.names import ANNOTATION_CONFIRM_DELETE, FINALIZER

pytestmark = pytest.mark.apiserver
STACKS = "/apis/tradingstack.io/v1alpha1/namespaces/trading-settled/tradingstacks"
DEPLOYMENTS = "/apis/apps/v1/namespaces/trading-settled/deployments"
ALPHA, VECTOR = f"{STACKS}/alpha", f"{DEPLOYMENTS}/vector"
DEVELOPER, OPERATOR = users()["developer"].name, users()["operator"].name
PASSWORD = {"name": "PASSWORD", "value": "hunter2"}
PREFIX = "production/trading-settled/alpha"
PROBLEM = {"observedGeneration": 1}


def put(path, value):
    return {"op": "add", "path": path, "value": value}


GOOD_STORE = put("/spec/secrets/storeRef/name", "vault-prod")


@pytest.fixture(scope="module")
def old(server):
    """Store objects while no rule is in force, then put the rules in force."""
    stack = Edit(
        set={
            "/metadata/finalizers": [FINALIZER],
            "/spec/riskApi/env": [PASSWORD],  # INV-08a, of the schema
            "/spec/secrets/storeRef/name": "vault-any",  # INV-07, of a policy
            "/spec/secrets/pathPrefix": PREFIX,
        }
    ).on(base("stack"))
    deployment = Edit(remove=["/spec/template/spec/securityContext"]).on(base("deployment"))
    with server.without_rules():
        server.until(lambda: server.send("POST", STACKS, "", stack).accepted)
        server.until(lambda: server.send("POST", DEPLOYMENTS, "", deployment).accepted)
    yield server
    server.send("PATCH", ALPHA, OPERATOR, [put("/metadata/finalizers", [])], content=JSON_PATCH)
    server.send("DELETE", VECTOR)


@pytest.fixture
def patch(old):
    """Try a change without making it."""

    def send(path, user, *steps):
        return old.send("PATCH", path, user, list(steps), DRY, JSON_PATCH)

    return send


def test_it_does_break_rules(patch):
    answer = patch(ALPHA, DEVELOPER, put("/spec/paused", value=True))
    assert "INV-07 spec.secrets.storeRef" in answer.message


def test_a_part_that_gets_worse_is_refused(patch):
    worse = [PASSWORD, {"name": "PWD", "value": "hunter2"}]
    answer = patch(ALPHA, DEVELOPER, put("/spec/riskApi/env", worse))
    assert "INV-08a spec.riskApi.env[].name" in answer.message


def test_a_spec_is_repaired_part_by_part(patch):
    assert patch(ALPHA, DEVELOPER, GOOD_STORE, put("/spec/paused", value=True)).accepted


def test_its_labels_and_annotations_are_free(patch):
    labels, annotations = put("/metadata/labels", {"a": "b"}), put("/metadata/annotations", {})
    assert patch(ALPHA, DEVELOPER, labels, annotations).accepted


def test_its_status_is_written(patch):
    assert patch(f"{ALPHA}/status", OPERATOR, put("/status", PROBLEM)).accepted


def test_a_workload_that_breaks_rules_is_still_scaled(patch):
    assert patch(f"{VECTOR}/scale", DEVELOPER, put("/spec/replicas", 2)).accepted


def test_a_workload_that_breaks_rules_is_still_annotated(patch):
    assert patch(VECTOR, DEVELOPER, put("/metadata/annotations", {"a": "b"})).accepted


def test_a_workload_that_breaks_rules_gets_no_other_template(patch):
    answer = patch(VECTOR, DEVELOPER, put("/spec/template/spec/priority", 1))
    assert not answer.accepted


def test_a_workload_that_breaks_rules_is_repaired(patch):
    context = base("deployment")["spec"]["template"]["spec"]["securityContext"]
    fixed = put("/spec/template/spec/securityContext", context)
    assert patch(VECTOR, DEVELOPER, fixed).accepted


def test_a_workload_that_breaks_rules_is_deleted(old):
    assert old.send("DELETE", VECTOR, DEVELOPER, None, DRY).accepted


def test_its_finalizer_is_removed_while_it_is_being_deleted(old):
    confirmed = put("/metadata/annotations", {ANNOTATION_CONFIRM_DELETE: "alpha"})
    free = put("/metadata/finalizers", [])
    answers = [
        old.send("PATCH", ALPHA, DEVELOPER, [confirmed], content=JSON_PATCH),
        old.send("DELETE", ALPHA, DEVELOPER),
        old.send("PATCH", ALPHA, OPERATOR, [free], content=JSON_PATCH),
    ]
    assert [answer.message for answer in answers if not answer.accepted] == []
