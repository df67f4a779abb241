"""The process's settings, read once from the environment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tradingstack_operator.model.images import Images

PREFIX = "TRADINGSTACK_"
MOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where every pod finds its ServiceAccount."""

Url = Annotated[str, Field(pattern=r"^https?://[^/]+$")]
Port = Annotated[int, Field(ge=0, le=65535)]
LogLevel = Literal["debug", "info", "warning", "error"]
Known = TypeVar("Known", bound=BaseModel)


class SettingsError(Exception):
    """The environment does not hold usable settings; the message names each variable."""


class Settings(BaseModel):
    """Everything an operator process can be told; the chart sets all of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_server: Url
    credentials_directory: Path = MOUNT
    """Holds ``token`` and ``ca.crt``, as a pod's mount does."""
    namespace: Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)]
    """The operator's own namespace: its Lease lives there."""
    identity: Annotated[str, Field(min_length=1, max_length=253)]
    """The replica's name, unique among all replicas; a pod's own name."""
    http_host: str = "127.0.0.1"
    http_port: Port = 8080
    log_level: LogLevel = "info"
    database_image: str = ""
    cache_image: str = ""
    bus_image: str = ""
    features_image: str = ""
    tools_image: str = ""
    """The images of the components whose spec names none, and of the project's own programs."""
    relay_subject: Annotated[
        str, Field(pattern=r"^(system:serviceaccount:[a-z0-9-]+:[a-z0-9.-]+)?$")
    ] = ""
    """The halt relay's ServiceAccount as a user name; empty: there is none, and all is halted."""
    vault_address: Annotated[str, Field(pattern=r"^(https?://[^/]+)?$")] = ""
    """Where the secret store is asked for the age of credentials; empty: it is not asked."""
    vault_role: Annotated[str, Field(min_length=1)] = "tradingstack-operator"
    vault_mount: Annotated[str, Field(min_length=1)] = "secret"
    """Where the KV engine, version 2, is mounted."""
    vault_auth_mount: Annotated[str, Field(min_length=1)] = "kubernetes"
    """Where the authentication by Kubernetes ServiceAccounts is mounted."""
    vault_token_file: Path = Path("/var/run/secrets/tradingstack.io/vault/token")
    """A ServiceAccount token with the secret store's own audience."""
    vault_ca_file: Path | None = None
    """Whom to trust; unset: the system's authorities."""
    vault_poll_seconds: Annotated[float, Field(ge=5, le=86400)] = 120
    workers: Annotated[int, Field(ge=1, le=256)] = 16
    """How many stacks are looked at at the same time."""
    writes_in_flight: Annotated[int, Field(ge=1, le=64)] = 8
    resync_seconds: Annotated[float, Field(ge=10, le=86400)] = 300

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read every ``TRADINGSTACK_*`` variable.

        Raises ``SettingsError`` with one line for each variable that is missing, unknown or wrong.
        """
        return read(cls, environment)

    def images(self) -> Images:
        return Images(
            database=self.database_image,
            cache=self.cache_image,
            bus=self.bus_image,
            features=self.features_image,
            tools=self.tools_image,
        )


class WebhookSettings(BaseModel):
    """Everything a webhook process can be told; the chart sets all of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_server: Url
    credentials_directory: Path = MOUNT
    """Holds ``token`` and ``ca.crt``, as a pod's mount does."""
    certificate_directory: Path
    """Holds ``tls.crt`` and ``tls.key``, as a mounted Secret of type kubernetes.io/tls does."""
    webhook_host: str = "127.0.0.1"
    webhook_port: Port = 9443
    """Where the API server sends reviews."""
    http_host: str = "127.0.0.1"
    http_port: Port = 8080
    """Where probes and metrics are answered."""
    log_level: LogLevel = "info"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read every ``TRADINGSTACK_*`` variable.

        Raises ``SettingsError`` with one line for each variable that is missing, unknown or wrong.
        """
        return read(cls, environment)


class RelaySettings(BaseModel):
    """Everything a relay process can be told; the chart sets all of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    api_server: Url
    credentials_directory: Path = MOUNT
    """Holds ``token`` and ``ca.crt``, as a pod's mount does."""
    token_directory: Path
    """Holds ``token``, which is for the replicas of risk APIs and for no API server."""
    identity: Annotated[str, Field(min_length=1, max_length=200)]
    """The relay's name, unique among all relays; a pod's own name."""
    http_host: str = "127.0.0.1"
    http_port: Port = 8080
    """Where probes and metrics are answered."""
    log_level: LogLevel = "info"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read every ``TRADINGSTACK_*`` variable.

        Raises ``SettingsError`` with one line for each variable that is missing, unknown or wrong.
        """
        return read(cls, environment)


def read(settings: type[Known], environment: Mapping[str, str]) -> Known:
    given: dict[str, Any] = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX)
    }
    host = environment.get("KUBERNETES_SERVICE_HOST")
    if "api_server" not in given and host:
        bracketed = f"[{host}]" if ":" in host else host
        port = environment.get("KUBERNETES_SERVICE_PORT", "443")
        given["api_server"] = f"https://{bracketed}:{port}"
    try:
        return settings.model_validate(given)
    except ValidationError as error:
        lines = (f"{PREFIX}{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors())
        raise SettingsError("\n".join(sorted(lines))) from error
