"""Run the scanners on a file of manifests, and read what they find."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Final, NamedTuple

from tools.devcluster.artefacts import Progress
from tools.scan.programs import checkov, kube_score

PASSED: Final = 10
"""kube-score's grade of a check that found nothing."""


class Finding(NamedTuple):
    """One check that an object fails."""

    check: str
    name: str
    """The object as ``Kind/name``."""
    text: str


def scan(file: Path, progress: Progress) -> list[Finding]:
    return [*_kube_score(file, progress), *_checkov(file, progress)]


def _kube_score(file: Path, progress: Progress) -> list[Finding]:
    output = _run([kube_score(progress), "score", file, "--output-format", "json"])
    return [
        Finding(
            check["check"]["id"],
            f"{item['type_meta']['kind']}/{item['object_meta']['name']}",
            "; ".join(it["summary"] for it in check["comments"] or ()) or check["check"]["comment"],
        )
        for item in output or ()
        for check in item["checks"] or ()
        if check["grade"] < PASSED and not check["skipped"]
    ]


def _checkov(file: Path, progress: Progress) -> list[Finding]:
    programs = checkov(progress)
    command: list[str | Path] = [
        programs / "python", programs / "checkov", "--file", file, "--framework", "kubernetes",
        "--output", "json", "--skip-download",
    ]  # fmt: skip
    output = _run(command)
    if "results" not in output:
        raise RuntimeError(f"checkov found nothing to check in {file.name}")
    return [
        Finding(item["check_id"], _kind_and_name(item["resource"]), item["check_name"])
        for item in output["results"]["failed_checks"]
    ]


def _kind_and_name(resource: str) -> str:
    kind, _, rest = resource.partition(".")
    return f"{kind}/{rest.partition('.')[2]}"


def _run(command: list[str | Path]) -> Any:
    """Run a scanner that writes JSON and whose exit code only counts findings."""
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LOG_LEVEL": "ERROR"},
    )
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        raise RuntimeError(f"{command[0]} failed:\n{done.stderr.strip()}") from error
