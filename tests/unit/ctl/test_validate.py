"""What tradingstackctl validate prints, and what its exit code means."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.stacks import NAMESPACE, STACK
from tests.unit.ctl.running import (
    CANARY,
    SECRET,
    SIMULATING,
    SURROUNDINGS,
    validate,
    write,
)

CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "empty"}, "data": {}}
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
