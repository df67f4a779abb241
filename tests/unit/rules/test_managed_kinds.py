"""Whatever kind the operator comes to manage, nobody else edits its objects."""

import pytest

from tests.support.stacks import NAMESPACE, NAMESPACE_LABELS, policy
from tradingstack_operator.api.names import LABEL_MANAGED_BY, LABEL_STACK, MANAGED_BY
from tradingstack_operator.model.kinds import MANAGED_KINDS
from tradingstack_operator.rules.judge import judge
from tradingstack_operator.rules.request import Request


def stored(kind, **content):
    labels = {LABEL_MANAGED_BY: MANAGED_BY, LABEL_STACK: "alpha"}
    metadata = {"name": "alpha-part", "namespace": NAMESPACE, "labels": labels}
    pods = {"template": {"spec": {"containers": []}}}
    whole = {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata, "spec": pods}
    return whole | content


@pytest.mark.parametrize("kind", MANAGED_KINDS, ids=lambda kind: kind.kind)
def test_an_edit_by_somebody_else_is_refused(kind):
    edit = Request(
        operation="UPDATE",
        group=kind.group,
        resource=kind.plural,
        kind=kind.kind,
        name="alpha-part",
        namespace=NAMESPACE,
        object=stored(kind, spec={"template": {"spec": {"containers": [], "priority": 1}}}),
        old=stored(kind),
        user="alice",
        namespace_labels=NAMESPACE_LABELS,
        policy=policy(),
    )
    assert {"INV-45", "INV-19"}.intersection(violation.rule for violation in judge(edit))
