"""A real PostgreSQL that speaks TLS only, on a loopback port."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.nats.authority import Authority

USER = "nobody" if os.geteuid() == 0 else None
"""PostgreSQL refuses to run as root."""


def programs():
    """Find PostgreSQL's programs, newest first; a server's are rarely on the PATH."""
    on_path = shutil.which("initdb")
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in ([Path(on_path).resolve().parent] if on_path else []) + packaged:
        if (folder / "postgres").exists():
            return folder
    raise FileNotFoundError("no PostgreSQL server on this machine: install a package postgresql")


@dataclass
class Postgres:
    """A server whose files lie in ``root``, a directory that its user may reach."""

    root: Path
    port: int

    def start(self):
        authority = Authority("database")
        certificate, key = authority.issue("localhost")
        for name, text in (("ca.crt", authority.pem), ("tls.crt", certificate), ("tls.key", key)):
            (self.root / name).write_text(text)
        (self.root / "tls.key").chmod(0o600)
        if USER:
            for path in (self.root, *self.root.iterdir()):
                shutil.chown(path, USER)
        data = self.root / "data"
        self._run("initdb", "-D", data, "-U", "owner", "--auth=trust", "-N")
        (data / "postgresql.conf").write_text(
            f"port = {self.port}\nlisten_addresses = '127.0.0.1'\nfsync = off\n"
            f"unix_socket_directories = '{self.root}'\nssl = on\n"
            f"ssl_cert_file = '{self.root}/tls.crt'\nssl_key_file = '{self.root}/tls.key'\n"
        )
        (data / "pg_hba.conf").write_text(
            "local all owner trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n"
        )
        self._run("pg_ctl", "-D", data, "-l", self.root / "log", "-w", "start")

    def stop(self):
        self._run("pg_ctl", "-D", self.root / "data", "-m", "immediate", "stop")

    def sql(self, text, database="postgres"):
        """Run statements as the owner; the answer's rows as text."""
        self._run(
            *("psql", "-h", self.root, "-p", str(self.port), "-U", "owner", "-d", database),
            *("-v", "ON_ERROR_STOP=1", "-qAt", "-c", text),
        )
        return (self.root / "said").read_text().strip()

    def _run(self, program, *arguments):
        # a file: the server that pg_ctl leaves behind would hold a pipe open
        with (self.root / "said").open("w") as said:
            run = subprocess.run(
                [programs() / program, *arguments],
                user=USER,
                cwd=self.root,
                stdout=said,
                stderr=said,
                timeout=60,
                check=False,
            )
        if run.returncode:
            raise RuntimeError(f"{program}: {(self.root / 'said').read_text()}")
