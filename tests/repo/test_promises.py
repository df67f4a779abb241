"""The table of promises speaks of objects, conditions and tests that exist."""

import ast
import re
from pathlib import Path

import pytest

from tests.golden.cases import CASES
from tradingstack_operator.api.conditions import REASONS

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs/reference/promises.md"
LATER = "later"
OBJECTS = {
    f"{manifest['kind']}/{manifest['metadata']['name'].partition('-')[2]}"
    for _, manifests in CASES
    for manifest in manifests
}
"""Every rendered object as kind and name, without the stack's own name."""


def rows():
    """Read the table: id, promise, objects, condition, proof."""
    lines = TABLE.read_text().splitlines()
    return [
        tuple(cell.strip() for cell in line.strip("|").split("|"))
        for line in lines
        if re.match(r"\| S\d\d", line)
    ]


def quoted(cell):
    return re.findall(r"`([^`]+)`", cell)


ROWS = rows() if TABLE.exists() else []
ROW = pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])


def test_every_promise_has_a_row():
    told = sorted(name for row in ROWS for name in row[0].split(", "))
    assert told == [f"S{number:02}" for number in range(1, 33)]


@ROW
def test_the_objects_are_rendered(row):
    missing = [
        item
        for item in quoted(row[2])
        if re.match(r"[A-Z][A-Za-z]+/", item)
        and not any(re.fullmatch(item.replace("*", ".*"), known) for known in OBJECTS)
    ]
    assert missing == []


@ROW
def test_the_condition_can_give_the_reason(row):
    for item in quoted(row[3]):
        condition, _, reason = item.partition("/")
        assert condition in REASONS
        assert not reason or reason in REASONS[condition]


@ROW
def test_the_proof_is_a_test_or_later_work(row):
    proofs = quoted(row[4])
    assert proofs or LATER in row[4]
    for proof in proofs:
        path, _, name = proof.partition("::")
        assert (ROOT / path).exists(), path
        if name:
            assert name in functions(ROOT / path), proof


def functions(path):
    tree = ast.parse(path.read_text())
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
