"""The programs of a cluster: which versions, built how, and where they are."""

from pathlib import Path
from typing import Final

from tools.devcluster import compiling, toolchain
from tools.devcluster.artefacts import Progress, artefact, key

KUBERNETES: Final = "v1.37.2"
KWOK: Final = "v0.8.0"
HELM: Final = "v3.22.0"

_SOURCE: Final = Path(__file__).parent / "kube"
_VERSION_VARIABLES: Final = {
    "k8s.io/component-base/version.gitVersion": KUBERNETES,
    "k8s.io/component-base/version.gitMajor": "1",
    "k8s.io/component-base/version.gitMinor": "37",
    "k8s.io/component-base/version.gitTreeState": "clean",
    "k8s.io/client-go/pkg/version.gitVersion": KUBERNETES,
}
# without these, helm renders charts as for Kubernetes 1.20 when no cluster is asked
_HELM_VARIABLES: Final = {
    "helm.sh/helm/v3/internal/version.version": HELM,
    "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor": "1",
    "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor": "37",
    "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor": "1",
    "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor": "37",
}


def kube(progress: Progress) -> Path:
    """Return the control plane's multi-call binary, compiling it when its source changed."""
    sources = [(_SOURCE / name).read_bytes() for name in ("go.mod", "go.sum", "main.go")]
    settings = [f"{name}={value}" for name, value in toolchain.GO_SETTINGS.items()]
    name = key("kube", KUBERNETES, [*sources, *_flags(_VERSION_VARIABLES), *settings])
    return artefact(name, lambda into: _build_kube(into, progress), progress) / "kube"


def kwok(progress: Progress) -> Path:
    """Return the program that simulates the node."""
    return installed(f"sigs.k8s.io/kwok/cmd/kwok@{KWOK}", {}, "3", progress)


def helm(progress: Progress) -> Path:
    """Return helm, which installs the operator's chart."""
    return installed(f"helm.sh/helm/v3/cmd/helm@{HELM}", _HELM_VARIABLES, "2", progress)


def _flags(variables: dict[str, str]) -> tuple[str, ...]:
    linked = [f"-X {name}={value}" for name, value in variables.items()]
    return ("-trimpath", "-ldflags", " ".join(["-s -w", *linked]))


def _build_kube(into: Path, progress: Progress) -> None:
    go = toolchain.go(progress)
    progress(
        f"building Kubernetes {KUBERNETES} from its Go modules: once, about 8-12 minutes cold "
        "on 2 cores"
    )
    compiling.compile_with(
        [go, "build", "-v", *_flags(_VERSION_VARIABLES), "-o", into / "kube", "."],
        directory=_SOURCE,
        settings={},
        meter=compiling.Meter(
            f"Kubernetes {KUBERNETES}", compiling.package_count(go, _SOURCE), progress
        ),
    )


def installed(package: str, variables: dict[str, str], minutes: str, progress: Progress) -> Path:
    path, _, version = package.partition("@")
    program = path.rpartition("/")[2]
    flags = _flags(variables)

    def make(into: Path) -> None:
        go = toolchain.go(progress)
        progress(f"building {program} {version}: once, about {minutes} minutes cold on 2 cores")
        compiling.compile_with(
            [go, "install", "-v", *flags, package],
            directory=into,
            settings={"GOBIN": str(into)},
            meter=compiling.Meter(f"{program} {version}", None, progress),
        )

    return artefact(key(program, version, [package, *flags]), make, progress) / program
