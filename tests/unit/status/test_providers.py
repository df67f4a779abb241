"""A stack stalls when what it wants is not installed, and only then."""

import pytest

from tests.support.stacks import facts
from tests.unit.status.findings import healthy, rejected
from tradingstack_operator.model.kinds import MANAGED_KINDS, PROVIDERS
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status.tree import missing_provider, stalled

CLUSTER = {ObjectRef("Cluster", "alpha-database"): "database"}


def without(*kinds):
    return facts(missing_kinds=frozenset(kinds))


def test_a_stack_that_wants_a_cluster_stalls_without_cloudnativepg():
    verdict = stalled(healthy(facts=without("Cluster"), desired=CLUSTER))
    assert (verdict.status, verdict.reason) == ("True", "ProviderMissing")
    assert verdict.message == "The API server does not serve Cluster: install CloudNativePG."


def test_a_stack_that_wants_none_does_not():
    assert missing_provider(healthy(facts=without("Cluster"), desired={})) == ""


def test_every_stack_stalls_without_external_secrets():
    text = "The API server does not serve ExternalSecret: install the External Secrets Operator."
    assert missing_provider(healthy(facts=without("ExternalSecret"), desired={})) == text
    assert missing_provider(rejected(facts=without("ExternalSecret"))) == text


@pytest.mark.parametrize(
    "kind", [kind.kind for kind in MANAGED_KINDS if "monitoring" in kind.api_version]
)
def test_no_stack_stalls_without_prometheus(kind):
    wanted = {ObjectRef(kind, "alpha-risk-api"): "observability"}
    assert missing_provider(healthy(facts=without(kind), desired=wanted)) == ""


def test_what_may_be_missing_and_matters_is_optional():
    optional = {kind.kind for kind in MANAGED_KINDS if kind.optional}
    assert optional >= PROVIDERS.keys()
