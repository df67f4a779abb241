"""What a PlatformPolicy may allow: it opens the network, so it is judged itself."""

from collections.abc import Iterator
from typing import Final

from tradingstack_operator.api.names import POLICY_NAME
from tradingstack_operator.api.platform_policy import PlatformPolicy
from tradingstack_operator.rules import cel
from tradingstack_operator.rules.addresses import (
    BARRED,
    SHORTEST_PREFIX,
    Range,
    is_barred,
    is_too_wide,
    overlap,
    parse_address,
    parse_range,
)
from tradingstack_operator.rules.rule import Broken, Crd, rule

_BARRED_PORTS: Final = (22, 23, 25, 53, 853, 5353)
_MOST_IPV4_ADDRESSES: Final = 2**16

_PARTNERS: Final = "spec.egress.partners"
_STORES: Final = "spec.egress.objectStores"
_APPROVED: Final = "spec.approvedCIDRs"


_KIND: Final = "PlatformPolicy"
_OUTSIDE: Final = (f"{_PARTNERS}[].cidrs[]", f"{_STORES}[].cidrs[]", f"{_APPROVED}[]")
_CANONICAL: Final = "isCIDR(self) && string(cidr(self).masked()) == self"


def _disjoint(one: str, other: str) -> str:
    """Write that two ranges share no address; a text that is no range is another rule's matter."""
    return (
        f"(!isCIDR({one}) || !isCIDR({other})"
        f" || !cidr({one}).containsCIDR({other}) && !cidr({other}).containsCIDR({one}))"
    )


@rule(
    "INV-17",
    "the addresses of a policy are in canonical form",
    Crd(
        _KIND,
        "spec.egress.proxy.host",
        "isIP(self) && ip.isCanonical(self)",
        "write it as a plain IP address",
    ),
    *(
        Crd(
            _KIND,
            path,
            _CANONICAL,
            "write the network address and the prefix length, such as 203.0.113.0/24",
        )
        for path in (*_OUTSIDE, "spec.egress.clusterCIDRs[]")
    ),
)
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


@rule(
    "INV-17",
    "a range is narrow: IPv4 /16 or longer, IPv6 /48 or longer",
    *(
        Crd(
            _KIND,
            path,
            "!isCIDR(self) || cidr(self).prefixLength() >="
            f" (cidr(self).ip().family() == 4 ? {SHORTEST_PREFIX[4]} : {SHORTEST_PREFIX[6]})",
            "split it into the ranges that are really used",
        )
        for path in _OUTSIDE
    ),
)
def ranges_are_narrow(policy: PlatformPolicy) -> Iterator[Broken]:
    """Keep a few wide ranges from adding up to the whole internet."""
    for field, candidate in _outside_ranges(policy):
        if is_too_wide(candidate):
            yield Broken(field)


@rule(
    "INV-17",
    "a range has no special addresses",
    *(
        Crd(
            _KIND,
            path,
            f"!isCIDR(self) || {cel.texts(BARRED)}.all(d, {_disjoint('self', 'd')})",
            "use the partner's public or routed private addresses: no loopback, link-local,"
            " metadata, multicast or translated ones",
        )
        for path in _OUTSIDE
    ),
)
def ranges_have_no_special_addresses(policy: PlatformPolicy) -> Iterator[Broken]:
    """Close the ways round every other check: loopback, metadata, translation and the like."""
    for field, candidate in _outside_ranges(policy):
        if is_barred(candidate):
            yield Broken(field)


@rule(
    "INV-17",
    "a partner's port carries trading, not DNS, mail or a shell",
    Crd(
        _KIND,
        f"{_PARTNERS}[].ports[]",
        f"!(self in {list(_BARRED_PORTS)})",
        "remove the port",
    ),
)
def ports_carry_trading(policy: PlatformPolicy) -> Iterator[Broken]:
    """Close the ports over which data leaves unseen."""
    for place, partner in enumerate(policy.spec.egress.partners):
        for number, port in enumerate(partner.ports):
            if port in _BARRED_PORTS:
                yield Broken(f"{_PARTNERS}[{place}].ports[{number}]")


@rule(
    "INV-17",
    f"the partners together have at most {_MOST_IPV4_ADDRESSES} IPv4 addresses",
    Crd(
        _KIND,
        "spec",
        # no expression names a value and none has powers, hence the lists
        "[self.egress.partners.map(p, p.cidrs.map(c, !isCIDR(c) || cidr(c).ip().family() != 4"
        f" || cidr(c).prefixLength() < {SHORTEST_PREFIX[4]} ? 0"
        f" : {[2**bits for bits in range(16, -1, -1)]}"
        f"[cidr(c).prefixLength() - {SHORTEST_PREFIX[4]}]).sum()).sum()]"
        f".all(total, total <= {_MOST_IPV4_ADDRESSES})",
        "list only the addresses that are really used",
        "egress.partners",
    ),
)
def partners_are_few(policy: PlatformPolicy) -> Iterator[Broken]:
    """Keep many narrow ranges from adding up to a wide one."""
    sizes = (
        candidate.num_addresses
        for candidates in _partner_ranges(policy).values()
        for candidate in candidates
        if candidate.version == 4
    )
    if sum(sizes) > _MOST_IPV4_ADDRESSES:
        yield Broken(_PARTNERS)


@rule(
    "INV-17",
    "market data and order entry share no address",
    Crd(
        _KIND,
        "spec",
        "self.egress.partners.all(p, p.class != 'OrderEntry' || self.egress.partners.all(q,"
        " q.class != 'MarketData' || p.cidrs.all(c, q.cidrs.all(d, " + _disjoint("c", "d") + "))))",
        "separate the OrderEntry partners from the MarketData partners",
        "egress.partners",
    ),
)
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
            yield Broken(f"{_PARTNERS}[{place}].cidrs")


@rule(
    "INV-17",
    "a partner lies outside the cluster",
    Crd(
        _KIND,
        "spec",
        "self.egress.partners.all(p, p.cidrs.all(c, self.egress.clusterCIDRs.all(k, "
        + _disjoint("c", "k")
        + ")))",
        "remove the ranges of clusterCIDRs",
        "egress.partners",
    ),
)
def partners_lie_outside_the_cluster(policy: PlatformPolicy) -> Iterator[Broken]:
    """Keep the database and the API server from being opened as a partner."""
    cluster = [parse_range(text) for text in policy.spec.egress.cluster_cidrs]
    ranges = _partner_ranges(policy)
    for place, partner in enumerate(policy.spec.egress.partners):
        if any(
            inner and overlap(inner, outer) for inner in cluster for outer in ranges[partner.name]
        ):
            yield Broken(f"{_PARTNERS}[{place}].cidrs")


@rule(
    "INV-17",
    "approvedCIDRs holds the ranges of proxy, object stores and partners, no others",
    Crd(
        _KIND,
        "spec",
        "self.egress.partners.all(p, p.cidrs.all(c, c in self.approvedCIDRs))"
        " && (!has(self.egress.objectStores) || self.egress.objectStores.all(s,"
        " s.cidrs.all(c, c in self.approvedCIDRs)))"
        " && (self.egress.proxy.host + (self.egress.proxy.host.contains(':') ? '/128' : '/32'))"
        " in self.approvedCIDRs",
        "add the ranges that are missing",
        "approvedCIDRs",
    ),
    Crd(
        _KIND,
        "spec",
        "self.approvedCIDRs.all(a, a == self.egress.proxy.host + '/32'"
        " || a == self.egress.proxy.host + '/128'"
        " || self.egress.partners.exists(p, a in p.cidrs)"
        " || has(self.egress.objectStores)"
        " && self.egress.objectStores.exists(s, a in s.cidrs))",
        "remove what nobody owns, or list it where it belongs",
        "approvedCIDRs",
    ),
)
def approved_ranges_are_those_in_use(policy: PlatformPolicy) -> Iterator[Broken]:
    """Leave no range open that nobody owns."""
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


@rule(
    "INV-35",
    f"the only policy is named {POLICY_NAME}",
    Crd(
        _KIND,
        "",
        f"self.metadata.name == '{POLICY_NAME}'",
        f"move its content to PlatformPolicy {POLICY_NAME}",
        "metadata.name",
    ),
    severity="warning",
)
def policy_has_the_one_name(policy: PlatformPolicy) -> Iterator[Broken]:
    """Avoid a policy that looks as if it counted: admission and operator read one."""
    if policy.metadata.name != POLICY_NAME:
        yield Broken("metadata.name")


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
