"""Run one go command and show how far it has come."""

import os
import selectors
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from typing import IO, Final

from tools.devcluster.artefacts import Progress
from tools.devcluster.errors import BuildError
from tools.devcluster.toolchain import environment

_TERMINAL_SECONDS: Final = 1.0
_PLAIN_SECONDS: Final = 30.0


class Meter:
    """Counts the packages a `go ... -v` command reports, and tells about them now and then."""

    def __init__(self, title: str, total: int | None, progress: Progress) -> None:
        self.title = title
        self._total = total
        self._progress = progress
        # a line may be drawn over only when the caller prints, and prints to a terminal
        self._terminal = progress is print and sys.stdout.isatty()
        self._started = time.monotonic()
        self._told = self._started
        self._downloaded = 0
        self._compiled = 0
        self.trouble: deque[str] = deque(maxlen=20)

    def read(self, line: str) -> None:
        if line.startswith("go: downloading "):
            self._downloaded += 1
        elif line and " " not in line and ":" not in line:
            self._compiled += 1
        elif line:
            self.trouble.append(line)

    def tell(self, *, last: bool = False) -> None:
        now = time.monotonic()
        interval = _TERMINAL_SECONDS if self._terminal else _PLAIN_SECONDS
        if not last and now - self._told < interval:
            return
        self._told = now
        if self._terminal:
            print(f"\r\033[K{self._text(now)}", end="\n" if last else "", flush=True)
        else:
            self._progress(self._text(now))

    def _text(self, now: float) -> str:
        minutes, seconds = divmod(int(now - self._started), 60)
        total = f" of at most {self._total}" if self._total else ""
        parts = [f"{self.title}: {minutes}:{seconds:02}", f"{self._compiled}{total} packages"]
        if self._downloaded:
            parts.append(f"{self._downloaded} modules fetched")
        return ", ".join(parts)


def package_count(go: Path, directory: Path) -> int:
    """Count what a cold build of the package in `directory` compiles, fetching its modules."""
    listed = subprocess.run(
        [go, "list", "-deps", "."],
        cwd=directory,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        raise BuildError(f"the modules could not be fetched:\n{listed.stderr.strip()}")
    return len(listed.stdout.splitlines())


def compile_with(
    command: list[str | Path], directory: Path, settings: dict[str, str], meter: Meter
) -> None:
    """Run the go command to its end; a failure shows the last lines it wrote."""
    with subprocess.Popen(
        command,
        cwd=directory,
        env=environment() | settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            if process.stderr is not None:
                _follow(process.stderr, meter)
        except BaseException:
            process.terminate()
            raise
    meter.tell(last=True)
    if process.returncode:
        raise BuildError(f"{meter.title} failed:\n" + "\n".join(meter.trouble))


def _follow(stream: IO[bytes], meter: Meter) -> None:
    """Feed the meter line by line, and let it tell the time while the compiler is silent."""
    unfinished = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while True:
            if selector.select(timeout=_TERMINAL_SECONDS):
                chunk = os.read(stream.fileno(), 65536)
                *lines, unfinished = (unfinished + chunk).split(b"\n")
                for line in lines:
                    meter.read(line.decode(errors="replace").rstrip())
                if not chunk:
                    return
            meter.tell()
