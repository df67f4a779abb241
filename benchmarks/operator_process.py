"""The operator as its users start it: a process of its own, seen from outside."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from benchmarks.stacks import IMAGES
from benchmarks.testbed import NAMESPACE, Testbed

PROGRAM: Final = """
import sys
sys.modules["kubernetes"] = None
from tradingstack_operator.cli import main
sys.exit(main(["run"]))
"""
"""kopf imports every client it finds; the operator's image has none, only a developer's venv."""
PATIENCE: Final = 60.0
"""Seconds it may take to start or to stop."""
POLL: Final = 0.05
TICKS: Final = os.sysconf("SC_CLK_TCK")
MIB: Final = 1024


@dataclass(frozen=True, slots=True)
class Operator:
    """A running operator that leads."""

    process: subprocess.Popen[bytes]
    port: int
    started: float
    """When its process was started, on the monotonic clock."""

    def metric(self, name: str) -> float:
        """Sum a metric over all its labels."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics") as answer:
            families = text_string_to_metric_families(answer.read().decode())
        return sum(
            sample.value for family in families for sample in family.samples if sample.name == name
        )

    def looks(self) -> float:
        return self.metric("tradingstack_looks_total")

    def wait_for_looks(self, count: int) -> float:
        """Wait until it has looked at so many stacks; seconds since it was started."""
        wait_until(lambda: self.looks() >= count, self.process)
        return time.monotonic() - self.started

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_mib(self, line: str = "VmRSS") -> float:
        """Read what it holds in memory now, or with ``VmHWM`` the most it ever held."""
        for text in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if text.startswith(f"{line}:"):
                return int(text.split()[1]) / MIB
        raise RuntimeError(f"/proc has no {line}")


@contextmanager
def running(bed: Testbed, **settings: str) -> Iterator[Operator]:
    """Run an operator until the context ends; given once it is ready and leads."""
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "log"
        started = time.monotonic()
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM],
                env=_environment(bed, settings),
                stderr=output,
                stdout=output,
            )
        try:
            operator = Operator(process, _port(process, log), started)
            wait_until(lambda: _leads(operator), process)
            yield operator
        except Exception as error:
            error.add_note(log.read_text()[-3000:])
            raise
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Let it release its lease and end."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until(done: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + PATIENCE
    while not done():
        if process.poll() is not None:
            raise RuntimeError(f"the operator ended with {process.returncode}")
        if time.monotonic() > ends:
            raise TimeoutError(f"the operator was not there within {PATIENCE:.0f} s")
        time.sleep(POLL)


def _environment(bed: Testbed, settings: dict[str, str]) -> dict[str, str]:
    own = {
        "api_server": bed.cluster.server,
        "credentials_directory": str(bed.directory_of(bed.operator)),
        "namespace": NAMESPACE,
        "identity": "benchmark",
        "http_port": "0",
        **{f"{name}_image": image for name, image in asdict(IMAGES).items()},
    }
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("TRADINGSTACK_")
    }
    told = {f"TRADINGSTACK_{name.upper()}": value for name, value in (own | settings).items()}
    return inherited | told


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    found: list[int] = []

    def started() -> bool:
        lines = log.read_text().splitlines()
        found.extend(json.loads(line)["port"] for line in lines if '"message":"started"' in line)
        return bool(found)

    wait_until(started, process)
    return found[0]


def _leads(operator: Operator) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{operator.port}/readyz"):
            return operator.metric("tradingstack_leader") == 1
    except urllib.error.URLError:
        return False
