"""A real Redis with the files its pod would have, on a loopback port."""

import hashlib
import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tradingstack_operator.desired import redis

BIN = Path(sys.executable).parent
PASSWORDS = {
    "probe": "pr0be: #,$HOME'\"",
    "ingestor": "ing est,or$1",
    "risk_api": "r1sk-\"'`api",
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
    if "{{" in text:
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
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None

    def __post_init__(self):
        (self.root / "data").mkdir()
        (self.root / "credentials").mkdir()
        self.mount_credentials(PASSWORDS)

    def mount_credentials(self, passwords):
        """Write the files of the Secret that External Secrets makes from the templates."""
        acl = render_template(redis.ACL_TEMPLATE, passwords)
        (self.root / "credentials" / redis.ACL_FILE).write_text(acl)
        (self.root / "credentials" / redis.PROBE_PASSWORD_FILE).write_text(passwords["probe"])

    def start(self, *extra):
        """Start the server on the rendered configuration; only places differ from the pod's."""
        conf = substitute(
            self.conf,
            {
                "bind * -::*": "bind 127.0.0.1",
                "port 6379": f"port {self.port}",
                "dir /data": f"dir {self.root}/data",
                "/var/run/tradingstack/credentials/cache/": f"{self.root}/credentials/",
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

    def script(self, text):
        """Run a probe's script as the kubelet would; True when it exits with 0."""
        here = substitute(
            text,
            {
                "-p 6379": f"-p {self.port}",
                "/var/run/tradingstack/credentials/cache/": f"{self.root}/credentials/",
            },
        )
        run = subprocess.run(
            ["sh", "-c", here],
            env={"PATH": f"{BIN}:{os.environ['PATH']}"},
            timeout=30,
            check=False,
        )
        return run.returncode == 0

    def ready(self):
        return self.script(redis.READY_SCRIPT)

    def alive(self):
        return self.script(redis.ALIVE_SCRIPT)

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
