"""What a PlatformPolicy may allow: it opens the network, so it is judged itself."""

from collections.abc import Iterator
from typing import Final

from tradingstack_operator.api.names import POLICY_NAME
from tradingstack_operator.api.platform_policy import PlatformPolicy
from tradingstack_operator.rules.addresses import (
    Range,
    is_barred,
    is_too_wide,
    overlap,
    parse_address,
    parse_range,
)
from tradingstack_operator.rules.rule import Broken, rule

_BARRED_PORTS: Final = frozenset({22, 23, 25, 53, 853, 5353})
_MOST_IPV4_ADDRESSES: Final = 2**16

_PARTNERS: Final = "spec.egress.partners"
_STORES: Final = "spec.egress.objectStores"
_APPROVED: Final = "spec.approvedCIDRs"


@rule("INV-17", "the addresses of a policy are in canonical form")
def addresses_are_canonical(policy: PlatformPolicy) -> Iterator[Broken]:
    """Leave one reading only: two programs may see two ranges in one odd spelling."""
    egress = policy.spec.egress
    if parse_address(egress.proxy.host) is None:
        yield Broken("spec.egress.proxy.host", "write it as a plain IP address")
    cluster = {
        f"spec.egress.clusterCIDRs[{number}]": text
        for number, text in enumerate(egress.cluster_cidrs)
    }
    for field, text in (_outside(policy) | cluster).items():
        if parse_range(text) is None:
            yield Broken(
                field, "write the network address and the prefix length, such as 203.0.113.0/24"
            )


@rule("INV-17", "a range is narrow: IPv4 /16 or longer, IPv6 /48 or longer")
def ranges_are_narrow(policy: PlatformPolicy) -> Iterator[Broken]:
    """Keep a few wide ranges from adding up to the whole internet."""
    for field, candidate in _outside_ranges(policy):
        if is_too_wide(candidate):
            yield Broken(field, "split it into the ranges that are really used")


@rule("INV-17", "a range has no special addresses")
def ranges_have_no_special_addresses(policy: PlatformPolicy) -> Iterator[Broken]:
    """Close the ways round every other check: loopback, metadata, translation and the like."""
    for field, candidate in _outside_ranges(policy):
        if is_barred(candidate):
            yield Broken(field, "use the partner's public or routed private addresses")


@rule("INV-17", "a partner's port carries trading, not DNS, mail or a shell")
def ports_carry_trading(policy: PlatformPolicy) -> Iterator[Broken]:
    """Close the ports over which data leaves unseen."""
    for place, partner in enumerate(policy.spec.egress.partners):
        for number, port in enumerate(partner.ports):
            if port in _BARRED_PORTS:
                yield Broken(f"{_PARTNERS}[{place}].ports[{number}]", "remove the port")


@rule("INV-17", "the partners together have at most 65536 IPv4 addresses")
def partners_are_few(policy: PlatformPolicy) -> Iterator[Broken]:
    """Keep many narrow ranges from adding up to a wide one."""
    sizes = (
        candidate.num_addresses
        for candidates in _partner_ranges(policy).values()
        for candidate in candidates
        if candidate.version == 4
    )
    if sum(sizes) > _MOST_IPV4_ADDRESSES:
        yield Broken(_PARTNERS, "list only the addresses that are really used")


@rule("INV-17", "market data and order entry share no address")
def classes_share_no_address(policy: PlatformPolicy) -> Iterator[Broken]:
    """Keep a data feed from opening a way for orders."""
    ranges = _partner_ranges(policy)
    partners = policy.spec.egress.partners
    for place, partner in enumerate(partners):
        if partner.partner_class == "OrderEntry" and any(
            overlap(one, other)
            for feed in partners
            if feed.partner_class == "MarketData"
            for one in ranges[partner.name]
            for other in ranges[feed.name]
        ):
            yield Broken(f"{_PARTNERS}[{place}].cidrs", "separate it from the MarketData partners")


@rule("INV-17", "a partner lies outside the cluster")
def partners_lie_outside_the_cluster(policy: PlatformPolicy) -> Iterator[Broken]:
    """Keep the database and the API server from being opened as a partner."""
    cluster = [parse_range(text) for text in policy.spec.egress.cluster_cidrs]
    ranges = _partner_ranges(policy)
    for place, partner in enumerate(policy.spec.egress.partners):
        if any(
            inner and overlap(inner, outer) for inner in cluster for outer in ranges[partner.name]
        ):
            yield Broken(f"{_PARTNERS}[{place}].cidrs", "remove the ranges of clusterCIDRs")


@rule("INV-17", "approvedCIDRs holds the ranges of proxy, object stores and partners, no others")
def approved_ranges_are_those_in_use(policy: PlatformPolicy) -> Iterator[Broken]:
    """Leave no range open that nobody owns: admission reads this list alone."""
    egress = policy.spec.egress
    proxy = f"{egress.proxy.host}/{128 if ':' in egress.proxy.host else 32}"
    approved = policy.spec.approved_cidrs
    used = _used(policy)
    for number, text in enumerate(approved):
        if text != proxy and text not in used.values():
            yield Broken(f"{_APPROVED}[{number}]", "remove it, or list it where it belongs")
    for field, text in ({"spec.egress.proxy.host": proxy} | used).items():
        if text not in approved:
            yield Broken(field, "add it to approvedCIDRs")


@rule("INV-35", f"the only policy is named {POLICY_NAME}")
def policy_has_the_one_name(policy: PlatformPolicy) -> Iterator[Broken]:
    """Avoid a policy that looks as if it counted: admission and operator read one."""
    if policy.metadata.name != POLICY_NAME:
        yield Broken("metadata.name", f"move its content to PlatformPolicy {POLICY_NAME}")


def _used(policy: PlatformPolicy) -> dict[str, str]:
    """List every range that partners and object stores have, by its field."""
    egress = policy.spec.egress
    owners = [
        (f"{_STORES}[{place}]", store.cidrs) for place, store in enumerate(egress.object_stores)
    ]
    owners += [(f"{_PARTNERS}[{place}]", one.cidrs) for place, one in enumerate(egress.partners)]
    return {
        f"{path}.cidrs[{number}]": text
        for path, cidrs in owners
        for number, text in enumerate(cidrs)
    }


def _outside(policy: PlatformPolicy) -> dict[str, str]:
    """List every range outside the cluster, by its field."""
    return _used(policy) | {
        f"{_APPROVED}[{number}]": text for number, text in enumerate(policy.spec.approved_cidrs)
    }


def _outside_ranges(policy: PlatformPolicy) -> Iterator[tuple[str, Range]]:
    for field, text in _outside(policy).items():
        candidate = parse_range(text)
        if candidate:
            yield field, candidate


def _partner_ranges(policy: PlatformPolicy) -> dict[str, list[Range]]:
    """List the ranges of each partner, without those that another rule already refuses."""
    return {
        partner.name: [found for text in partner.cidrs if (found := parse_range(text))]
        for partner in policy.spec.egress.partners
    }
