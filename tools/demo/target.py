"""The cluster the demo runs on: one made for it, or the one that DEMO_CONTEXT names."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from tools.devcluster import cluster

NAME = "demo"


class DemoError(Exception):
    """The demo cannot go on; the message says what to do."""


class Target(Protocol):
    """What the demo asks of a cluster; ``tools.devcluster``'s Cluster is one."""

    @property
    def server(self) -> str: ...

    @property
    def audit_log(self) -> Path | None:
        """Where the API server logs requests; None when that cannot be read from here."""
        ...

    def kubectl(
        self,
        *args: str,
        input: str | None = None,  # noqa: A002 - subprocess.run calls it so
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]: ...

    def helm(self, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]: ...

    def service_account_directory(self, namespace: str, name: str) -> Path:
        """Write the token and the CA of a ServiceAccount as a pod finds them mounted."""
        ...


@dataclass(frozen=True)
class Foreign:
    """A cluster that was there before, reached by a kubeconfig context."""

    context: str
    server: str
    authority: bytes
    directory: Path
    audit_log: None = None

    def kubectl(
        self,
        *args: str,
        input: str | None = None,  # noqa: A002 - subprocess.run calls it so
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        return run(["kubectl", "--context", self.context, *args], text=input, check=check)

    def helm(self, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return run(["helm", "--kube-context", self.context, *args], check=check)

    def service_account_directory(self, namespace: str, name: str) -> Path:
        token = self.kubectl("create", "token", name, "--namespace", namespace).stdout
        (self.directory / "token").touch(mode=0o600)
        (self.directory / "token").write_text(token.strip())
        (self.directory / "ca.crt").write_bytes(self.authority)
        return self.directory


@contextmanager
def target(say: Callable[[str], None]) -> Iterator[Target]:
    """Give the cluster, and take it down again if it was made for the demo."""
    context = os.environ.get("DEMO_CONTEXT")
    if context:
        with TemporaryDirectory() as directory:
            yield _foreign(context, Path(directory))
        return
    made = cluster.up(NAME, progress=say)
    try:
        yield made
    finally:
        cluster.down(NAME)
        say("The demo's cluster is stopped and its data removed; `make devcluster` keeps one.")


def _foreign(context: str, directory: Path) -> Foreign:
    for program in ("kubectl", "helm"):
        if shutil.which(program) is None:
            raise DemoError(f"DEMO_CONTEXT needs {program} on the PATH; install it")
    view = run(
        ["kubectl", "--context", context, "config", "view", "--minify", "--raw", "-o", "json"]
    )
    entry = json.loads(view.stdout)["clusters"][0]["cluster"]
    if "certificate-authority" in entry:
        authority = Path(entry["certificate-authority"]).read_bytes()
    else:
        authority = base64.b64decode(entry.get("certificate-authority-data", ""))
    return Foreign(context, entry["server"], authority, directory)


def run(
    command: list[str], *, text: str | None = None, check: bool = True
) -> subprocess.CompletedProcess[str]:
    finished = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if check and finished.returncode:
        raise DemoError(f"{' '.join(command[:4])} failed: {finished.stderr.strip()}")
    return finished
