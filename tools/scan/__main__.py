"""Scan the objects of every golden case and of both charts; exit code 1 when a check fails."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from rich.console import Console
from rich.table import Table

from tools.devcluster import build
from tools.scan.exceptions import DECLINED, declined
from tools.scan.findings import Finding, scan

ROOT: Final = Path(__file__).parents[2]
CHARTS: Final = ("tradingstack-crds", "tradingstack-operator")
SWITCHES: Final = (
    *("--set", f"image.digest=sha256:{'a' * 64}"),
    *("--set", "webhook.enabled=true,webhook.certificate.secretName=webhook-tls"),
    *("--set", "webhook.certificate.caBundle=Q0E="),
)
"""The optional parts of the operator's chart are scanned too."""


def main() -> int:
    console = Console()
    found: list[tuple[str, Finding]] = []
    with TemporaryDirectory() as directory:
        for source, file in inputs(Path(directory)):
            console.print(f"scanning {source}")
            found += [(source, item) for item in scan(file, console.print)]
    failures = [(source, it) for source, it in found if not declined(it.check, source, it.name)]
    if failures:
        table = Table("object", "check", "finding")
        for source, item in failures:
            table.add_row(f"{source} {item.name}", item.check, item.text)
        console.print(table)
    kept = len(found) - len(failures)
    console.print(f"{len(failures)} failures, {kept} declined for {len(DECLINED)} reasons")
    return 1 if failures else 0


def inputs(directory: Path) -> Iterator[tuple[str, Path]]:
    """Name every file to scan; charts are rendered into the directory."""
    for golden in sorted((ROOT / "tests/golden/cases").glob("*/expected.yaml")):
        yield golden.parent.name, golden
    helm = build.helm(print)
    for chart in CHARTS:
        command: list[str | Path] = [
            helm,
            "template",
            chart,
            ROOT / "charts" / chart,
            "--namespace",
            "operators",
        ]
        switches = [] if chart.endswith("crds") else [*SWITCHES]
        done = subprocess.run([*command, *switches], capture_output=True, text=True, check=True)
        file = directory / f"{chart}.yaml"
        file.write_text(done.stdout)
        yield chart, file


if __name__ == "__main__":
    sys.exit(main())
