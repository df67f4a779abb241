import pytest

from tests.support.stacks import POLICY, policy
from tradingstack_operator.rules.registry import validate_policy

PROXY = "10.9.0.10/32"
STORE = "10.8.0.0/24"


def partner(name, *cidrs, **fields):
    return {
        "name": name,
        "class": "MarketData",
        "cidrs": list(cidrs),
        "ports": [443],
        "environments": ["production"],
        "via": "Direct",
    } | fields


def with_partners(*partners, approved=None, **egress):
    """Make a policy of these partners that approves exactly what they use."""
    used = list(dict.fromkeys(text for one in partners for text in one["cidrs"]))
    return policy(
        spec={
            "egress": {"partners": list(partners), **egress},
            "approvedCIDRs": approved or [PROXY, STORE, *used],
        }
    )


def broken(judged):
    return [violation.field for violation in validate_policy(judged)]


PARTNER = "spec.egress.partners[0]"
FIRST = f"{PARTNER}.cidrs[0]"


def test_a_fitting_policy_is_kept():
    assert broken(policy()) == []


@pytest.mark.parametrize(
    "cidrs",
    [
        ["2001:db8:1::/48"],
        ["203.0.113.7/32"],
        ["203.0.113.0/24", "2001:db8:1::/48"],
        ["203.0.0.0/16"],
    ],
    ids=str,
)
def test_narrow_ranges_of_either_family_are_kept(cidrs):
    assert broken(with_partners(partner("md", *cidrs))) == []


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0/00",
        "10.0.0.5/8",
        "010.0.0.0/8",
        "0.0.0.0/0.0.0.0",
        "fe80::%eth0/64",
        "203.0.113.7",
        "::ffff:0:0/96",
    ],
)
def test_a_range_in_another_spelling_is_refused_wherever_it_stands(text):
    assert broken(with_partners(partner("md", text))) == ["spec.approvedCIDRs[2]", FIRST]


@pytest.mark.parametrize("text", ["0.0.0.0/0", "0.0.0.0/1", "203.0.0.0/15", "::/0", "::/1"])
def test_a_wide_range_is_refused(text):
    assert FIRST in broken(with_partners(partner("md", text)))


@pytest.mark.parametrize(
    "text",
    ["169.254.169.254/32", "127.0.0.0/16", "224.0.0.0/16", "::1/128", "fd00:ec2::254/128"],
)
def test_a_range_of_special_addresses_is_refused(text):
    assert broken(with_partners(partner("md", text))) == ["spec.approvedCIDRs[2]", FIRST]


@pytest.mark.parametrize("host", ["proxy.example", "10.9.0.010", "10.9.0.10/32"])
def test_a_proxy_without_a_plain_address_is_refused(host):
    assert "spec.egress.proxy.host" in broken(policy(spec={"egress": {"proxy": {"host": host}}}))


def test_a_proxy_may_have_an_ipv6_address():
    judged = policy(
        spec={
            "egress": {"proxy": {"host": "fd12::10"}},
            "approvedCIDRs": ["fd12::10/128", *POLICY["spec"]["approvedCIDRs"][1:]],
        }
    )
    assert broken(judged) == []


def test_a_range_of_the_cluster_in_another_spelling_is_refused():
    judged = policy(spec={"egress": {"clusterCIDRs": ["10.96.0.1/16"]}})
    assert broken(judged) == ["spec.egress.clusterCIDRs[0]"]


def test_a_range_of_the_cluster_may_be_wide():
    assert broken(policy(spec={"egress": {"clusterCIDRs": ["172.16.0.0/12"]}})) == []


@pytest.mark.parametrize("port", [22, 23, 25, 53, 853, 5353])
def test_a_port_for_dns_mail_or_shells_is_refused(port):
    judged = with_partners(partner("md", "203.0.113.0/24", ports=[443, port]))
    assert [f"{PARTNER}.ports[1]"] == broken(judged)


def test_partners_with_too_many_addresses_together_are_refused():
    judged = with_partners(partner("a", "203.0.0.0/16"), partner("b", "198.51.100.0/24"))
    assert broken(judged) == ["spec.egress.partners"]


def test_ipv6_addresses_are_not_counted():
    judged = with_partners(partner("a", "203.0.0.0/16", "2001:db8:1::/48"))
    assert broken(judged) == []


@pytest.mark.parametrize("feed", ["203.0.113.0/24", "203.0.113.128/25", "203.0.112.0/23"])
def test_classes_that_share_addresses_are_refused(feed):
    orders = partner("trade", "203.0.113.0/24", **{"class": "OrderEntry"})
    judged = with_partners(orders, partner("md", feed))
    assert [f"{PARTNER}.cidrs"] == broken(judged)


def test_partners_of_one_class_may_share_addresses():
    judged = with_partners(partner("a", "203.0.113.0/24"), partner("b", "203.0.113.0/24"))
    assert broken(judged) == []


def test_a_partner_inside_the_cluster_is_refused():
    assert [f"{PARTNER}.cidrs"] == broken(with_partners(partner("md", "10.96.7.0/24")))


def test_an_unreadable_range_of_the_cluster_does_not_hide_the_others():
    judged = with_partners(partner("md", "10.96.7.0/24"), clusterCIDRs=["all", "10.96.0.0/16"])
    assert ["spec.egress.clusterCIDRs[0]", f"{PARTNER}.cidrs"] == broken(judged)


def test_a_range_that_nobody_owns_is_refused():
    approved = [*POLICY["spec"]["approvedCIDRs"], "192.0.2.0/24"]
    assert broken(policy(spec={"approvedCIDRs": approved})) == ["spec.approvedCIDRs[4]"]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (PROXY, "spec.egress.proxy.host"),
        (STORE, "spec.egress.objectStores[0].cidrs[0]"),
        ("203.0.113.0/24", FIRST),
    ],
)
def test_a_range_in_use_that_is_not_approved_is_refused(text, field):
    approved = [other for other in POLICY["spec"]["approvedCIDRs"] if other != text]
    assert field in broken(policy(spec={"approvedCIDRs": approved}))


def test_the_ranges_of_services_and_the_api_server_are_in_use():
    service = {"name": "db", "host": "db.example", "port": 5432, "environments": ["production"]}
    egress = {
        "services": [service | {"cidrs": ["10.5.0.0/28"]}],
        "apiServer": {"cidrs": ["10.7.0.10/32"], "port": 6443},
    }
    assert broken(policy(spec={"egress": egress})) == [
        "spec.egress.apiServer.cidrs[0]",
        "spec.egress.services[0].cidrs[0]",
    ]
    approved = [*POLICY["spec"]["approvedCIDRs"], "10.5.0.0/28", "10.7.0.10/32"]
    assert broken(policy(spec={"egress": egress, "approvedCIDRs": approved})) == []


@pytest.mark.parametrize("host", ["10.8.0.7", "canary.example", "010.6.0.10"])
def test_a_probe_aims_at_a_plain_address_that_is_not_approved(host):
    judged = policy(spec={"egress": {"probeTarget": {"host": host, "port": 443}}})
    assert broken(judged) == ["spec.egress.probeTarget.host"]


def test_a_policy_of_another_name_is_refused():
    assert broken(policy(metadata={"name": "second"})) == ["metadata.name"]
