import pytest

from tradingstack_operator.model.components import BUS, DEPENDS_ON, EDGES
from tradingstack_operator.model.kinds import (
    BY_KIND,
    CONFIG_MAP,
    DEPLOYMENT,
    MANAGED_KINDS,
    NAMESPACE,
    NETWORK_POLICY,
    OWN_KINDS,
    WORKLOAD_KINDS,
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (CONFIG_MAP.path(), "/api/v1/configmaps"),
        (CONFIG_MAP.path("trading"), "/api/v1/namespaces/trading/configmaps"),
        (CONFIG_MAP.path("trading", "a"), "/api/v1/namespaces/trading/configmaps/a"),
        (NAMESPACE.path(name="trading"), "/api/v1/namespaces/trading"),
        (DEPLOYMENT.path("trading", "a"), "/apis/apps/v1/namespaces/trading/deployments/a"),
    ],
)
def test_a_path_names_what_it_is_asked_for(path, expected):
    assert path == expected


def test_the_core_group_has_no_name():
    assert (CONFIG_MAP.group, DEPLOYMENT.group) == ("", "apps")


def test_network_policies_are_applied_before_any_workload():
    order = [kind.kind for kind in MANAGED_KINDS]
    policies = order.index(NETWORK_POLICY.kind)
    assert all(policies < order.index(kind) for kind in WORKLOAD_KINDS)


def test_every_kind_can_be_found_by_its_name():
    assert {BY_KIND[kind.kind] for kind in (*MANAGED_KINDS, *OWN_KINDS)} == {
        *MANAGED_KINDS,
        *OWN_KINDS,
    }


def test_only_foreign_crds_are_optional():
    builtin = {
        "",
        "apps",
        "autoscaling",
        "batch",
        "networking.k8s.io",
        "policy",
    }
    assert [kind.kind for kind in MANAGED_KINDS if kind.optional] == [
        kind.kind for kind in MANAGED_KINDS if kind.group not in builtin
    ]


def test_no_component_waits_for_itself_however_far_the_chain_is_followed():
    def upstream(component):
        return {component}.union(*(upstream(other) for other in DEPENDS_ON[component]))

    circles = [
        component
        for component, needed in DEPENDS_ON.items()
        if any(component in upstream(other) for other in needed)
    ]
    assert circles == []


def test_no_component_but_the_bus_opens_connections_to_itself():
    assert {edge.client for edge in EDGES if edge.client == edge.server} == {BUS}
