"""The vectors on a real API server: every request, as every user, gets the verdict it must."""

import pytest

from tests.apiserver.vector_api import names_the_rule
from tests.support.vectors import vectors
from tradingstack_operator.rules.manifests import build_policies

pytestmark = pytest.mark.apiserver


@pytest.mark.parametrize("vector", [one for one in vectors() if one.entry.with_policy], ids=str)
def test_a_request_gets_its_verdict(server, vector):
    answers = server.verdicts(vector)
    if vector.entry.refused:
        wrong = {how: a for how, a in answers.items() if not names_the_rule(vector, a)}
    else:
        wrong = {how: a for how, a in answers.items() if not a.accepted}
    assert {how: (answer.status, answer.message) for how, answer in wrong.items()} == {}


def test_no_expression_of_a_policy_has_a_type_that_does_not_fit(server):
    warnings = {
        item["metadata"]["name"]: item["status"].get("typeChecking", {}).get("expressionWarnings")
        for item in server.policies()
    }
    assert warnings == {item["metadata"]["name"]: None for item in build_policies()}
