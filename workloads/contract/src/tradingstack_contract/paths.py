"""Where a workload finds its files, and the environment that tells it so."""

from typing import Final

CONFIG_DIR: Final = "/etc/tradingstack"
"""The directory of the contract's files; replaced as a whole when one of them changes."""
CREDENTIALS_DIR: Final = "/var/run/tradingstack/credentials"
"""One directory a credential, one file a property."""

ENV_CONFIG_DIR: Final = "TRADINGSTACK_CONFIG_DIR"
ENV_COMPONENT: Final = "TRADINGSTACK_COMPONENT"
ENV_INGESTOR: Final = "TRADINGSTACK_INGESTOR"
"""Which entry of ``system.yaml``'s ingestors a process is; set for ingestors only."""
ENV_CACHE_USER: Final = "TRADINGSTACK_CACHE_USER"
ENV_CACHE_PASSWORD_FILE: Final = "TRADINGSTACK_CACHE_PASSWORD_FILE"  # noqa: S105 - a file's name
ENV_DATABASE_USER: Final = "TRADINGSTACK_DATABASE_USER"
ENV_DATABASE_PASSWORD_FILE: Final = "TRADINGSTACK_DATABASE_PASSWORD_FILE"  # noqa: S105
ENV_DATABASE_CA_FILE: Final = "TRADINGSTACK_DATABASE_CA_FILE"
ENV_BUS_USER: Final = "TRADINGSTACK_BUS_USER"
ENV_BUS_PASSWORD_FILE: Final = "TRADINGSTACK_BUS_PASSWORD_FILE"  # noqa: S105 - a file's name
ENV_BUS_CA_FILE: Final = "TRADINGSTACK_BUS_CA_FILE"
ENV_HTTPS_PROXY: Final = "HTTPS_PROXY"
ENV_NO_PROXY: Final = "NO_PROXY"


def credential_file(credential: str, name: str) -> str:
    """Name the file that holds one property of a credential."""
    return f"{CREDENTIALS_DIR}/{credential}/{name}"
