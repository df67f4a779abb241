"""The commands a newcomer finds are the commands there are."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def targets():
    phony = re.search(
        r"^\.PHONY: (.*?)(?<!\\)$", (ROOT / "Makefile").read_text(), re.MULTILINE | re.DOTALL
    )
    return set(phony[1].replace("\\\n", " ").split())


def test_help_lists_every_command():
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert targets() == {line.split()[0] for line in shown.stdout.splitlines()}


def test_the_readme_explains_every_command():
    explained = set(re.findall(r"`make ([a-z0-9-]+)`", (ROOT / "README.md").read_text()))
    assert targets() - {"help"} <= explained


def test_ci_runs_the_readmes_own_test_command():
    assert (ROOT / ".ci/run").read_text().splitlines()[-1] == "exec make test"
