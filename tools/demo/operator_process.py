"""The operator as a process on this machine, with the permissions of its ServiceAccount."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from tools.demo.target import DemoError, Target
from tradingstack_operator.model.images import Images

NAMESPACE = "tradingstack-system"
NAME = "tradingstack-operator"
USER = f"system:serviceaccount:{NAMESPACE}:{NAME}"
RELAY = f"system:serviceaccount:{NAMESPACE}:{NAME}-relay"
START_SECONDS = 60


@dataclass(frozen=True)
class Running:
    """A started operator."""

    process: subprocess.Popen[bytes]
    log: Path
    port: int


IMAGES: Final = Images(
    **{name: f"registry.example/{name}@sha256:{'5' * 64}" for name in Images.__annotations__}
)
"""For components whose spec names none; the simulated node runs nothing, so none need exist."""


@contextmanager
def running(target: Target, images: Images, log: Path) -> Iterator[Running]:
    """Start the operator, wait until it is ready, and stop it at the end."""
    account = target.service_account_directory(NAMESPACE, NAME)
    environment = {
        "PATH": os.environ["PATH"],
        "TRADINGSTACK_API_SERVER": target.server,
        "TRADINGSTACK_CREDENTIALS_DIRECTORY": str(account),
        "TRADINGSTACK_NAMESPACE": NAMESPACE,
        "TRADINGSTACK_IDENTITY": "local-process",
        "TRADINGSTACK_HTTP_PORT": "0",
        "TRADINGSTACK_RELAY_SUBJECT": RELAY,
        **{f"TRADINGSTACK_{name.upper()}_IMAGE": image for name, image in asdict(images).items()},
    }
    command = [sys.executable, "-m", "tradingstack_operator", "run"]
    with log.open("wb") as lines:
        process = subprocess.Popen(command, env=environment, stdout=lines, stderr=lines)
    try:
        yield Running(process, log, _wait_until_ready(process, log))
    finally:
        process.terminate()
        process.wait(timeout=30)


def lines_of(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise DemoError(f"the operator ended at once; its log says:\n{log.read_text()}")
        started = [line for line in lines_of(log) if line["message"] == "started"]
        if started and _ready(started[0]["port"]):
            return int(started[0]["port"])
        time.sleep(0.2)
    raise DemoError(f"the operator is not ready after {START_SECONDS} s; its log is {log}")


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except urllib.error.URLError:
        return False
