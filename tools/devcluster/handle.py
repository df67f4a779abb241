"""A running cluster as its users see it."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.devcluster import build

_TOKEN_HOURS: Final = 24


@dataclass(frozen=True)
class Cluster:
    """Where a cluster is and how one speaks with it."""

    name: str
    server: str
    ca_file: Path
    kubeconfig: Path
    audit_log: Path
    directory: Path
    pids: dict[str, int]

    def kubectl(
        self,
        *args: str,
        input: str | None = None,  # noqa: A002 - subprocess.run calls it so
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run kubectl as the admin; with `check`, a failure raises CalledProcessError."""
        program = self.directory / "bin/kubectl"
        return self._run([program, "--kubeconfig", self.kubeconfig, *args], input, check=check)

    def helm(self, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run helm as the admin, building it at the first use."""

        def progress(line: str) -> None:
            print(line, file=sys.stderr)

        program = build.helm(progress)
        return self._run([program, "--kubeconfig", self.kubeconfig, *args], None, check=check)

    def service_account_directory(self, namespace: str, name: str) -> Path:
        """Write what a pod of that ServiceAccount would find mounted; return the directory."""
        directory = self.directory / "serviceaccounts" / namespace / name
        lifetime = f"--duration={_TOKEN_HOURS}h"
        token = self.kubectl("create", "token", name, "--namespace", namespace, lifetime).stdout
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        (directory / "token").touch(mode=0o600)
        (directory / "token").write_text(token.strip())
        (directory / "namespace").write_text(namespace)
        (directory / "ca.crt").write_bytes(self.ca_file.read_bytes())
        return directory

    def _run(
        self, command: list[str | Path], text: str | None, *, check: bool
    ) -> subprocess.CompletedProcess[str]:
        # of this cluster only: cached discovery of a former one on the same port would mislead
        caches = {
            "KUBECACHEDIR": self.directory / "cache/kubectl",
            "HELM_CACHE_HOME": self.directory / "cache/helm",
            "HELM_CONFIG_HOME": self.directory / "cache/helm-config",
            "HELM_DATA_HOME": self.directory / "cache/helm-data",
        }
        finished = subprocess.run(
            command,
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {name: str(path) for name, path in caches.items()},
        )
        if check and finished.returncode:
            error = subprocess.CalledProcessError(
                finished.returncode, finished.args, finished.stdout, finished.stderr
            )
            error.add_note(finished.stderr.strip())
            raise error
        return finished
