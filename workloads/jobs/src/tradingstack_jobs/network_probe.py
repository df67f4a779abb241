"""``tradingstack-jobs network-probe``: try to reach an address that the pod must not reach.

A packet that a network policy drops leaves no trace but silence. Silence alone proves nothing: a
pod without a network is silent too. The probe therefore first asks the cluster's DNS, the one
thing its policies let it do, before and after its attempt.
"""

import errno
import socket
from enum import IntEnum
from typing import Final

from tradingstack_jobs import logs

ATTEMPT_SECONDS: Final = 5.0
"""Longer than a handshake with any host on earth that answers, and its first retransmissions."""


class Outcome(IntEnum):
    """What an attempt shows; as the process's exit code, apart from those a crash has."""

    SHUT = 0
    """The network works and the address stayed silent."""
    REACHED = 3
    """Something answered: the policies are not enforced."""
    UNKNOWN = 4
    """The attempt proves neither."""


def run(host: str, port: int, control: str) -> int:
    """Probe an address; ``control`` is a name that the cluster's DNS resolves."""
    outcome, why = probe(host, port, control)
    tell = logs.info if outcome is Outcome.SHUT else logs.error
    tell("probed", outcome=outcome.name.lower(), why=why, host=host, port=port)
    return int(outcome)


def probe(host: str, port: int, control: str) -> tuple[Outcome, str]:
    """Tell what an attempt shows, and why."""
    if not _resolves(control):
        return Outcome.UNKNOWN, "the cluster's DNS does not answer, so the pod may have no network"
    try:
        with socket.create_connection((host, port), timeout=ATTEMPT_SECONDS):
            return Outcome.REACHED, "the address answered"
    except TimeoutError:
        if _resolves(control):
            return Outcome.SHUT, "the address stayed silent while the cluster's DNS answered"
        return Outcome.UNKNOWN, "the cluster's DNS fell silent during the attempt"
    except ConnectionRefusedError:
        # a policy that rejects looks the same as a host that is reached and has nothing to say
        return Outcome.UNKNOWN, "the connection was refused, by the host or by a firewall"
    except OSError as problem:
        return (
            Outcome.UNKNOWN,
            f"the pod has no way there: {errno.errorcode.get(problem.errno or 0)}",
        )


def _resolves(name: str) -> bool:
    try:
        socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return True
