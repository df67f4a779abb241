"""The Jobs of operations keep the rules of production, as all that the operator renders."""

import pytest

from tests.support.operations import an_operation
from tests.support.stacks import NAMESPACE_LABELS, facts, policy, stack
from tests.support.vectors import plural
from tradingstack_operator.api.names import FIELD_MANAGER
from tradingstack_operator.desired.build import build
from tradingstack_operator.rules.judge import judge
from tradingstack_operator.rules.request import OPERATE, Request

RESTORE = {"component": "database", "confirm": "alpha", "targetTime": "2026-08-01T10:00:00Z"}
OPERATIONS = [
    an_operation("Backup", "Running"),
    an_operation("Drill", "Running"),
    an_operation("Restore", "Running", restore=RESTORE),
    an_operation("Restore", "Running", restore={"component": "features", "confirm": "alpha"}),
]


def rendered(operation):
    return build(stack(), facts(operations=(operation,)))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.spec.type)
def test_what_an_operation_needs_keeps_every_rule(operation):
    before = {(item["kind"], item["metadata"]["name"]) for item in build(stack(), facts())}
    added = [
        item
        for item in rendered(operation)
        if (item["kind"], item["metadata"]["name"]) not in before
    ]
    assert "Job" in {item["kind"] for item in added}
    for manifest in added:
        request = Request(
            operation="CREATE",
            group=manifest["apiVersion"].rpartition("/")[0],
            resource=plural(manifest["kind"]),
            kind=manifest["kind"],
            name=manifest["metadata"]["name"],
            namespace=manifest["metadata"]["namespace"],
            object=manifest,
            user=policy().spec.operator_service_account,
            rights=frozenset({OPERATE}),
            field_manager=FIELD_MANAGER,
            namespace_labels=NAMESPACE_LABELS,
            policy=policy(),
        )
        assert [str(violation) for violation in judge(request)] == []
