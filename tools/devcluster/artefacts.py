"""Things made once and kept: a finished one is whole, an interrupted one leaves nothing."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from tools.devcluster import paths
from tools.devcluster.locks import exclusive

Progress = Callable[[str], None]


def key(name: str, version: str, ingredients: Iterable[str | bytes] = ()) -> str:
    """Name an artefact by all that decides its content."""
    digest = hashlib.sha256()
    for ingredient in ingredients:
        data = ingredient.encode() if isinstance(ingredient, str) else ingredient
        # the length keeps ("ab", "c") and ("a", "bc") apart
        digest.update(len(data).to_bytes(8, "big") + data)
    return f"{name}-{version}-{digest.hexdigest()[:16]}"


def artefact(name: str, make: Callable[[Path], None], progress: Progress) -> Path:
    """Return the artefact's directory, letting `make` fill it when no one has done so yet."""
    cache = paths.cache()
    finished = cache / name
    if finished.is_dir():
        return finished

    def on_wait() -> None:
        progress(f"waiting: another process is making {name}")

    with exclusive(cache / f"{name}.lock", on_wait):
        if finished.is_dir():
            return finished
        for leftover in cache.glob(f".{name}.*"):
            shutil.rmtree(leftover)
        partial = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=cache))
        try:
            make(partial)
            partial.rename(finished)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return finished
