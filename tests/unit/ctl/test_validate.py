"""What tradingstackctl validate prints, and what its exit code means."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.stacks import NAMESPACE, NAMESPACE_LABELS, POLICY, STACK
from tests.unit.ctl.running import (
    CANARY,
    NAMESPACE_OBJECT,
    SECRET,
    SIMULATING,
    SURROUNDINGS,
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
SAID = "simulation never runs in production; remove it, or use a namespace labelled staging"
ROOT = Path(__file__).resolve().parents[3]
COMMAND = [sys.executable, "-c", "from tradingstack_operator.ctl.cli import main; exit(main())"]


def test_good_manifests_are_valid(tmp_path):
    path = write(tmp_path, "good.yaml", *SURROUNDINGS, STACK)
    run = validate("-f", path, "--as", "alice", "--platform-team", "--strict")
    assert run.lines == ["3 objects judged, 0 violations, 0 rules not checked"]
    assert run.code == 0


def test_the_samples_are_valid():
    run = validate("-f", ROOT / "samples", "--platform-team", "--strict")
    assert (run.code, run.out) == (0, "12 objects judged, 0 violations, 0 rules not checked\n")


def test_a_violation_is_one_line_that_names_file_object_rule_and_field(tmp_path):
    path = write(tmp_path, "stack.yaml", *SURROUNDINGS, SIMULATING)
    run = validate("-f", path, "--platform-team")
    line = path.read_text().splitlines().index("apiVersion: tradingstack.io/v1alpha1", 50) + 1
    assert run.lines == [
        f"{path}:{line} TradingStack/alpha: INV-04 spec.simulation.enabled: {SAID}",
        "3 objects judged, 1 violation, 0 rules not checked",
    ]
    assert run.code == 1


def test_json_says_the_same(tmp_path):
    path = write(tmp_path, "stack.yaml", SIMULATING, *SURROUNDINGS)
    run = validate("-f", path, "--platform-team", "-o", "json")
    assert run.document == {
        "schemaVersion": 1,
        "objects": {"judged": 3, "notJudged": 0},
        "violations": [
            {
                "file": str(path),
                "line": 1,
                "kind": "TradingStack",
                "namespace": NAMESPACE,
                "name": "alpha",
                "rule": "INV-04",
                "severity": "critical",
                "field": "spec.simulation.enabled",
                "message": SAID,
            }
        ],
        "notChecked": [],
        "unreadable": [],
    }
    assert run.code == 1


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


def test_a_folder_is_read_with_everything_below_it_in_order(tmp_path):
    write(tmp_path, "b/stack.yml", SIMULATING)
    write(tmp_path, "a/secret.json", json.dumps(SECRET))
    write(tmp_path, "surroundings.yaml", *SURROUNDINGS)
    write(tmp_path, "notes.txt", "no manifest")
    write(tmp_path, ".git/config.yaml", "no manifest")
    run = validate("-f", tmp_path, "-o", "json")
    assert [f"{tmp_path}/a/secret.json", f"{tmp_path}/b/stack.yml"] == [
        one["file"] for one in run.document["violations"]
    ]


def test_a_file_that_is_named_twice_is_read_once(tmp_path):
    path = write(tmp_path, "stack.yaml", STACK)
    run = validate("-f", path, "-f", tmp_path, "-o", "json")
    assert run.document["objects"] == {"judged": 1, "notJudged": 0}


def test_a_list_holds_objects(tmp_path):
    items = {"apiVersion": "v1", "kind": "List", "items": [*SURROUNDINGS, SIMULATING]}
    path = write(tmp_path, "list.yaml", items)
    run = validate("-f", path, "-o", "json")
    line = path.read_text().splitlines().index(f"    name: {STACK['metadata']['name']}")
    (violation,) = run.document["violations"]
    assert run.document["objects"]["judged"] == 3
    assert violation["rule"] == "INV-04"
    assert 0 < line - violation["line"] < 10


def test_the_items_of_a_typed_list_need_not_repeat_its_kind(tmp_path):
    bare = {key: SECRET[key] for key in ("metadata", "stringData")}
    items = {"apiVersion": "v1", "kind": "SecretList", "items": [bare]}
    run = validate("-f", write(tmp_path, "all.yaml", items, *SURROUNDINGS), "-o", "json")
    assert run.rules() == {("Secret", "INV-09")}


def test_kinds_that_no_rule_looks_at_are_counted(tmp_path):
    kustomization = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    path = write(tmp_path, "kustomization.yaml", kustomization)
    run = validate("-f", path, "--strict")
    assert (run.code, run.out) == (
        0,
        "0 objects judged, 0 violations, 0 rules not checked, 1 of other kinds\n",
    )


def test_a_field_that_is_null_is_absent(tmp_path):
    path = write(
        tmp_path, "all.yaml", *SURROUNDINGS, STACK | {"spec": STACK["spec"] | {"ingestors": None}}
    )
    assert validate("-f", path, "--platform-team", "--strict").code == 0


def test_a_stack_that_does_not_parse_is_refused(tmp_path):
    broken = STACK | {"spec": STACK["spec"] | {"environment": "Production"}}
    run = validate("-f", write(tmp_path, "stack.yaml", broken), "-o", "json")
    assert run.rules() == {("TradingStack", "schema")}
    assert run.code == 1


def test_an_object_that_is_not_shaped_as_its_kind_is_refused(tmp_path):
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "pod", "namespace": NAMESPACE},
        "spec": {"containers": ["no container"]},
    }
    run = validate("-f", write(tmp_path, "pod.yaml", *SURROUNDINGS, pod), "--platform-team")
    assert run.code == 1
    assert "Pod/pod: schema: not what its kind looks like; see kubectl explain pod" in run.out


def test_a_label_that_is_no_text_is_refused(tmp_path):
    number = CONFIG_MAP | {"metadata": {"name": "empty", "labels": {"release": 1}}}
    run = validate("-f", write(tmp_path, "map.yaml", number), "-o", "json")
    assert [("schema", "metadata.labels")] == [
        (one["rule"], one["field"]) for one in run.document["violations"]
    ]


def unreadable(run):
    assert run.code == 2
    return [(one["line"], one["column"], one["message"]) for one in run.document["unreadable"]]


def test_a_missing_file_is_unreadable(tmp_path):
    run = validate("-f", tmp_path / "none.yaml", "-o", "json")
    assert unreadable(run) == [(0, 0, "no such file or directory")]


def test_bad_yaml_is_unreadable_with_line_and_column(tmp_path):
    path = write(tmp_path, "bad.yaml", "kind: Secret\ndata: {password: [\n")
    run = validate("-f", path)
    assert run.code == 2
    assert run.lines[0].startswith(f"{path}:3:1: unreadable: not YAML: ")


def test_text_in_another_encoding_is_unreadable(tmp_path):
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"a: 1\nb: \xe9\n")
    assert unreadable(validate("-f", path, "-o", "json")) == [(2, 0, "not UTF-8")]


@pytest.mark.parametrize("text", ["", "---\n---\n", "# nothing\n"])
def test_no_object_at_all_is_unreadable(tmp_path, text):
    run = validate("-f", write(tmp_path, "empty.yaml", text), "-o", "json")
    assert unreadable(run) == [(0, 0, "it holds no object")]


def test_a_folder_without_manifests_is_unreadable(tmp_path):
    run = validate("-f", tmp_path, "-o", "json")
    assert unreadable(run) == [(0, 0, "it holds no *.yaml, *.yml or *.json file")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("just text\n", "not an object of Kubernetes"),
        ("- a\n", "not an object of Kubernetes"),
        ("replicas: 3\n", "apiVersion is missing, or no text"),
        ("apiVersion: v1\nkind: [Secret]\n", "kind is missing, or no text"),
        ("apiVersion: v1\nkind: Secret\n", "it has no metadata"),
        ("apiVersion: v1\nkind: Secret\nmetadata: {}\n", "metadata.name is missing, or no text"),
        (
            "apiVersion: tradingstack.io/v1alpha1\nkind: TradingStak\nmetadata: {name: a}\n",
            "tradingstack.io has no such kind; see kubectl api-resources",
        ),
    ],
)
def test_what_is_no_object_is_unreadable(tmp_path, text, problem):
    run = validate("-f", write(tmp_path, "odd.yaml", text), "-o", "json")
    assert unreadable(run) == [(1, 0, problem)]


def test_everything_unreadable_is_named_and_the_rest_is_judged(tmp_path):
    write(tmp_path, "1.yaml", "a: 1\na: 2\n")
    write(tmp_path, "2.yaml", *SURROUNDINGS, SIMULATING)
    write(tmp_path, "3.yaml", "just text")
    run = validate("-f", tmp_path, "-f", tmp_path / "4.yaml", "-o", "json")
    assert len(unreadable(run)) == 3
    assert run.rules() == {("TradingStack", "INV-04")}


def test_the_same_surroundings_may_be_given_in_several_files(tmp_path):
    labels = NAMESPACE_LABELS | {"kubernetes.io/metadata.name": NAMESPACE}
    live = NAMESPACE_OBJECT | {"metadata": {"name": NAMESPACE, "labels": labels}}
    write(tmp_path, "1.yaml", live, POLICY)
    write(tmp_path, "2.yaml", *SURROUNDINGS, STACK)
    assert validate("-f", tmp_path, "--platform-team", "--strict").code == 0


def test_surroundings_that_contradict_each_other_are_unreadable(tmp_path):
    labels = NAMESPACE_LABELS | {"tradingstack.io/environment": "staging"}
    other = NAMESPACE_OBJECT | {"metadata": {"name": NAMESPACE, "labels": labels}}
    write(tmp_path, "1.yaml", NAMESPACE_OBJECT, POLICY)
    write(tmp_path, "2.yaml", other, STACK)
    run = validate("-f", tmp_path, "--platform-team", "-o", "json")
    ((line, _, problem),) = unreadable(run)
    assert line == 1
    assert f"Namespace trading-prod is another one in {tmp_path}/1.yaml:1" in problem
    assert {"Namespace/trading-prod"} == {one["needs"] for one in run.document["notChecked"]}


@pytest.mark.parametrize("output", ["text", "json"])
def test_no_value_of_a_field_is_printed(tmp_path, output):
    env = [{"name": "PASSWORD", "value": CANARY}]
    spec = STACK["spec"]
    write(tmp_path, "surroundings.yaml", *SURROUNDINGS, SECRET)
    write(
        tmp_path,
        "stacks.yaml",
        STACK | {"spec": spec | {"riskApi": spec["riskApi"] | {"env": env}}},
        STACK | {"spec": spec | {"database": spec["database"] | {"password": CANARY}}},
        STACK | {"spec": spec | {"environment": CANARY}},
        CONFIG_MAP | {"metadata": {"name": "m", "namespace": NAMESPACE}, "data": {"pw": CANARY}},
        CONFIG_MAP | {"metadata": {"name": "m", "labels": {"a": [CANARY]}}},
        {"apiVersion": "v1", "kind": CANARY, "metadata": {"name": "m"}},
        {"apiVersion": CANARY, "kind": "Secret"},
        f"a: [{CANARY}",
        f"- {CANARY}",
    )
    run = validate("-f", tmp_path, "-o", output)
    assert run.code == 2
    assert "INV-08" in run.out
    assert CANARY not in run.out


def test_a_name_cannot_forge_a_line(tmp_path):
    forged = SECRET | {"metadata": {"name": "a\n0 objects judged\x1b[2J", "namespace": NAMESPACE}}
    run = validate("-f", write(tmp_path, "all.yaml", *SURROUNDINGS, forged), "--platform-team")
    assert len(run.lines) == 2
    assert "\x1b" not in run.out


def test_standard_input_is_read():
    text = yaml.safe_dump_all([*SURROUNDINGS, SIMULATING])
    done = subprocess.run(
        [*COMMAND, "validate", "-f", "-"], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout.startswith("stdin:")
    assert done.stderr == ""


def test_it_starts_without_the_operators_libraries():
    code = (
        "import sys, tradingstack_operator.ctl.cli; "
        "print({'kopf', 'aiohttp', 'asyncio', 'prometheus_client'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("arguments", [[], ["validate"], ["validate", "-f", "x", "-o", "xml"]])
def test_bad_arguments_end_with_two(arguments):
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "usage: tradingstackctl" in done.stderr
