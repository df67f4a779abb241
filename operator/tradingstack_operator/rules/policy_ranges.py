"""Which addresses a PlatformPolicy may name at all, one range by itself."""

from collections.abc import Iterator
from typing import Final

from tradingstack_operator.api.platform_policy import PlatformPolicy
from tradingstack_operator.rules import cel
from tradingstack_operator.rules.addresses import (
    BARRED,
    SHORTEST_PREFIX,
    Range,
    is_barred,
    is_too_wide,
    parse_address,
    parse_range,
)
from tradingstack_operator.rules.rule import Broken, Crd, rule

KIND: Final = "PlatformPolicy"
PARTNERS: Final = "spec.egress.partners"
APPROVED: Final = "spec.approvedCIDRs"
_STORES: Final = "spec.egress.objectStores"
_SERVICES: Final = "spec.egress.services"
_API_SERVER: Final = "spec.egress.apiServer"
PROBE_TARGET: Final = "spec.egress.probeTarget"
_OUTSIDE: Final = (
    f"{PARTNERS}[].cidrs[]",
    f"{_STORES}[].cidrs[]",
    f"{_SERVICES}[].cidrs[]",
    f"{_API_SERVER}.cidrs[]",
    f"{APPROVED}[]",
)
_CANONICAL: Final = "isCIDR(self) && string(cidr(self).masked()) == self"


def disjoint(one: str, other: str) -> str:
    """Write that two ranges share no address; a text that is no range is another rule's matter."""
    return (
        f"(!isCIDR({one}) || !isCIDR({other})"
        f" || !cidr({one}).containsCIDR({other}) && !cidr({other}).containsCIDR({one}))"
    )


@rule(
    "INV-17",
    "the addresses of a policy are in canonical form",
    *(
        Crd(KIND, path, "isIP(self) && ip.isCanonical(self)", "write it as a plain IP address")
        for path in ("spec.egress.proxy.host", f"{PROBE_TARGET}.host")
    ),
    *(
        Crd(
            KIND,
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
    hosts = {"spec.egress.proxy.host": egress.proxy.host}
    if egress.probe_target:
        hosts[f"{PROBE_TARGET}.host"] = egress.probe_target.host
    for field, text in hosts.items():
        if parse_address(text) is None:
            yield Broken(field, "write it as a plain IP address")
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
            KIND,
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
            KIND,
            path,
            f"!isCIDR(self) || {cel.texts(BARRED)}.all(d, {disjoint('self', 'd')})",
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


def used(policy: PlatformPolicy) -> dict[str, str]:
    """List every range that somebody outside has but the proxy, by its field."""
    egress = policy.spec.egress
    owners = [
        (f"{_STORES}[{place}]", store.cidrs) for place, store in enumerate(egress.object_stores)
    ]
    owners += [(f"{_SERVICES}[{place}]", one.cidrs) for place, one in enumerate(egress.services)]
    owners += [(f"{PARTNERS}[{place}]", one.cidrs) for place, one in enumerate(egress.partners)]
    if egress.api_server:
        owners.append((_API_SERVER, egress.api_server.cidrs))
    return {
        f"{path}.cidrs[{number}]": text
        for path, cidrs in owners
        for number, text in enumerate(cidrs)
    }


def _outside(policy: PlatformPolicy) -> dict[str, str]:
    """List every range outside the cluster, by its field."""
    return used(policy) | {
        f"{APPROVED}[{number}]": text for number, text in enumerate(policy.spec.approved_cidrs)
    }


def _outside_ranges(policy: PlatformPolicy) -> Iterator[tuple[str, Range]]:
    for field, text in _outside(policy).items():
        candidate = parse_range(text)
        if candidate:
            yield field, candidate
