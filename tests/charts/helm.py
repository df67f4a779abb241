"""Charts as helm renders them."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from tools.devcluster import build

CHARTS: Final = Path(__file__).parents[2] / "charts"
OPERATOR: Final = CHARTS / "tradingstack-operator"
CRDS: Final = CHARTS / "tradingstack-crds"
NAMESPACE: Final = "tradingstack-system"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run helm without what the person at this machine has configured for it."""
    program = build.helm(print)
    homes = ("HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME")
    environment = os.environ | dict.fromkeys(homes, str(program.with_name("unconfigured")))
    return subprocess.run(
        [program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )


def template(chart: Path, values: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """Render a chart; values are given as JSON, one a key."""
    settings = [f"--set-json={name}={json.dumps(value)}" for name, value in values.items()]
    return run(
        "template", "tradingstack-operator", str(chart), f"--namespace={NAMESPACE}", *settings
    )


def rendered(chart: Path, **values: Any) -> list[dict[str, Any]]:
    finished = template(chart, {name.replace("__", "."): it for name, it in values.items()})
    assert finished.returncode == 0, finished.stderr
    return [body for body in yaml.safe_load_all(finished.stdout) if body]


@cache
def defaults(chart: Path) -> list[dict[str, Any]]:
    """Render a chart as it is without any value; do not change what this returns."""
    return rendered(chart)


def the(kind: str, objects: list[dict[str, Any]]) -> dict[str, Any]:
    (found,) = (body for body in objects if body["kind"] == kind)
    return found


def of_operator(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what belongs to the relay, a process of its own."""
    return [body for body in objects if not body["metadata"]["name"].endswith("-relay")]


def the_operators(kind: str, objects: list[dict[str, Any]]) -> dict[str, Any]:
    return the(kind, of_operator(objects))
