"""An object store that speaks S3 over TLS, in the network of the pods under test."""

import subprocess
import sys
import time
from pathlib import Path

from tools.devcluster.artefacts import artefact, key

MOTO = "5.2.5"
HOST = "localhost"
"""moto takes requests for it as requests for S3."""
PORT = 9000
BUCKET = "alpha-backups"
REFUSED = 7
"""The exit code of curl while nothing listens yet."""


def program():
    """Return a directory with moto and all it needs.

    It stands apart from the virtual environment: its botocore wants another python-dateutil.
    """
    package = f"moto[s3,server]=={MOTO}"

    def make(into):
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", into, package]
        subprocess.run(pip, check=True, capture_output=True)

    return artefact(key("moto", MOTO, [package]), make, print)


class ObjectStore:
    """Runs until it is closed, and forgets everything then."""

    def __init__(self, network, directory, authority):
        directory.mkdir()
        certificate, private_key = authority.issue(HOST, HOST)
        (directory / "tls.crt").write_text(certificate)
        (directory / "tls.key").write_text(private_key)
        self.network, self.authority = network, directory / "ca.crt"
        self.authority.write_text(authority.text)
        server = Path(__file__).with_name("s3_server.py")
        files = (directory / "tls.crt", directory / "tls.key")
        with (directory / "log").open("w") as log:
            self.process = subprocess.Popen(
                network.inside(sys.executable, server, PORT, *files),
                env={"PYTHONPATH": str(program()), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
                stdout=log,
                stderr=log,
            )
        self._make_bucket()

    def _make_bucket(self):
        ask = ["curl", "--silent", "--show-error", "--fail", "--cacert", self.authority]
        signed = ["--aws-sigv4", "aws:amz:us-east-1:s3", "--user", "key:secret"]
        where = ["--resolve", f"{HOST}:{PORT}:127.0.0.1", f"https://{HOST}:{PORT}/{BUCKET}"]
        command = self.network.inside(*ask, *signed, "--request", "PUT", *where)
        deadline = time.monotonic() + 30
        while (run := subprocess.run(command, capture_output=True, check=False)).returncode:
            assert run.returncode == REFUSED, run.stderr
            assert time.monotonic() < deadline, "the object store does not answer"

    def close(self):
        self.process.kill()
        self.process.wait()
