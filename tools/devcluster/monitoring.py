"""What Prometheus, its operator and Alertmanager bring to check a stack's monitoring."""

import shutil
from pathlib import Path
from typing import Final

from tools.devcluster import build, compiling, toolchain
from tools.devcluster.artefacts import Progress, artefact, key
from tools.devcluster.upstream import module_directory

PROMETHEUS: Final = "v0.313.5"
"""Prometheus 3.13.5, as the Go module numbers it."""
PROMETHEUS_OPERATOR: Final = "v0.85.0"
ALERTMANAGER: Final = "v0.28.1"
"""The module of v0.34 lacks the pages that the program embeds, so it cannot be built."""

_PACKAGE: Final = "github.com/prometheus/prometheus/cmd/promtool"
_FLAGS: Final = ("-trimpath", "-ldflags", "-s -w")
_CRDS: Final = (
    "servicemonitors",
    "prometheusrules",
    "alertmanagerconfigs",
    "prometheuses",
    "alertmanagers",
)


def promtool(progress: Progress) -> Path:
    """Return promtool, which checks rules and plays them through.

    `go install` refuses it, because its module replaces another one; as a dependency of an empty
    module it is built from the versions that its own module names.
    """

    def make(into: Path) -> None:
        go = toolchain.go(progress)
        progress(f"building promtool {PROMETHEUS}: once, about 5 minutes cold on 2 cores")
        (into / "go.mod").write_text("module promtool\n\ngo 1.26\n")
        for arguments in (
            ("get", f"{_PACKAGE}@{PROMETHEUS}"),
            ("build", "-v", *_FLAGS, "-o", str(into / "promtool"), _PACKAGE),
        ):
            compiling.compile_with(
                [go, *arguments],
                directory=into,
                settings={"GOFLAGS": "-mod=mod -buildvcs=false"},
                meter=compiling.Meter(f"promtool {PROMETHEUS}", None, progress),
            )

    return artefact(key("promtool", PROMETHEUS, [_PACKAGE, *_FLAGS]), make, progress) / "promtool"


def alertmanager(progress: Progress) -> Path:
    """Return Alertmanager, which delivers alerts."""
    package = f"github.com/prometheus/alertmanager/cmd/alertmanager@{ALERTMANAGER}"
    return build.installed(package, {}, "2", progress)


def prometheus_operator_crds(progress: Progress) -> Path:
    """Return a directory with the CRDs that a stack's monitoring meets."""

    def make(into: Path) -> None:
        module = f"github.com/prometheus-operator/prometheus-operator@{PROMETHEUS_OPERATOR}"
        source = module_directory(module, progress) / "example/prometheus-operator-crd"
        for plural in _CRDS:
            # as they are: PyYAML takes the "=" among their values for a type of its own
            bundled = source / f"monitoring.coreos.com_{plural}.yaml"
            shutil.copyfile(bundled, into / f"{plural}.yaml")

    name = key("prometheus-operator-crds", PROMETHEUS_OPERATOR, _CRDS)
    return artefact(name, make, progress)
