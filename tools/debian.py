"""A root file system of Debian packages, unpacked once beside the host's and never installed."""

import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tools.devcluster.artefacts import Progress, artefact, key
from tools.devcluster.errors import BuildError

RELEASE: Final = "trixie"
KEYRING: Final = "/usr/share/keyrings/debian-archive-keyring.gpg"
_BASE: Final = ("base-files", "bash", "coreutils", "dash", "grep", "sed")
_CONFIGURATION: Final = """\
Dir "{root}";
Dir::State::status "{root}/status";
Dir::Etc::sourcelist "{root}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Acquire::Languages "none";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
"""


def root_file_system(packages: Iterable[str], progress: Progress) -> Path:
    """Return a directory with the packages and all they depend on; no script of theirs has run."""
    wanted = sorted({*_BASE, *packages})

    def make(into: Path) -> None:
        progress(f"unpacking Debian {RELEASE} with {' '.join(packages)}: once, about 20 seconds")
        with tempfile.TemporaryDirectory() as scratch:
            downloaded = _download(Path(scratch), wanted)
            # the links that the other packages' files are to lie behind come first
            for package in sorted(downloaded, key=lambda path: "base-files_" not in path.name):
                _run(["dpkg-deb", "--extract", package, into])
        (into / "etc/passwd").touch()
        (into / "etc/group").touch()

    return artefact(key("debian", RELEASE, wanted), make, progress)


def _download(root: Path, packages: list[str]) -> list[Path]:
    """Fetch packages with an apt of our own, which knows nothing to be installed yet."""
    for directory in ("var/lib/apt/lists/partial", "var/cache/apt/archives/partial"):
        (root / directory).mkdir(parents=True)
    (root / "status").touch()
    (root / "sources.list").write_text(f"deb [signed-by={KEYRING}] {_mirror()} {RELEASE} main\n")
    (root / "apt.conf").write_text(_CONFIGURATION.format(root=root))
    apt = ["env", f"APT_CONFIG={root}/apt.conf", "apt-get", "-qq"]
    _run([*apt, "update"])
    _run([*apt, "--yes", "--download-only", "install", *packages])
    return list((root / "var/cache/apt/archives").glob("*.deb"))


def _mirror() -> str:
    """Ask the host's apt where it gets Debian from."""
    targets = _run(["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)"])
    for line in targets.splitlines():
        release, _, address = line.partition(" ")
        if "-" not in release and address.rstrip("/").endswith("/debian"):
            return address
    raise BuildError("apt has no source of Debian packages: add one to /etc/apt and try again")


def _run(command: list[str | Path]) -> str:
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise BuildError(f"{command[0]} failed: {run.stderr.strip() or run.stdout.strip()}")
    return run.stdout
