"""The kinds that are judged are those that the policies look at."""

from tradingstack_operator.ctl.kinds import CREATED, KNOWN, kind_of
from tradingstack_operator.model.kinds import OWN_KINDS


def test_every_resource_of_a_policy_has_a_kind():
    whole = {(group, path) for group, path in CREATED if "/" not in path and path != "*"}
    assert whole <= {(kind.group, kind.plural) for kind in KNOWN}


def test_every_kind_is_looked_at_by_a_policy():
    groups = {group for group, path in CREATED if path == "*"}
    idle = {
        kind.kind
        for kind in KNOWN
        if (kind.group, kind.plural) not in CREATED and kind.group not in groups
    }
    assert idle == set()


def test_the_version_of_a_kind_does_not_matter():
    assert kind_of("batch/v1beta1", "CronJob").plural == "cronjobs"


def test_the_group_of_a_kind_does():
    assert kind_of("example.com/v1", "Secret") is None


def test_where_a_policy_looks_at_a_whole_group_every_kind_is_judged():
    assert kind_of("generators.external-secrets.io/v1alpha1", "Webhook").plural == "webhooks"


def test_kinds_of_the_projects_group_are_never_ignored():
    assert all(kind_of(kind.api_version, kind.kind) == kind for kind in OWN_KINDS)
    assert kind_of("tradingstack.io/v1alpha1", "TradingStak") is not None
