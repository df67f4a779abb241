"""Which stages KWOK plays: what in a cluster is simulated."""

from pathlib import Path
from typing import Final

from tools.devcluster import upstream
from tools.devcluster.artefacts import Progress

NOTICE: Final = (
    "simulated: the node, its pods (no container runs), their volumes (nothing is stored), the "
    "synchronisation of ExternalSecrets (no Secret is written) and the databases of CloudNativePG"
)
WORKLOADS_NOTICE: Final = "simulated: StatefulSets and Deployments report ready without any pod"

_STAGES: Final = Path(__file__).parent / "stages"


def stages(progress: Progress, *, workloads: bool) -> str:
    """Return KWOK's configuration as YAML documents."""
    files = sorted(upstream.kwok_stages(progress).iterdir())
    files += [_STAGES / "volumes.yaml", _STAGES / "external-secrets.yaml"]
    files.append(_STAGES / "cloudnative-pg.yaml")
    if workloads:
        files.append(_STAGES / "workloads.yaml")
    return "\n---\n".join(file.read_text() for file in files)
