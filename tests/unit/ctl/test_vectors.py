"""The vectors, judged from files: offline the verdicts are those of the API server.

Selected are the vectors that a file can express: something is created, the request is decided by
the rules and needs PlatformPolicy. A file has no subresources, no stored object and no field
manager; what Kubernetes itself, Pod Security or roles refuse is not ours to judge.
"""

from collections import defaultdict
from itertools import groupby

import pytest
import yaml

from tests.support.stacks import NAMESPACE, POLICY
from tests.support.vectors import FOLDER, namespaces, vectors
from tests.unit.ctl.running import CANARY, SURROUNDINGS, validate, write
from tradingstack_operator.rules.request import GUARD

ALONE = {"Namespace", "PlatformPolicy"}
"""Kinds that would change the surroundings of the other vectors."""


def is_expressible(vector):
    entry = vector.entry
    return (
        entry.operation == "create"
        and not entry.subresource
        and entry.manager == type(entry).model_fields["manager"].default
        and entry.with_policy
        and entry.by in {"policy", "crd", "schema"}
    )


VECTORS = [vector for vector in vectors() if is_expressible(vector)]


def sender(vector):
    return vector.user.name, GUARD in vector.user.rights


def judged(folder, batch, surroundings):
    """Judge some vectors of one sender in one run; give the rules that refuse each one's file."""
    name, of_platform_team = sender(batch[0])
    paths = [write(folder, f"{number}.yaml", one.object) for number, one in enumerate(batch)]
    write(folder, "surroundings.yaml", *surroundings)
    options = ["--platform-team"] if of_platform_team else []
    run = validate("-f", folder, "--as", name, "-o", "json", *options)
    assert [] == run.document["unreadable"]
    found = defaultdict(set)
    for one in [*run.document["violations"], *run.document["notChecked"]]:
        found[one["file"]] |= {one["rule"]} if "rule" in one else set(one["rules"])
    return {id(one): found[str(path)] for one, path in zip(batch, paths, strict=True)}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    places = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        for name, labels in namespaces().items()
    ]
    found = {}
    for _, group in groupby(sorted(VECTORS, key=sender), key=sender):
        batch = list(group)
        together = [one for one in batch if one.object["kind"] not in ALONE]
        if together:
            found |= judged(tmp_path_factory.mktemp("vectors"), together, [*places, POLICY])
        for one in batch:
            if one not in together:
                found |= judged(tmp_path_factory.mktemp("vector"), [one], [])
    return found


@pytest.mark.parametrize("vector", [one for one in VECTORS if not one.entry.refused], ids=str)
def test_a_good_manifest_is_accepted(vector, verdicts):
    assert verdicts[id(vector)] == set()


@pytest.mark.parametrize("vector", [one for one in VECTORS if one.entry.refused], ids=str)
def test_a_bad_manifest_is_refused_by_the_rule_that_the_vector_names(vector, verdicts):
    rule = "schema" if vector.entry.by == "schema" else vector.entry.refused
    assert rule in verdicts[id(vector)]


def places_in(value, path=()):
    """List the paths of all values inside a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in items:
        yield (*path, key)
        if isinstance(one, dict | list):
            yield from places_in(one, (*path, key))


def with_value(document, path, value):
    key, *rest = path
    new = with_value(document[key], rest, value) if rest else value
    copy = document.copy()
    copy[key] = new
    return copy


@pytest.mark.parametrize(
    "surroundings", [SURROUNDINGS, []], ids=["in a stack's namespace", "who knows where"]
)
def test_whatever_a_field_holds_its_value_is_not_printed(tmp_path, surroundings):
    for base in sorted(FOLDER.glob("bases/*.yaml")):
        document = yaml.safe_load(base.read_text())
        document["metadata"]["namespace"] = NAMESPACE
        bad = [
            with_value(document, path, value)
            for path in places_in(document)
            if path[0] not in {"apiVersion", "kind", "metadata"}
            for value in ([CANARY, [CANARY]] if surroundings else [CANARY])
        ]
        write(tmp_path, base.name, *bad)
    write(tmp_path, "surroundings.yaml", *surroundings)
    run = validate("-f", tmp_path)
    assert CANARY not in run.out
