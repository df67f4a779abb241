"""Files are read as kubectl reads them, and nothing of them is quoted."""

import json

import pytest

from tests.unit.ctl.running import CANARY
from tradingstack_operator.ctl.documents import Document, UnreadableError, read_documents


def values(text):
    return [one.value for one in read_documents(text) if isinstance(one, Document)]


def problems(text):
    return [
        (one.line, one.problem) for one in read_documents(text) if isinstance(one, UnreadableError)
    ]


# what sigs.k8s.io/yaml 1.6.0 makes of each scalar
SCALARS = {
    "yes": True,
    "y": True,
    "on": True,
    "Off": False,
    "tRUE": "tRUE",
    "~": None,
    "": None,
    "nUll": "nUll",
    "1:30": "1:30",
    "2024-01-01": "2024-01-01",
    "2024-01-01T00:00:00Z": "2024-01-01T00:00:00Z",
    "1e309": "1e309",
    "-1e309": "-1e309",
    "9" * 400: "9" * 400,
    "1e3": 1000,
    "1.0": 1,
    "1.5": 1.5,
    ".5": 0.5,
    "-.5": -0.5,
    "+5": 5,
    "0x1F": 31,
    "-0x1f": -31,
    "0o17": 15,
    "017": 15,
    "08": 8,
    "0b101": 5,
    "1_000": 1000,
    "9223372036854775807": 9223372036854775807,
    "9223372036854775808": 9223372036854775808.0,
    "0x" + "f" * 20: "0x" + "f" * 20,
    "1Gi": "1Gi",
    "-": [None],
    "+": "+",
    ".": ".",
    "¹": "¹",
    "'yes'": "yes",
    '"1"': "1",
    "!!str 5": "5",
    "!!int '5'": 5,
    "!!float 5": 5,
    "!!bool yes": True,
    "!!timestamp 2024-01-01": "2024-01-01",
    "!theirs 5": "5",
}


@pytest.mark.parametrize("text", SCALARS)
def test_a_scalar_is_what_kubectl_makes_of_it(text):
    assert [{"key": SCALARS[text]}] == values(f"key:\n  {text}\n")


@pytest.mark.parametrize(
    "text", [".inf", "-.inf", ".nan", "!!int abc", "!!bool 1", "!!binary aGk="]
)
def test_a_scalar_that_json_cannot_carry_is_unreadable(text):
    assert [1] == [line for line, _ in problems(f"key: {text}\n")]


@pytest.mark.parametrize(
    ("text", "key"), [("yes", "true"), ("no", "false"), ("1", "1"), ("0x10", "16"), ("1.5", "1.5")]
)
def test_a_key_is_text(text, key):
    assert [{key: "value"}] == values(f"{text}: value\n")


@pytest.mark.parametrize("text", ["null", "[a]", "{a: b}"])
def test_a_key_that_is_no_scalar_is_unreadable(text):
    assert [(1, "JSON has no such key")] == problems(f"? {text}\n: value\n")


def test_every_document_knows_its_line():
    text = "# head\n---\na: 1\n---\n---\n# nothing\n---\n\n# comment\nb: 2\n"
    assert [(3, {"a": 1}), (10, {"b": 2})] == [
        (one.line, one.value) for one in read_documents(text)
    ]


def test_the_items_of_a_list_know_theirs():
    (document,) = read_documents("kind: List\nitems:\n- a: 1\n-\n  b: 2\n")
    assert [3, 5] == [document.line_of(item) for item in document.value["items"]]


def test_a_broken_document_does_not_hide_the_others():
    text = "a: 1\n---\nb: [\n---\nc: 3\n"
    assert [{"a": 1}, {"c": 3}] == values(text)
    assert [4] == [line for line, _ in problems(text)]


@pytest.mark.parametrize(
    "text",
    ["a: 1\nb: 2\na: 3\n", "a: 1\nb: 2\n'a': 3\n", "1: 1\nb: 2\n0x1: 3\n", "{a: 1,\nb: 2,\na: 3}"],
)
def test_a_key_that_stands_twice_is_named_with_its_line(text):
    key = "1" if text[0] == "1" else "a"
    assert [(3, f"the key {key} stands twice in one mapping")] == problems(text)


def test_a_key_that_stands_twice_in_json_is_named():
    text = '{"a": {}}\n{"a": {"b": 1, "b": 2}}'
    assert [{"a": {}}] == values(text)[:1]
    assert [(2, "the key b stands twice in one of its objects")] == problems(text)


def test_merge_keys_take_effect_where_they_stand():
    text = "one: &one {x: 1, z: 1}\ntwo: {x: 2, <<: *one}\nthree: {<<: *one, x: 3}\n"
    (value,) = values(text)
    assert {"x": 1, "z": 1} == value["two"]
    assert {"x": 3, "z": 1} == value["three"]


def test_of_several_merged_mappings_the_first_counts():
    (value,) = values("a: &a {x: 1}\nb: &b {x: 2, z: 2}\nc: {<<: [*a, *b]}\n")
    assert {"x": 1, "z": 2} == value["c"]


def test_only_mappings_can_be_merged():
    assert [(1, "only mappings can be merged")] == problems("a: {<<: 5}\n")


def test_an_anchor_may_be_set_again():
    assert [{"a": 1, "b": 1, "c": 2, "d": 2}] == values("a: &x 1\nb: *x\nc: &x 2\nd: *x\n")


@pytest.mark.parametrize("text", ["a: *b\n", "a: &b [*b]\n", "a: &a 1\n---\nb: *a\n"])
def test_an_alias_needs_something_that_was_read_before(text):
    assert ["the alias stands for nothing that was read before it"] == [
        problem for _, problem in problems(text)
    ]


def test_aliases_cannot_make_a_small_file_large():
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 20)]
    text = "\n".join(["a0: &a0 [x, x]", *levels])
    assert ["its aliases stand for too much"] == [problem for _, problem in problems(text)]


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000,
        '{"a": ' + "[" * 100_000,
        '{"a": ' * 300 + "1" + "}" * 300,
        "\n".join([f"a{n}: &a{n} [{f'*a{n - 1}' if n else ''}]" for n in range(300)]),
    ],
    ids=["yaml", "json", "whole json", "aliases"],
)
def test_depth_is_bounded(text):
    assert ["nested too deeply"] == [problem for _, problem in problems(text)]


def test_numbers_in_json_are_those_of_kubectl():
    text = '{"a": 1.0, "b": 1e3, "c": 9223372036854775808, "d": 0.5, "e": -0.0}'
    (value,) = values(text)
    assert '{"a": 1, "b": 1000, "c": 9.223372036854776e+18, "d": 0.5, "e": 0}' == json.dumps(value)


@pytest.mark.parametrize("number", ["1e309", "-1e309", "NaN", "Infinity", "9" * 5000])
def test_a_number_that_json_cannot_carry_is_unreadable(number):
    assert [1] == [line for line, _ in problems(f'{{"a": {number}}}')]


def test_objects_of_json_may_stand_one_after_another():
    documents = list(read_documents('{"a": 1}\n\n{"b":\t2}'))
    assert [(1, {"a": 1}), (3, {"b": 2})] == [(one.line, one.value) for one in documents]


def test_yaml_may_begin_with_a_brace():
    assert [{"a": 1}, {"b": 2}] == values("{a: 1}\n---\nb: 2\n")


@pytest.mark.parametrize(
    "text",
    [
        f"a: [{CANARY}\n",
        f"a: '{CANARY}' {CANARY}\n",
        f"a: @{CANARY}\n",
        f"a: *{CANARY}\n",
        f'a: "\\{CANARY}"\n',
        f"a: !{CANARY}!x y\n",
        f"a: {CANARY}: {CANARY}\n",
        f"a: !!int {CANARY}\n",
        f"a: {CANARY}\x07\n",
        f"a: b\n{CANARY}\n",
        f'{{"a": "{CANARY}" "b"}}',
        f"%{CANARY}\n---\na: 1\n",
    ],
)
def test_no_message_quotes_the_file(text):
    found = problems(text)
    assert found
    assert CANARY not in str(found)
