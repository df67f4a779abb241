"""Where a cluster keeps its files."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from tools.devcluster.errors import DevClusterError

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?")


def home() -> Path:
    """Return the directory that holds one directory a cluster."""
    chosen = os.environ.get("TRADINGSTACK_DEVCLUSTER_HOME")
    return Path(chosen) if chosen else Path.home() / ".local/state/tradingstack-devcluster"


def cache() -> Path:
    """Return the directory of what is built once for all clusters."""
    chosen = os.environ.get("XDG_CACHE_HOME")
    return (Path(chosen) if chosen else Path.home() / ".cache") / "tradingstack-devcluster"


@dataclass(frozen=True)
class Layout:
    """The files of one cluster."""

    directory: Path

    @property
    def record(self) -> Path:
        return self.directory / "cluster.json"

    @property
    def binaries(self) -> Path:
        return self.directory / "bin"

    @property
    def certificates(self) -> Path:
        return self.directory / "certificates"

    @property
    def kubeconfig(self) -> Path:
        return self.directory / "admin.kubeconfig"

    @property
    def audit_log(self) -> Path:
        return self.directory / "audit.log"

    @property
    def stages(self) -> Path:
        return self.directory / "kwok.yaml"

    def client_kubeconfig(self, user: str) -> Path:
        return self.certificates / f"{user}.kubeconfig"

    def log(self, process: str) -> Path:
        return self.directory / "logs" / f"{process}.log"


def layout(name: str) -> Layout:
    """Return the layout of the cluster of that name; it need not exist."""
    if not _NAME.fullmatch(name):
        raise DevClusterError(
            f"{name!r} cannot name a cluster: use up to 40 lower-case letters, digits and dashes"
        )
    return Layout(home().absolute() / name)
