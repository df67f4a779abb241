"""Input that tradingstackctl cannot read ends with 2, and hides nothing else."""

import pytest

from tests.support.stacks import NAMESPACE, NAMESPACE_LABELS, POLICY, STACK
from tests.unit.ctl.running import (
    NAMESPACE_OBJECT,
    SIMULATING,
    SURROUNDINGS,
    unreadable,
    validate,
    write,
)


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
