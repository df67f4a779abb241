"""The scanners: which versions, and where they are."""

import subprocess
import venv
from pathlib import Path
from typing import Final

from tools.devcluster import build
from tools.devcluster.artefacts import Progress, artefact, key
from tools.devcluster.errors import BuildError

KUBE_SCORE: Final = "v1.20.0"
CHECKOV: Final = "3.3.30"


def kube_score(progress: Progress) -> Path:
    return build.installed(
        f"github.com/zegl/kube-score/cmd/kube-score@{KUBE_SCORE}", {}, "1", progress
    )


def checkov(progress: Progress) -> Path:
    """Return checkov, in an environment of its own: it pins old versions of common packages."""

    def make(into: Path) -> None:
        progress(f"installing checkov {CHECKOV}: once, about 1 minute")
        venv.create(into / "venv", with_pip=True)
        command: list[str | Path] = [
            into / "venv/bin/pip",
            "install",
            "--quiet",
            f"checkov=={CHECKOV}",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildError(f"checkov could not be installed:\n{done.stderr.strip()}")

    return artefact(key("checkov", CHECKOV), make, progress) / "venv/bin"
