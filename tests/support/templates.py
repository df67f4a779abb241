"""Renders the templates of ExternalSecrets with the engine that External Secrets uses."""

import json
import subprocess
from pathlib import Path

from tools.devcluster import compiling, toolchain
from tools.devcluster.artefacts import artefact, key

SOURCE = Path(__file__).parent / "gotemplate"


def program(progress=print):
    """Return the renderer, built once and kept."""

    def make(into):
        go = toolchain.go(progress)
        compiling.compile_with(
            [go, "build", "-v", "-o", into / "gotemplate", "."],
            directory=SOURCE,
            settings={},
            meter=compiling.Meter("the renderer of templates", None, progress),
        )

    files = [file.read_bytes() for file in sorted(SOURCE.iterdir())]
    return artefact(key("gotemplate", "1", files), make, progress) / "gotemplate"


def render(templates, values):
    """Render templates by name with the values that the store would give."""
    run = subprocess.run(
        [program()],
        input=json.dumps({"templates": templates, "values": values}),
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise ValueError(run.stderr)
    return json.loads(run.stdout)
