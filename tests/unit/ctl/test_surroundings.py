"""What tradingstackctl makes of the namespace, the policy and the sender, given or not."""

from tests.support.stacks import NAMESPACE, POLICY, STACK
from tests.unit.ctl.running import (
    NAMESPACE_OBJECT,
    SECRET,
    SIMULATING,
    SURROUNDINGS,
    unreadable,
    validate,
    write,
)

CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "empty"}, "data": {}}
HALT = {
    "apiVersion": "tradingstack.io/v1alpha1",
    "kind": "TradingHalt",
    "metadata": {"name": "halt", "namespace": NAMESPACE},
    "spec": {"stack": "alpha", "reason": "a drill", "requestedBy": "alice"},
}


def test_what_was_not_given_is_not_guessed(tmp_path):
    path = write(tmp_path, "stack.yaml", STACK)
    run = validate("-f", path)
    rest = f"among the inputs (for {path}:1 TradingStack/alpha)"
    assert run.lines == [
        f"not checked: INV-02, INV-03, INV-10a: needs the Namespace trading-prod {rest}",
        f"not checked: INV-07, INV-12, INV-16: needs the PlatformPolicy default {rest}",
        "1 object judged, 0 violations, 6 rules not checked",
    ]
    assert run.code == 0


def test_strict_does_not_accept_what_was_not_checked(tmp_path):
    path = write(tmp_path, "stack.yaml", STACK)
    assert validate("-f", path, "--strict").code == 1


def test_json_says_what_is_missing(tmp_path):
    run = validate("-f", write(tmp_path, "stack.yaml", STACK, POLICY), "-o", "json")
    assert {
        ("Namespace/trading-prod", "INV-02", "INV-03", "INV-10a"),
        ("sender", "INV-35"),
    } == {(one["needs"], *one["rules"]) for one in run.document["notChecked"]}


def test_what_every_namespace_refuses_is_a_violation_without_it(tmp_path):
    path = write(tmp_path, "stack.yaml", SIMULATING)
    assert ("TradingStack", "INV-04") in validate("-f", path, "-o", "json").rules()


def test_a_violation_in_some_namespaces_is_named_as_not_checked(tmp_path):
    path = write(tmp_path, "secret.yaml", SECRET, POLICY)
    run = validate("-f", path, "--platform-team")
    assert run.code == 0
    assert (
        "not checked: INV-09: needs the Namespace trading-prod among the inputs "
        f"(for {path}:1 Secret/password)"
    ) in run.lines


def test_a_secret_in_the_namespace_of_a_stack_is_refused(tmp_path):
    run = validate("-f", write(tmp_path, "all.yaml", *SURROUNDINGS, SECRET), "-o", "json")
    assert run.rules() == {("Secret", "INV-09")}


def test_who_applies_it_can_be_said(tmp_path):
    path = write(tmp_path, "all.yaml", *SURROUNDINGS, SECRET)
    writer = POLICY["spec"]["secretWriters"][0]
    assert validate("-f", path, "--as", writer, "--platform-team", "--strict").code == 0


def test_whose_name_a_halt_carries_depends_on_who_applies_it(tmp_path):
    path = write(tmp_path, "halt.yaml", *SURROUNDINGS, HALT)
    anybody = validate("-f", path, "--platform-team", "-o", "json")
    assert [(["INV-26"], "sender")] == [
        (one["rules"], one["needs"]) for one in anybody.document["notChecked"]
    ]
    assert validate("-f", path, "--platform-team", "--as", "alice", "--strict").code == 0
    bob = validate("-f", path, "--platform-team", "--as", "bob", "-o", "json")
    assert bob.rules() == {("TradingHalt", "INV-26")}


def test_the_context_is_not_judged(tmp_path):
    context = write(tmp_path, "context.yaml", *SURROUNDINGS, SECRET)
    path = write(tmp_path, "stack.yaml", STACK)
    run = validate("-f", path, "--context", context, "--as", "alice", "--strict")
    assert (run.code, run.out) == (0, "1 object judged, 0 violations, 0 rules not checked\n")


def test_a_context_that_cannot_be_read_is_named(tmp_path):
    path = write(tmp_path, "stack.yaml", STACK)
    run = validate("-f", path, "--context", tmp_path / "none.yaml", "-o", "json")
    assert unreadable(run) == [(0, 0, "no such file or directory")]


def test_whoever_is_named_has_no_right_of_the_platform_team(tmp_path):
    path = write(tmp_path, "policy.yaml", POLICY)
    assert validate("-f", path, "--as", "alice", "-o", "json").rules() == {
        ("PlatformPolicy", "INV-35")
    }


def test_surroundings_that_do_not_parse_count_as_missing(tmp_path):
    numbers = NAMESPACE_OBJECT | {
        "metadata": {"name": NAMESPACE, "labels": {"tradingstack.io/stack": 1}}
    }
    path = write(tmp_path, "all.yaml", numbers, POLICY | {"spec": {}}, STACK)
    run = validate("-f", path, "--platform-team", "-o", "json")
    assert {"Namespace/trading-prod", "PlatformPolicy/default"} == {
        one["needs"] for one in run.document["notChecked"]
    }
    assert run.rules() == {("Namespace", "schema"), ("PlatformPolicy", "schema")}


def test_a_namespace_that_is_not_of_a_stack_holds_what_it_likes(tmp_path):
    other = NAMESPACE_OBJECT | {"metadata": {"name": NAMESPACE}}
    path = write(tmp_path, "all.yaml", other, POLICY, SECRET)
    assert validate("-f", path, "--platform-team", "--strict").code == 0


def test_objects_without_a_namespace_are_in_default_as_with_kubectl(tmp_path):
    elsewhere = SECRET | {"metadata": {"name": "password"}}
    path = write(tmp_path, "all.yaml", elsewhere, POLICY)
    assert "needs the Namespace default among" in validate("-f", path).out


def test_objects_without_a_namespace_are_where_the_option_says(tmp_path):
    elsewhere = SECRET | {"metadata": {"name": "password"}}
    path = write(tmp_path, "all.yaml", elsewhere, *SURROUNDINGS)
    run = validate("-f", path, "--namespace", NAMESPACE, "-o", "json")
    assert [(NAMESPACE, "INV-09")] == [
        (one["namespace"], one["rule"]) for one in run.document["violations"]
    ]
