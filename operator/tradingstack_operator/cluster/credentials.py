"""The identity of a ServiceAccount, read from its mounted directory."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

TOKEN_LIFE: Final = 60.0
"""Seconds a token is used before its file is read again; the kubelet rotates it far more slowly."""


@dataclass(slots=True)
class ServiceAccount:
    """A directory with ``token`` and ``ca.crt``, as every pod has one."""

    directory: Path
    clock: Callable[[], float]
    _token: str = field(default="", repr=False)
    _read_at: float = float("-inf")

    def token(self) -> str:
        """Read the token afresh when it was last read more than a minute ago."""
        if self.clock() - self._read_at > TOKEN_LIFE:
            self._token = (self.directory / "token").read_text().strip()
            self._read_at = self.clock()
        return self._token

    def expire(self) -> None:
        """Forget the token, because the server did not accept it."""
        self._read_at = float("-inf")

    @property
    def ca_file(self) -> Path:
        return self.directory / "ca.crt"

    def tls(self) -> ssl.SSLContext:
        """Trust the cluster's own CA and nothing else."""
        return ssl.create_default_context(cafile=str(self.ca_file))
