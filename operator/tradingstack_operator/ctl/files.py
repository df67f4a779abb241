"""The texts that the command line names: files, folders and what is piped in."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from tradingstack_operator.ctl.findings import Unreadable

STDIN: Final = "-"
_SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})


@dataclass(frozen=True, slots=True)
class Text:
    """What one file holds."""

    file: str
    content: str


def read_texts(paths: Sequence[str], stdin: BinaryIO) -> Iterator[Text | Unreadable]:
    """Read every file once, those of a folder sorted by their paths."""
    seen: set[str] = set()
    for path in paths:
        if path == STDIN:
            yield _text("stdin", stdin.read())
        elif Path(path).is_dir():
            yield from _folder(path, seen)
        else:
            yield from _file(path, seen)


def _folder(folder: str, seen: set[str]) -> Iterator[Text | Unreadable]:
    """Read the manifests below a folder, without hidden files and folders such as .git."""
    closed: list[OSError] = []
    found: list[str] = []
    for parent, folders, names in os.walk(folder, onerror=closed.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            os.path.join(parent, name)  # noqa: PTH118  # Path drops the ./ that somebody typed
            for name in names
            if Path(name).suffix in _SUFFIXES and not name.startswith(".")
        ]
    for error in closed:
        yield _closed(str(error.filename), error)
    files = [path for path in sorted(found) if Path(path).is_file()]
    if not files:
        yield Unreadable(folder, "it holds no *.yaml, *.yml or *.json file")
    for path in files:
        yield from _file(path, seen)


def _file(path: str, seen: set[str]) -> Iterator[Text | Unreadable]:
    real = os.path.realpath(path)
    if real in seen:
        return
    seen.add(real)
    try:
        yield _text(path, Path(path).read_bytes())
    except OSError as error:
        yield _closed(path, error)


def _text(file: str, content: bytes) -> Text | Unreadable:
    try:
        return Text(file, content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return Unreadable(file, "not UTF-8", content.count(b"\n", 0, error.start) + 1)


def _closed(file: str, error: OSError) -> Unreadable:
    return Unreadable(file, (error.strerror or "it cannot be read").lower())
