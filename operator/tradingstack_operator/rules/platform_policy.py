"""What a PlatformPolicy may allow: it opens the network, so it is judged itself."""

from collections.abc import Iterator
from typing import Final

from tradingstack_operator.api.names import POLICY_NAME
from tradingstack_operator.api.platform_policy import PlatformPolicy
from tradingstack_operator.rules.addresses import (
    SHORTEST_PREFIX,
    Range,
    overlap,
    parse_address,
    parse_range,
)
from tradingstack_operator.rules.policy_ranges import (
    APPROVED,
    KIND,
    PARTNERS,
    PROBE_TARGET,
    disjoint,
    used,
)
from tradingstack_operator.rules.rule import Broken, Crd, rule

_BARRED_PORTS: Final = (22, 23, 25, 53, 853, 5353)
_MOST_IPV4_ADDRESSES: Final = 2**16


@rule(
    "INV-17",
    "a partner's port carries trading, not DNS, mail or a shell",
    Crd(
        KIND,
        f"{PARTNERS}[].ports[]",
        f"!(self in {list(_BARRED_PORTS)})",
        "remove the port",
    ),
)
def ports_carry_trading(policy: PlatformPolicy) -> Iterator[Broken]:
    """Close the ports over which data leaves unseen."""
    for place, partner in enumerate(policy.spec.egress.partners):
        for number, port in enumerate(partner.ports):
            if port in _BARRED_PORTS:
                yield Broken(f"{PARTNERS}[{place}].ports[{number}]")


@rule(
    "INV-17",
    f"the partners together have at most {_MOST_IPV4_ADDRESSES} IPv4 addresses",
    Crd(
        KIND,
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
        yield Broken(PARTNERS)


@rule(
    "INV-17",
    "market data and order entry share no address",
    Crd(
        KIND,
        "spec",
        "self.egress.partners.all(p, p.class != 'OrderEntry' || self.egress.partners.all(q,"
        " q.class != 'MarketData' || p.cidrs.all(c, q.cidrs.all(d, " + disjoint("c", "d") + "))))",
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
            yield Broken(f"{PARTNERS}[{place}].cidrs")


@rule(
    "INV-17",
    "a partner lies outside the cluster",
    Crd(
        KIND,
        "spec",
        "self.egress.partners.all(p, p.cidrs.all(c, self.egress.clusterCIDRs.all(k, "
        + disjoint("c", "k")
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
            yield Broken(f"{PARTNERS}[{place}].cidrs")


@rule(
    "INV-17",
    "approvedCIDRs holds the ranges that the policy gives somebody under egress, no others",
    Crd(
        KIND,
        "spec",
        "self.egress.partners.all(p, p.cidrs.all(c, c in self.approvedCIDRs))"
        " && (!has(self.egress.objectStores) || self.egress.objectStores.all(s,"
        " s.cidrs.all(c, c in self.approvedCIDRs)))"
        " && (!has(self.egress.services) || self.egress.services.all(s,"
        " s.cidrs.all(c, c in self.approvedCIDRs)))"
        " && (!has(self.egress.apiServer)"
        " || self.egress.apiServer.cidrs.all(c, c in self.approvedCIDRs))"
        " && (self.egress.proxy.host + (self.egress.proxy.host.contains(':') ? '/128' : '/32'))"
        " in self.approvedCIDRs",
        "add the ranges that are missing",
        "approvedCIDRs",
    ),
    Crd(
        KIND,
        "spec",
        "self.approvedCIDRs.all(a, a == self.egress.proxy.host + '/32'"
        " || a == self.egress.proxy.host + '/128'"
        " || self.egress.partners.exists(p, a in p.cidrs)"
        " || has(self.egress.objectStores)"
        " && self.egress.objectStores.exists(s, a in s.cidrs)"
        " || has(self.egress.services)"
        " && self.egress.services.exists(s, a in s.cidrs)"
        " || has(self.egress.apiServer) && a in self.egress.apiServer.cidrs)",
        "remove what nobody owns, or list it where it belongs",
        "approvedCIDRs",
    ),
)
def approved_ranges_are_those_in_use(policy: PlatformPolicy) -> Iterator[Broken]:
    """Leave no range open that nobody owns."""
    egress = policy.spec.egress
    proxy = f"{egress.proxy.host}/{128 if ':' in egress.proxy.host else 32}"
    approved = policy.spec.approved_cidrs
    in_use = used(policy)
    for number, text in enumerate(approved):
        if text != proxy and text not in in_use.values():
            yield Broken(f"{APPROVED}[{number}]", "remove it, or list it where it belongs")
    for field, text in ({"spec.egress.proxy.host": proxy} | in_use).items():
        if text not in approved:
            yield Broken(field, "add it to approvedCIDRs")


@rule(
    "INV-17",
    "the probe's target is an address that no stack may reach",
    Crd(
        KIND,
        "spec",
        "!has(self.egress.probeTarget) || !isIP(self.egress.probeTarget.host)"
        " || !self.approvedCIDRs.exists(a, isCIDR(a)"
        " && cidr(a).containsIP(self.egress.probeTarget.host))",
        "choose an address outside of approvedCIDRs",
        "egress.probeTarget.host",
    ),
    severity="warning",
)
def probe_target_is_forbidden(policy: PlatformPolicy) -> Iterator[Broken]:
    """Keep the probe from proving what the policies allow anyway."""
    target = policy.spec.egress.probe_target
    address = parse_address(target.host) if target else None
    ranges = map(parse_range, policy.spec.approved_cidrs)
    if address and any(one and address in one for one in ranges):
        yield Broken(f"{PROBE_TARGET}.host")


@rule(
    "INV-35",
    f"the only policy is named {POLICY_NAME}",
    Crd(
        KIND,
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


def _partner_ranges(policy: PlatformPolicy) -> dict[str, list[Range]]:
    """List the ranges of each partner, without those that another rule already refuses."""
    return {
        partner.name: [found for text in partner.cidrs if (found := parse_range(text))]
        for partner in policy.spec.egress.partners
    }
