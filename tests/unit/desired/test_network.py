import ipaddress

import pytest

from tests.golden.cases import CASES
from tests.unit.desired.factory import (
    a_risk_api,
    a_secrets,
    a_stack,
    an_ingestor,
    facts,
    objects,
)
from tradingstack_operator.desired.partners import neighbours
from tradingstack_operator.model.components import EDGES

BACKED_UP = {
    "provider": "Builtin",
    "backup": {
        "bucket": "s3://alpha-backups/tsdb",
        "schedule": "0 2 * * *",
        "retentionDays": 30,
    },
}

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


def external(component, host="cache.example", port=6380):
    """Let somebody else run a component."""
    address = {"host": host, "port": port}
    more = {"database": {"database": "trading"}}.get(component, {})
    kind = {"kind": "Kafka"} if component == "bus" else {}
    return {component: {"provider": "External", "external": address | more, **kind}}


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
            chosen = (peer["podSelector"], peer.get("namespaceSelector", {}))
            assert any(selector.get("matchLabels") for selector in chosen)


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
    stack = a_stack(ingestors=[an_ingestor()], database=BACKED_UP)
    ports = [{"protocol": "TCP", "port": edge.port}]
    out = policy(stack, edge.client)["spec"]["egress"]
    into = policy(stack, edge.server)["spec"]["ingress"]
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


@pytest.mark.parametrize(
    ("component", "server", "cidr", "port", "clients"),
    [
        ("cache", "cache", "10.5.0.16/28", 6380, ["ingestor", "risk-api", "watchdog"]),
        ("bus", "kafka", "10.5.0.32/28", 9093, ["ingestor", "risk-api", "watchdog"]),
        ("features", "features", "10.5.0.48/28", 6566, ["risk-api"]),
        ("database", "db", "10.5.0.0/28", 5432, ["ingestor", "risk-api", "schema", "features"]),
    ],
)
def test_an_external_component_is_reached_at_the_ranges_the_platform_lists(
    component, server, cidr, port, clients
):
    stack = a_stack(ingestors=[an_ingestor()], **external(component, f"{server}.example", port))
    way = {"to": [{"ipBlock": {"cidr": cidr}}], "ports": [{"protocol": "TCP", "port": port}]}
    for client in clients:
        found = policy(stack, client)["spec"]["egress"]
        assert way in found
        assert not [rule for rule in found if pods_of(component) in rule["to"]]
    assert policy(stack, component) is None


@pytest.mark.parametrize(
    ("host", "port"), [("other.example", 6380), ("cache.example", 6379)], ids=["host", "port"]
)
def test_an_external_component_the_platform_does_not_list_opens_nothing(host, port):
    stack = a_stack(**external("cache", host, port))
    assert "10.5.0.16/28" not in str(policy(stack, "risk-api"))


def test_a_service_of_another_environment_opens_nothing():
    secrets = a_secrets(pathPrefix="production/trading/alpha")
    stack = a_stack(environment="production", secrets=secrets, **external("cache"))
    assert "10.5.0.16/28" not in str(policy(stack, "risk-api"))


def test_an_external_component_without_an_address_opens_nothing():
    stack = a_stack(cache={"provider": "External"})
    assert policy(stack, "cache") is None


@pytest.mark.parametrize("component", ["database", "backup", "operation"])
def test_backups_reach_the_object_stores(component):
    way = {
        "to": [{"ipBlock": {"cidr": "10.8.0.0/24"}}],
        "ports": [{"protocol": "TCP", "port": 443}],
    }
    assert way in policy(a_stack(database=BACKED_UP), component)["spec"]["egress"]


def test_without_backups_no_object_store_is_open():
    assert not [
        name for name in objects(a_stack()) if "10.8.0.0/24" in str(objects(a_stack())[name])
    ]


@pytest.mark.parametrize("component", ["ingestor", "risk-api", "watchdog"])
def test_the_platforms_monitoring_reads_metrics(component):
    stack = a_stack(ingestors=[an_ingestor()])
    assert {
        "from": [
            {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}},
                "podSelector": {},
            }
        ],
        "ports": [{"protocol": "TCP", "port": 8080}],
    } in policy(stack, component)["spec"]["ingress"]


def test_halts_come_from_the_operators_namespace_to_their_own_port():
    assert {
        "from": [
            {
                "namespaceSelector": {
                    "matchLabels": {"kubernetes.io/metadata.name": "tradingstack-system"}
                },
                "podSelector": {"matchLabels": {"app.kubernetes.io/component": "halt-relay"}},
            }
        ],
        "ports": [{"protocol": "TCP", "port": 8081}],
    } in policy(a_stack(), "risk-api")["spec"]["ingress"]


def test_without_a_platform_policy_nobody_outside_comes_in():
    stack = a_stack(ingestors=[an_ingestor()])
    assert "namespaceSelector" not in str(policy(stack, "risk-api", facts(policy=None)))
    assert policy(stack, "ingestor", facts(policy=None))["spec"]["ingress"] == [
        {"from": [pods_of("watchdog")], "ports": [{"protocol": "TCP", "port": 8080}]}
    ]


def test_no_policy_names_an_ingestor_of_a_stack_that_has_none():
    assert policy(a_stack(), "ingestor") is None


@pytest.mark.parametrize(
    ("component", "hosts"),
    [
        ("ingestor", ("alpha-bus", "alpha-cache", "alpha-database")),
        ("risk-api", ("alpha-bus", "alpha-cache", "alpha-database", "alpha-features")),
    ],
)
def test_a_program_knows_its_neighbours_so_that_none_is_sought_behind_the_proxy(component, hosts):
    assert neighbours(a_stack(), component) == hosts


def test_an_external_neighbour_is_known_by_its_own_name():
    stack = a_stack(**external("cache", "cache.example", 6380))
    assert "cache.example" in neighbours(stack, "ingestor")
