"""What the operator renders keeps the rules by itself, not because the operator wrote it."""

import copy

import pytest

from tests.golden.cases import CASES, platform_policy
from tests.support.vectors import plural
from tradingstack_operator.model.kinds import CONFIG_MAP, EXTERNAL_SECRET, NETWORK_POLICY, SERVICE
from tradingstack_operator.rules.judge import judge
from tradingstack_operator.rules.request import Request

KINDS = {kind.kind for kind in (CONFIG_MAP, EXTERNAL_SECRET, NETWORK_POLICY, SERVICE)}
RENDERED = [
    pytest.param(manifest, id=f"{name} {manifest['kind']} {manifest['metadata']['name']}")
    for name, manifests in CASES
    for manifest in manifests
    if manifest["kind"] in KINDS
]


def sent_by_somebody(manifest):
    """Take off what says that the operator made it, and send it as another user."""
    manifest = copy.deepcopy(manifest)
    labels = manifest["metadata"].pop("labels")
    return Request(
        operation="CREATE",
        group=manifest["apiVersion"].rpartition("/")[0],
        resource=plural(manifest["kind"]),
        kind=manifest["kind"],
        name=manifest["metadata"]["name"],
        namespace=manifest["metadata"]["namespace"],
        object=manifest,
        user="alice",
        namespace_labels={
            label: labels[label]
            for label in ("tradingstack.io/environment", "tradingstack.io/stack")
        },
        policy=platform_policy(),
    )


@pytest.mark.parametrize("manifest", RENDERED)
def test_a_rendered_object_would_be_accepted_from_anybody(manifest):
    assert [str(violation) for violation in judge(sent_by_somebody(manifest))] == []
