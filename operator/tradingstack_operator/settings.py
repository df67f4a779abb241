"""The process's settings, read once from the environment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

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
    cache_image: str = ""
    """The image of every Builtin cache that names none itself."""
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
