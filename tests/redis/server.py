"""A real Redis with the files its pod would have, on a loopback port."""

import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tradingstack_operator.desired import cache, online_store, redis, snapshots

BIN = Path(sys.executable).parent
CREDENTIALS = "/var/run/tradingstack/credentials"
USERS = {"cache": cache.USERS, "online-store": online_store.USERS}
PASSWORDS = {
    "probe": "pr0be: #,$HOME'\"",
    "ingestor": "ing est,or$1",
    "risk_api": "r1sk-\"'`api",
    "watchdog": "w4tchdog %s {{ }}",
    "features": 'f3at, ures: $HOME #"',
}
"""Passwords with every character that has broken a configuration file before."""


def render_template(template, values):
    """Render what the users file uses of Go's templates: a value, as it is or as its SHA-256.

    External Secrets does this in the cluster. The template keeps to these two forms so that the
    test needs no Go; any other form is an error here.
    """
    text = re.sub(r"\{\{ \.(\w+) \}\}", lambda match: values[match[1]], template)
    text = re.sub(
        r"\{\{ \.(\w+) \| sha256sum \}\}",
        lambda match: hashlib.sha256(values[match[1]].encode()).hexdigest(),
        text,
    )
    if "{{ ." in text:
        raise ValueError("the template uses more than this renderer knows")
    return text


def substitute(text, changes):
    """Replace lines or words that must be there; a text that lost one is not the one to test."""
    for old, new in changes.items():
        if old not in text:
            raise ValueError(f"{old!r} is not in the text")
        text = text.replace(old, new)
    return text


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@dataclass
class Pod:
    """A directory that stands for the pod's file system, and the server in it."""

    root: Path
    conf: str
    server: str = "cache"
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None
    keeper: subprocess.Popen | None = None
    # short: the path of a Unix socket may have no more than 107 characters
    tmp: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="pod")))

    def __post_init__(self):
        for folder in ("data", "snapshots", "credentials", "bin"):
            (self.root / folder).mkdir()
        # one program under three names, as every image has it
        (self.root / "bin" / "redis-check-rdb").symlink_to((BIN / "redis-server").resolve())
        self.mount_credentials(PASSWORDS)

    def mount_credentials(self, passwords):
        """Write the files of the Secret that External Secrets makes from the templates."""
        for name, template in USERS[self.server].files.items():
            text = render_template(template, passwords)
            (self.root / "credentials" / name).write_text(text)

    def start(self, *extra):
        """Start the server on the rendered configuration; only places differ from the pod's."""
        directory = "/data" if self.server == "cache" else "/tmp"  # noqa: S108 - the pod's
        conf = substitute(
            self.conf,
            {
                "bind * -::*": "bind 127.0.0.1",
                "port 6379": f"port {self.port}",
                f"dir {directory}": f"dir {self.root}/data",
                f"{CREDENTIALS}/{self.server}/": f"{self.root}/credentials/",
            },
        )
        self.launch(conf + "\n".join(extra))

    def launch(self, conf):
        path = self.root / redis.CONFIG_FILE
        path.write_text(conf)
        self.process = subprocess.Popen(
            [BIN / "redis-server", path],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_for(self, text):
        """Read the server's log up to a line; an earlier end is a server that did not get there."""
        seen = []
        for line in self.process.stdout:
            seen.append(line)
            if text in line:
                return
        raise AssertionError("".join(seen))

    def start_and_wait(self, *extra):
        self.start(*extra)
        self.wait_for("Ready to accept connections")

    def stop(self, *, kill=False):
        """End the server: in order as the kubelet would, or as a node failure would."""
        if self.process is None:
            return
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        self.process.communicate(timeout=30)
        self.process = None

    def remove(self):
        """Leave nothing of the pod behind."""
        self.stop(kill=True)
        if self.keeper is not None:
            os.killpg(self.keeper.pid, signal.SIGKILL)
            self.keeper.communicate(timeout=30)
        shutil.rmtree(self.tmp)

    def environment(self):
        return {"PATH": f"{self.root}/bin:{BIN}:{os.environ['PATH']}"}

    def script(self, text):
        """Run a probe's script as the kubelet would; True when it exits with 0."""
        here = substitute(
            text,
            {
                "-p 6379": f"-p {self.port}",
                f"{CREDENTIALS}/{self.server}/": f"{self.root}/credentials/",
            },
        )
        return self.shell(here).returncode == 0

    def shell(self, text):
        return subprocess.run(
            ["sh", "-c", text],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def here(self, script):
        """Point a container's script at the directories that stand for its volumes."""
        folders = {"/data": self.root / "data", "/snapshots": self.root / "snapshots"}
        pattern = re.compile(r"(/data|/snapshots|/tmp)\b")
        return pattern.sub(lambda match: str(folders.get(match[1], self.tmp)), script)

    def restore(self):
        """Run the container that goes before the server."""
        return self.shell(self.here(snapshots.RESTORE_SCRIPT))

    def start_keeper(self):
        """Start the container that copies snapshots."""
        self.keeper = subprocess.Popen(
            ["sh", "-c", self.here(snapshots.KEEP_SCRIPT)],
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def stop_keeper(self):
        """Ask the keeper to end, and return what it said."""
        os.killpg(self.keeper.pid, signal.SIGTERM)
        said, _ = self.keeper.communicate(timeout=30)
        self.keeper = None
        return said

    def lose_the_data_volume(self):
        shutil.rmtree(self.root / "data")
        (self.root / "data").mkdir()

    def ready(self):
        return self.script(redis.ready_script(self.server))

    def alive(self):
        return self.script(redis.alive_script(self.server))

    def ask(self, user, *command, stdin=None):
        """Send commands as a user and return what redis-cli prints; no user sends no password."""
        password = {"REDISCLI_AUTH": PASSWORDS[user]} if user else {}
        name = ["--user", user.replace("_", "-")] if user else []
        run = subprocess.run(
            [BIN / "redis-cli", "-p", str(self.port), *name, *command],
            env=password,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        return run.stdout.strip()
