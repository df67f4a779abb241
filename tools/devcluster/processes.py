"""Start, recognise and stop processes that outlive the interpreter that started them."""

import os
import select
import signal
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TAIL_LINES: Final = 20
_TAIL_BYTES: Final = 64 * 1024
_STOP_SECONDS: Final = 10.0


@dataclass(frozen=True)
class Process:
    """A process by its id and start time: the id alone may belong to another one by now."""

    pid: int
    start_time: int


def spawn(command: list[str], log: Path, environment: dict[str, str]) -> Process:
    """Start a program in its own session, so that a Ctrl-C for the caller does not reach it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    pid = os.posix_spawn(
        command[0],
        command,
        os.environ | environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), flags, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    # the child cannot have vanished: it stays a zombie until it is waited for
    found = _stat(pid)
    return Process(pid, found[1] if found else 0)


def alive(process: Process) -> bool:
    """Tell whether the process runs; a finished child of ours is also taken off the table."""
    found = _stat(process.pid)
    if found is None or found[1] != process.start_time:
        return False
    if found[0] not in "ZX":
        return True
    with suppress(ChildProcessError):
        os.waitpid(process.pid, os.WNOHANG)
    return False


def stop(processes: Iterable[Process], grace: float = _STOP_SECONDS) -> None:
    """End the processes one after the other: politely, and by force after `grace` seconds."""
    for process in processes:
        _stop(process, grace)


def _stop(process: Process, grace: float) -> None:
    try:
        # the descriptor pins the process, so that no signal can hit a successor of the same id
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return
    try:
        if alive(process):
            exited = select.poll()
            exited.register(descriptor, select.POLLIN)
            signal.pidfd_send_signal(descriptor, signal.SIGTERM)
            if not exited.poll(grace * 1000):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                exited.poll()
            alive(process)  # takes a child of ours off the process table
    finally:
        os.close(descriptor)


def resident_bytes(process: Process) -> int:
    """Return the memory the process holds, 0 when it is gone."""
    with suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    return 0


def log_tail(log: Path) -> str:
    """Return the last lines a process wrote."""
    if not log.exists():
        return "  (nothing)"
    with log.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-_TAIL_LINES:]) or "  (nothing)"


def _stat(pid: int) -> tuple[str, int] | None:
    """Return a process's state letter and its start time in clock ticks since boot."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # the program's name stands in brackets and may itself contain any character
    fields = text.rpartition(")")[2].split()
    return fields[0], int(fields[19])
