"""The vectors, judged by the rules in Python."""

from collections import Counter

import pytest

from tests.support.vectors import vectors
from tradingstack_operator.rules.judge import judge

OURS = {"policy", "crd"}
"""The layers that Python speaks for; what the others refuse, it may accept."""


def test_every_vector_has_an_id_of_its_own():
    assert [one for one, times in Counter(map(str, vectors())).items() if times > 1] == []


def verdicts(vector):
    return {violation.rule for violation in judge(vector.request())}


@pytest.mark.parametrize("vector", [one for one in vectors() if not one.entry.refused], ids=str)
def test_a_good_request_is_accepted(vector):
    assert [str(violation) for violation in judge(vector.request())] == []


@pytest.mark.parametrize(
    "vector", [one for one in vectors() if one.entry.refused and one.entry.by in OURS], ids=str
)
def test_a_bad_request_is_refused_by_the_rule_that_the_vector_names(vector):
    assert vector.entry.refused in verdicts(vector)


@pytest.mark.parametrize("vector", [one for one in vectors() if one.entry.by == "schema"], ids=str)
def test_what_the_schema_refuses_does_not_parse(vector):
    assert verdicts(vector) == {"schema"}
