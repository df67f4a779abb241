"""Feast in a virtual environment of its own, made once and kept: it is 600 MB."""

import subprocess
import sys
from pathlib import Path

from tools.devcluster.artefacts import artefact, key

SOURCE = Path(__file__).parents[2] / "workloads" / "feast"


def feast_environment(progress=print):
    """Return the environment's directory, with what workloads/feast pins and nothing of ours."""
    constraints = (SOURCE / "constraints.txt").read_bytes()
    name = key("feast", f"py{sys.version_info.major}{sys.version_info.minor}", [constraints])

    def make(into):
        progress("installing Feast: once, about a minute and 600 MB")
        subprocess.run([sys.executable, "-m", "venv", into], check=True)
        wanted = [line for line in constraints.decode().split() if line.startswith("feast==")]
        wanted = [line.replace("feast==", "feast[postgres,redis]==") for line in wanted]
        options = ("--quiet", "--disable-pip-version-check", "-c", SOURCE / "constraints.txt")
        # as a module: the directory is renamed once it is whole, and scripts would name the old one
        subprocess.run([into / "bin/python", "-m", "pip", "install", *options, *wanted], check=True)

    return artefact(name, make, progress)


COMMANDS = {
    "feast": ("feast.cli.cli", "cli"),
    "tradingstack-feast": ("tradingstack_feast.cli", "main"),
    "tradingstack-feast-ready": ("tradingstack_feast.canary", "main"),
}


def write_commands(environment, folder):
    """Write the commands of the image to a folder."""
    for name, (module, function) in COMMANDS.items():
        command = folder / name
        command.write_text(
            f"#!{environment}/bin/python\n"
            f"import sys\n"
            f"sys.path.insert(0, {str(SOURCE / 'src')!r})\n"
            f"from {module} import {function}\n"
            f"sys.exit({function}())\n"
        )
        command.chmod(0o755)
