"""Files taken from the Go modules of other projects: CRDs and stages."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Final

import yaml

from tools.devcluster import build, toolchain
from tools.devcluster.artefacts import Progress, artefact, key
from tools.devcluster.errors import BuildError

EXTERNAL_SECRETS: Final = "v0.20.4"
CLOUDNATIVE_PG: Final = "v1.30.0"
BARMAN_CLOUD: Final = "v0.15.0"

_CNPG_CRDS: Final = (
    (f"github.com/cloudnative-pg/cloudnative-pg@{CLOUDNATIVE_PG}", "postgresql.cnpg.io_clusters"),
    (
        f"github.com/cloudnative-pg/cloudnative-pg@{CLOUDNATIVE_PG}",
        "postgresql.cnpg.io_scheduledbackups",
    ),
    (
        f"github.com/cloudnative-pg/plugin-barman-cloud@{BARMAN_CLOUD}",
        "barmancloud.cnpg.io_objectstores",
    ),
)
_CRDS: Final = ("externalsecrets", "secretstores", "clustersecretstores")
_STAGES: Final = (
    "node/fast/node-initialize.yaml",
    "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
    "pod/fast/pod-ready.yaml",
    "pod/fast/pod-complete.yaml",
    "pod/fast/pod-delete.yaml",
)


def external_secrets_crds(progress: Progress) -> Path:
    """Return a directory with the CRDs of External Secrets that the operator meets."""

    def make(into: Path) -> None:
        module = f"github.com/external-secrets/external-secrets@{EXTERNAL_SECRETS}"
        source = module_directory(module, progress) / "config/crds/bases"
        for plural in _CRDS:
            file_name = f"external-secrets.io_{plural}.yaml"
            crd = yaml.safe_load((source / file_name).read_text())
            # no conversion webhook runs here, and the API server would wait for it
            crd["spec"].pop("conversion", None)
            (into / file_name).write_text(yaml.safe_dump(crd, sort_keys=False))

    return artefact(key("external-secrets-crds", EXTERNAL_SECRETS, _CRDS), make, progress)


def cloudnative_pg_crds(progress: Progress) -> Path:
    """Return a directory with the CRDs of CloudNativePG and its plugin that the operator meets."""

    def make(into: Path) -> None:
        for module, crd in _CNPG_CRDS:
            source = module_directory(module, progress) / "config/crd/bases"
            shutil.copyfile(source / f"{crd}.yaml", into / f"{crd}.yaml")

    names = [crd for _, crd in _CNPG_CRDS]
    return artefact(
        key("cloudnative-pg-crds", CLOUDNATIVE_PG, [BARMAN_CLOUD, *names]), make, progress
    )


def kwok_stages(progress: Progress) -> Path:
    """Return a directory with KWOK's own stages for nodes and pods."""

    def make(into: Path) -> None:
        source = module_directory(f"sigs.k8s.io/kwok@{build.KWOK}", progress) / "kustomize/stage"
        for stage in _STAGES:
            shutil.copyfile(source / stage, into / Path(stage).name)

    return artefact(key("kwok-stages", build.KWOK, _STAGES), make, progress)


def module_directory(module: str, progress: Progress) -> Path:
    """Fetch a Go module, given as path@version, and return where its files are."""
    downloaded = subprocess.run(
        [toolchain.go(progress), "mod", "download", "-json", module],
        # outside of any module: this repository's own must not be changed
        cwd=Path.home(),
        env=toolchain.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if downloaded.returncode:
        reason = downloaded.stderr.strip() or downloaded.stdout.strip()
        raise BuildError(f"{module} could not be fetched:\n{reason}")
    return Path(json.loads(downloaded.stdout)["Dir"])
