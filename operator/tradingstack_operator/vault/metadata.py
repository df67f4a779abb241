"""The secret store's metadata, asked over hvac: which versions there are, never what they hold.

Only KV version 2's ``metadata`` path is read, so the role needs no right on ``data``.
"""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import hvac
import requests
from hvac.api.auth_methods import Kubernetes
from hvac.exceptions import (
    Forbidden,
    InvalidPath,
    InvalidRequest,
    VaultDown,
    VaultError,
    VaultNotInitialized,
)
from pydantic import BaseModel, TypeAdapter

from tradingstack_operator.model.rotation import SecretReport, SecretVersion, to_second

TIMEOUT: Final = 5
"""Seconds for a connection, and between two parts of an answer."""


class Version(BaseModel):
    """One version of an entry."""

    created_time: datetime
    deletion_time: datetime | str = ""
    """Empty while the version is there."""
    destroyed: bool = False


class Metadata(BaseModel):
    """What the store says of one entry."""

    current_version: int
    """0 for an entry that has metadata and never had a value."""
    versions: dict[int, Version]


_NONSENSE: Final = (ValueError, LookupError, TypeError, AttributeError)
"""What hvac raises when an answer is not what it should be: it takes every answer at its word."""
NAMES: Final = TypeAdapter(list[str])


@dataclass(frozen=True, slots=True)
class Account:
    """Where the store is, and who the operator is to it."""

    address: str
    role: str
    mount: str
    """Of the KV engine."""
    auth_mount: str
    """Of the Kubernetes authentication."""
    token_file: Path
    """A projected ServiceAccount token with the store's own audience."""
    ca_file: Path | None = None
    """Whom to trust; None for the system's authorities."""


@dataclass(slots=True)
class Vault:
    """Fulfils ``SecretsPort``. A single thread asks, because hvac blocks and shares a session."""

    account: Account
    thread: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(max_workers=1, thread_name_prefix="vault")
    )
    _client: Any = None

    async def report(self, folder: str) -> SecretReport:
        return await asyncio.get_running_loop().run_in_executor(self.thread, self.read, folder)

    def close(self) -> None:
        """Let the thread end; a question in flight takes some seconds at most."""
        self.thread.shutdown(wait=False, cancel_futures=True)

    def read(self, folder: str) -> SecretReport:
        """Read the versions of every entry of a folder; whatever goes wrong is told in words."""
        try:
            if self._client is None:
                self._client = self._log_in()
            try:
                return SecretReport(dict(self._versions(folder)))
            except Forbidden:
                # the token has a life of its own, and ends with a policy's change
                self._client = self._log_in()
                return SecretReport(dict(self._versions(folder)))
        except (VaultError, requests.RequestException, OSError, *_NONSENSE) as error:
            return SecretReport(problem=self._words(error, folder))

    def _log_in(self) -> Any:
        account = self.account
        session = requests.Session()
        # no proxy, no netrc and no authority that the environment may name
        session.trust_env = False
        session.verify = str(account.ca_file) if account.ca_file else True
        client = hvac.Client(url=account.address, session=session, timeout=TIMEOUT)
        jwt = account.token_file.read_text().strip()
        try:
            Kubernetes(client.adapter).login(
                role=account.role, jwt=jwt, mount_point=account.auth_mount
            )
        except (Forbidden, InvalidRequest) as error:
            raise LoginError from error
        return client

    def _versions(self, folder: str) -> Iterator[tuple[str, SecretVersion]]:
        engine, mount = self._client.secrets.kv.v2, self.account.mount
        try:
            answer = engine.list_secrets(path=folder, mount_point=mount)
        except InvalidPath:
            return
        for name in NAMES.validate_python(_data(answer).get("keys")):
            if name.endswith("/"):
                continue
            answer = engine.read_secret_metadata(path=f"{folder}/{name}", mount_point=mount)
            entry = Metadata.model_validate(_data(answer))
            version = entry.versions.get(entry.current_version)
            if version is not None and not version.deletion_time and not version.destroyed:
                yield name, SecretVersion(entry.current_version, to_second(version.created_time))

    def _words(self, error: Exception, folder: str) -> str:
        """Describe an error by its kind alone: its text may hold what was sent."""
        account = self.account
        match error:
            case LoginError():
                return (
                    f"The secret store does not let the operator in: check role {account.role} of "
                    f"its authentication at {account.auth_mount}"
                )
            case Forbidden():
                return (
                    f"The secret store denies role {account.role} the metadata of {folder}: let it "
                    f"list and read {account.mount}/metadata/{folder}"
                )
            case VaultDown() | VaultNotInitialized():
                return "The secret store is sealed or down for maintenance: unseal it"
            case requests.RequestException():
                return "The secret store cannot be reached: see whether it runs, and its address"
            case OSError():
                return f"The token for the secret store cannot be read: mount {account.token_file}"
            case _:
                return f"The secret store gave no sensible answer ({type(error).__name__})"


class LoginError(VaultError):  # type: ignore[misc]  # hvac has no types
    """The store does not know the role, or does not accept the token for it."""


def _data(answer: Any) -> dict[str, Any]:
    """Take the content out of an answer, whatever came instead of one."""
    data = answer.get("data") if isinstance(answer, dict) else None
    return data if isinstance(data, dict) else {}
