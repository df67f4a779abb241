"""Free ports on the loopback address."""

import random
import socket
from pathlib import Path
from typing import Final

_LOWEST: Final = 10240
_DEFAULT_HIGHEST: Final = 32767


def free(count: int) -> list[int]:
    """Return different ports that nothing uses at this moment.

    They lie below the range the kernel gives to outgoing connections. A port out of that range
    could be taken by any client while the API server is stopped, even by a client that tries to
    reach the server: it would then be connected to itself.
    """
    highest = _lowest_ephemeral() - 1
    if highest <= _LOWEST:
        highest = _DEFAULT_HIGHEST
    dice = random.SystemRandom()
    held: list[socket.socket] = []
    try:
        while len(held) < count:
            candidate = socket.socket()
            held.append(candidate)
            try:
                candidate.bind(("127.0.0.1", dice.randint(_LOWEST, highest)))
            except OSError:
                held.pop().close()
        return [held_socket.getsockname()[1] for held_socket in held]
    finally:
        for held_socket in held:
            held_socket.close()


def _lowest_ephemeral() -> int:
    limits = Path("/proc/sys/net/ipv4/ip_local_port_range")
    return int(limits.read_text().split()[0]) if limits.exists() else _DEFAULT_HIGHEST + 1
