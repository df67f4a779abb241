import ipaddress

import pytest

from tests.golden.cases import CASES
from tests.unit.desired.factory import a_risk_api, a_stack, an_ingestor, facts, objects
from tradingstack_operator.model.components import EDGES

RULES = [
    pytest.param(rule, id=f"{case}-{manifest['metadata']['name']}-{direction}-{index}")
    for case, manifests in CASES
    for manifest in manifests
    if manifest["kind"] == "NetworkPolicy"
    for direction in ("ingress", "egress")
    for index, rule in enumerate(manifest["spec"].get(direction, ()))
]


def policy(stack, name, surroundings=None):
    return objects(stack, surroundings).get(("NetworkPolicy", f"alpha-{name}"))


def pods_of(component):
    return {
        "podSelector": {
            "matchLabels": {
                "tradingstack.io/stack": "alpha",
                "app.kubernetes.io/component": component,
            }
        }
    }


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_names_ports_and_peers(rule):
    assert rule["ports"]
    assert rule.get("to") or rule.get("from")
    assert all(port["port"] and port["protocol"] for port in rule["ports"])


@pytest.mark.parametrize("rule", RULES)
def test_no_rule_opens_a_whole_network_or_every_namespace(rule):
    for peer in (*rule.get("to", ()), *rule.get("from", ())):
        if "ipBlock" in peer:
            network = ipaddress.ip_network(peer["ipBlock"]["cidr"])
            assert network.prefixlen >= (16 if network.version == 4 else 48)
        else:
            assert peer["podSelector"]["matchLabels"]


def test_everything_is_shut_by_default():
    assert policy(a_stack(), "default-deny")["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }


def test_names_are_resolved_by_the_clusters_dns_only():
    (rule,) = policy(a_stack(), "allow-dns")["spec"]["egress"]
    (server,) = rule["to"]
    assert server["podSelector"]["matchLabels"] == {"k8s-app": "kube-dns"}
    assert {(port["protocol"], port["port"]) for port in rule["ports"]} == {
        ("UDP", 53),
        ("TCP", 53),
    }


@pytest.mark.parametrize("edge", EDGES)
def test_an_edge_is_open_at_both_ends(edge):
    ports = [{"protocol": "TCP", "port": edge.port}]
    out = policy(a_stack(), edge.client)["spec"]["egress"]
    into = policy(a_stack(), edge.server)["spec"]["ingress"]
    assert {"to": [pods_of(edge.server)], "ports": ports} in out
    assert {"from": [pods_of(edge.client)], "ports": ports} in into


def test_the_cache_opens_no_connections():
    assert policy(a_stack(), "cache")["spec"]["policyTypes"] == ["Ingress"]


def test_a_direct_partner_is_open_to_its_own_ingestor_only():
    stack = a_stack(ingestors=[an_ingestor(partners=["kraken-md"]), an_ingestor(name="risk")])
    spec = policy(stack, "ingestor-kraken")["spec"]
    assert spec["podSelector"]["matchLabels"]["tradingstack.io/ingestor"] == "kraken"
    assert spec["egress"] == [
        {
            "to": [
                {"ipBlock": {"cidr": "203.0.113.0/25"}},
                {"ipBlock": {"cidr": "203.0.113.128/25"}},
            ],
            "ports": [{"protocol": "TCP", "port": 443}, {"protocol": "TCP", "port": 8443}],
        }
    ]
    assert policy(stack, "ingestor-risk") is None


def test_a_partner_behind_the_proxy_opens_the_proxy_and_not_its_own_ranges():
    stack = a_stack(ingestors=[an_ingestor(partners=["sim-feed"])])
    assert policy(stack, "ingestor-kraken")["spec"]["egress"] == [
        {
            "to": [{"ipBlock": {"cidr": "10.9.0.10/32"}}],
            "ports": [{"protocol": "TCP", "port": 3128}],
        }
    ]


def test_a_proxy_with_an_ipv6_address_is_one_host():
    surroundings = facts()
    egress = surroundings.policy.spec.egress
    proxy = egress.proxy.model_copy(update={"host": "2001:db8::10"})
    spec = surroundings.policy.spec.model_copy(
        update={"egress": egress.model_copy(update={"proxy": proxy})}
    )
    surroundings = facts(policy=surroundings.policy.model_copy(update={"spec": spec}))
    stack = a_stack(ingestors=[an_ingestor(partners=["sim-feed"])])
    (rule,) = policy(stack, "ingestor-kraken", surroundings)["spec"]["egress"]
    assert rule["to"] == [{"ipBlock": {"cidr": "2001:db8::10/128"}}]


@pytest.mark.parametrize(
    "partner", ["nobody", "sim-venue", "kraken-trade"], ids=["unknown", "other class", "barred"]
)
def test_a_partner_the_platform_does_not_grant_opens_nothing(partner):
    stack = a_stack(ingestors=[an_ingestor(partners=[partner])])
    assert policy(stack, "ingestor-kraken") is None


def test_without_a_platform_policy_nothing_outside_is_open():
    stack = a_stack(ingestors=[an_ingestor(partners=["kraken-md"])])
    assert policy(stack, "ingestor-kraken", facts(policy=None)) is None


def test_orders_may_go_to_their_venues_from_the_risk_api():
    stack = a_stack(orderRouting={"partners": ["sim-venue"]}, riskApi=a_risk_api())
    spec = policy(stack, "risk-api-partners")["spec"]
    assert spec["podSelector"] == pods_of("risk-api")["podSelector"]
    assert spec["egress"] == [
        {
            "to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}],
            "ports": [{"protocol": "TCP", "port": 9443}],
        }
    ]


def test_a_simulation_reaches_no_venue():
    stack = a_stack(orderRouting={"partners": ["sim-venue"]}, simulation={"enabled": True})
    assert policy(stack, "risk-api-partners") is None


def test_an_external_cache_has_the_same_neighbours():
    external = a_stack(cache={"provider": "External"})
    assert policy(a_stack(), "cache") == policy(external, "cache")
