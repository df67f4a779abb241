from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradingstack_operator.rules.addresses import (
    is_barred,
    is_too_wide,
    overlap,
    parse_address,
    parse_range,
)

NETWORKS = st.builds(
    lambda address, length: IPv4Network((address, length), strict=False),
    st.integers(0, 2**32 - 1),
    st.integers(0, 32),
) | st.builds(
    lambda address, length: IPv6Network((address, length), strict=False),
    st.integers(2**112, 2**128 - 1),
    st.integers(16, 128),
)


@given(NETWORKS)
def test_every_range_is_read_in_its_canonical_form(network):
    assert network == parse_range(str(network))


@given(st.text(alphabet="0123456789abcdef.:/%x\n", max_size=24))
def test_a_text_is_read_only_when_it_is_the_one_spelling(text):
    parsed = parse_range(text)
    assert parsed is None or str(parsed) == text


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0/00",
        "0.0.0.0/0.0.0.0",
        "10.0.0.0/255.0.0.0",
        "10.0.0.0/0.255.255.255",
        "10.0.0.5/8",
        "010.0.0.0/8",
        "203.0.113.7",
        "203.0.113.0/33",
        "203.0.113/24",
        "256.0.0.0/8",
        "203.0.113.0/24\n",
        " 203.0.113.0/24",
        "::ffff:0:0/96",
        "::ffff:10.0.0.0/104",
        "fe80::%eth0/64",
        "2001:DB8::/32",
        "2001:db8:0::/48",
        "2001:0db8::/32",
        "2001:db8::1/32",
        "2001:db8::",
        "::g/64",
        "",
    ],
)
def test_another_spelling_is_no_range(text):
    assert parse_range(text) is None


@given(st.integers(0, 2**32 - 1) | st.integers(2**112, 2**128 - 1))
def test_every_address_is_read_in_its_canonical_form(number):
    assert ip_address(number) == parse_address(str(ip_address(number)))


@pytest.mark.parametrize(
    "text",
    [
        "10.9.0.010",
        "10.9.0",
        "10.9.0.10/32",
        "256.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:a00:1",
        "2001:DB8::1",
        "fe80::1%eth0",
        "proxy.example",
        "1:2:3:4:5:6:7:8:9",
    ],
)
def test_another_spelling_is_no_address(text):
    assert parse_address(text) is None


@pytest.mark.parametrize(
    ("text", "wide"),
    [
        ("203.0.0.0/16", False),
        ("203.0.0.0/15", True),
        ("0.0.0.0/1", True),
        ("2001:db8:1::/48", False),
        ("2001:db8::/47", True),
        ("8000::/1", True),
    ],
)
def test_a_range_is_too_wide_above_its_familys_bound(text, wide):
    assert wide is is_too_wide(ip_network(text))


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0/8",
        "127.0.0.0/16",
        "169.254.169.254/32",
        "224.0.0.0/16",
        "240.0.0.0/16",
        "255.255.255.255/32",
        "::1/128",
        "::/0",
        "::/64",
        "64:ff9b::/96",
        "64:ff9b:1:2::/64",
        "100::1/128",
        "2001::/48",
        "2002:a00::/48",
        "fd00:ec2::254/128",
        "fe80::/64",
        "ff02::1/128",
        "8000::/1",
    ],
)
def test_special_addresses_are_barred(text):
    assert is_barred(ip_network(text))


@pytest.mark.parametrize("text", ["203.0.113.0/24", "10.8.0.0/24", "2001:db8:1::/48", "fd12::/48"])
def test_routed_addresses_are_not_barred(text):
    assert not is_barred(ip_network(text))


@given(NETWORKS, NETWORKS)
def test_overlap_has_no_direction(one, other):
    assert overlap(one, other) == overlap(other, one)


def test_ranges_of_two_families_never_overlap():
    assert not overlap(ip_network("0.0.0.0/0"), ip_network("::/0"))
