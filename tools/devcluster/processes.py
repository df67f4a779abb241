"""Start, recognise and stop processes that outlive the interpreter that started them."""

import os
import select
import signal
import time
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
    """End the processes: a polite signal to each, and force for those that do not listen."""
    descriptors: dict[int, Process] = {}
    try:
        for process in processes:
            # the descriptor pins the process, so that the signal cannot hit a successor
            with suppress(ProcessLookupError):
                descriptor = os.pidfd_open(process.pid)
                if alive(process):
                    descriptors[descriptor] = process
                else:
                    os.close(descriptor)
        remaining = dict(descriptors)
        for number in (signal.SIGTERM, signal.SIGKILL):
            for descriptor in remaining:
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(descriptor, number)
            remaining = _still_running(remaining, grace)
    finally:
        for descriptor, process in descriptors.items():
            os.close(descriptor)
            alive(process)


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


def _still_running(descriptors: dict[int, Process], grace: float) -> dict[int, Process]:
    remaining = dict(descriptors)
    poll = select.poll()
    for descriptor in remaining:
        poll.register(descriptor, select.POLLIN)
    deadline = time.monotonic() + grace
    while remaining and (left := deadline - time.monotonic()) > 0:
        for descriptor, _ in poll.poll(left * 1000):
            poll.unregister(descriptor)
            del remaining[descriptor]
    return remaining


def _stat(pid: int) -> tuple[str, int] | None:
    """Return a process's state letter and its start time in clock ticks since boot."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # the program's name stands in brackets and may itself contain any character
    fields = text.rpartition(")")[2].split()
    return fields[0], int(fields[19])
