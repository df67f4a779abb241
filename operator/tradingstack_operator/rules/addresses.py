"""Which texts are addresses and ranges that a network policy may safely hold.

``ipaddress`` alone reads more than Kubernetes does: masks in dotted form, bare addresses, IPv4
inside IPv6. A strict pattern therefore comes first, and the text must be the one spelling that
the parsed range has.
"""

import re
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

Address = IPv4Address | IPv6Address
Range = IPv4Network | IPv6Network

_IPV4: Final = r"[0-9]{1,3}(\.[0-9]{1,3}){3}"
_IPV6: Final = r"[0-9a-f]{0,4}(:[0-9a-f]{0,4}){2,7}"
_ADDRESS: Final = re.compile(f"{_IPV4}|{_IPV6}")
_RANGE: Final = re.compile(f"({_IPV4}|{_IPV6})/[0-9]{{1,3}}")
_MAPPED: Final = IPv6Network("::ffff:0:0/96")

BARRED: Final = (
    "0.0.0.0/8",  # this host
    "127.0.0.0/8",  # loopback
    "169.254.0.0/16",  # link-local, with the clouds' metadata service
    "224.0.0.0/3",  # multicast, reserved and broadcast
    "::/96",  # loopback, unspecified and IPv4-compatible
    "64:ff9b::/96",  # translated to IPv4, as are the next ones
    "64:ff9b:1::/48",
    "100::/64",  # discarded
    "2001::/32",  # Teredo
    "2002::/16",  # 6to4
    "fd00:ec2::/32",  # metadata service
    "fe80::/10",  # link-local
    "ff00::/8",  # multicast
)
_BARRED: Final = tuple(ip_network(text) for text in BARRED)
SHORTEST_PREFIX: Final = {4: 16, 6: 48}

# The same few ranges are judged for every stack, and would take most of the time of all rules.
_remembered: Final = lru_cache(maxsize=1024)


@_remembered
def parse_range(text: str) -> Range | None:
    """Read a range in canonical form; None for anything else."""
    if not _RANGE.fullmatch(text):
        return None
    try:
        parsed = ip_network(text)
    except ValueError:
        return None
    return parsed if str(parsed) == text and not _is_mapped(parsed) else None


def parse_address(text: str) -> Address | None:
    """Read an address in canonical form; None for anything else."""
    if not _ADDRESS.fullmatch(text):
        return None
    try:
        parsed = ip_address(text)
    except ValueError:
        return None
    return parsed if str(parsed) == text and parsed not in _MAPPED else None


def overlap(one: Range, other: Range) -> bool:
    """Tell whether the ranges share an address; those of different families never do."""
    return one.version == other.version and one.overlaps(other)


def is_too_wide(candidate: Range) -> bool:
    return candidate.prefixlen < SHORTEST_PREFIX[candidate.version]


@_remembered
def is_barred(candidate: Range) -> bool:
    """Tell whether a range touches addresses that no partner on the network can have."""
    return any(overlap(candidate, barred) for barred in _BARRED)


def _is_mapped(candidate: Range) -> bool:
    return candidate.version == 6 and candidate.subnet_of(_MAPPED)
