"""Rendered pods, run for real: each container in a chroot of Debian packages, as its own user.

A pod's root is read-only and holds nothing but the image; volumes lie where the manifest mounts
them, with the owners and modes that the kubelet gives them. All pods share one network of their
own, in which names stand for the loopback address.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tools.debian import root_file_system

USER = 10001
PACKAGES = ("ca-certificates", "pgbackrest", "postgresql-17", "postgresql-17-timescaledb")
IMAGE_ENV = {"PATH": "/usr/lib/postgresql/17/bin:/usr/bin", "SSL_CERT_FILE": "/etc/authority.pem"}
PASSWD = f"root:x:0:0::/root:/bin/sh\npostgres:x:{USER}:{USER}::/var/lib/postgresql:/bin/sh\n"
UNSHARE = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
HOSTS = "127.0.0.1 localhost alpha-database elsewhere\n"


def secret_data(manifest, vault):
    """Do what External Secrets does with an ExternalSecret: fetch, fill the templates, deliver."""
    prefix = "production/trading-prod/alpha/"
    values = {
        item["secretKey"]: vault[item["remoteRef"]["key"].removeprefix(prefix)][
            item["remoteRef"]["property"]
        ]
        for item in manifest["spec"]["data"]
    }
    templates = manifest["spec"]["target"]["template"]["data"]
    return {
        key: re.sub(r"\{\{ \.(\w+) \}\}", lambda match: values[match[1]], template)
        for key, template in templates.items()
    }


@dataclass
class Network:
    """A network of its own, with nothing but a loopback."""

    holder: subprocess.Popen = field(
        default_factory=lambda: subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "ip link set lo up && echo up && exec sleep infinity"],
            stdout=subprocess.PIPE,
            text=True,
        )
    )

    def __post_init__(self):
        assert self.holder.stdout.readline() == "up\n"

    def inside(self, *command):
        return ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", *map(str, command)]

    def close(self):
        self.holder.kill()
        self.holder.communicate()


@dataclass
class Cluster:
    """The rendered objects of one stack, and the directories that stand for its volumes."""

    root: Path
    network: Network
    objects: dict
    vault: dict
    image: Path = field(default_factory=lambda: root_file_system(PACKAGES, print))

    def template(self, kind, component):
        """Find the pod template of the only object of a kind and component."""
        (manifest,) = (
            item
            for (its_kind, _), item in self.objects.items()
            if its_kind == kind
            and item["metadata"]["labels"]["app.kubernetes.io/component"] == component
        )
        spec = manifest["spec"]
        return (spec["jobTemplate"]["spec"] if kind == "CronJob" else spec)["template"]

    def pod(self, kind, component, **claims):
        return Pod(self, component, self.template(kind, component)["spec"], claims)

    def config_map(self, name):
        return self.objects["ConfigMap", name]["data"]

    def secret(self, name):
        return secret_data(self.objects["ExternalSecret", name], self.vault)


@dataclass
class Pod:
    """One pod: its volumes are laid when it is made, as the kubelet does."""

    cluster: Cluster
    name: str
    spec: dict
    claims: dict = field(default_factory=dict)
    """Volume name to a directory that is used instead of the claim's."""
    running: dict = field(default_factory=dict)

    def __post_init__(self):
        self.directory = self.cluster.root / "pods" / self.name
        shutil.rmtree(self.directory, ignore_errors=True)
        self.volumes = {item["name"]: self._lay(item) for item in self.spec["volumes"]}

    def remount_credentials(self):
        """Bring the credentials up to date, as the kubelet does after a Secret has changed."""
        for item in self.spec["volumes"]:
            if "projected" in item:
                shutil.rmtree(self.volumes[item["name"]])
                self._lay(item)

    def _lay(self, volume):
        name = volume["name"]
        path = self.directory / "volumes" / name
        if "persistentVolumeClaim" in volume:
            claim = volume["persistentVolumeClaim"]["claimName"]
            path = self.claims.get(name) or self.cluster.root / "claims" / claim
            path.mkdir(parents=True, exist_ok=True)
            os.chown(path, 0, USER)
            path.chmod(0o2775)
            return path
        path.mkdir(parents=True)
        if "emptyDir" in volume or "ephemeral" in volume:
            os.chown(path, 0, USER)
            path.chmod(0o2777)
        elif "configMap" in volume:
            for key, text in self.cluster.config_map(volume["configMap"]["name"]).items():
                (path / key).write_text(text)
        else:
            for source in volume["projected"]["sources"]:
                data = self.cluster.secret(source["secret"]["name"])
                for item in source["secret"]["items"]:
                    file = path / item["path"]
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(data[item["key"]])
                    os.chown(file, 0, USER)
                    file.chmod(volume["projected"]["defaultMode"])
        return path

    def container(self, name):
        everything = [*self.spec.get("initContainers", ()), *self.spec["containers"]]
        return next(item for item in everything if item["name"] == name)

    def argv(self, name, command=None):
        """Write the command line that runs a container, or another command in its place."""
        container = self.container(name)
        layer = self.directory / f"layer-{name}"
        top = self.directory / f"root-{name}"
        mounts = container["volumeMounts"]
        for path in ("dev", "proc", "etc", "tmp", *(mount["mountPath"] for mount in mounts)):
            (layer / path.lstrip("/")).mkdir(parents=True, exist_ok=True)
        (layer / "etc/passwd").write_text(PASSWD)
        (layer / "etc/hosts").write_text(HOSTS)
        (layer / "etc/authority.pem").write_text(self.cluster.vault["database-tls"]["ca.crt"])
        top.mkdir(exist_ok=True)
        q = shlex.quote
        steps = [
            f"mount -t overlay overlay -o ro,lowerdir={q(str(layer))}:{self.cluster.image} {top}",
            f"mount --bind /dev {q(f'{top}/dev')}",
            f"mount -t proc proc {q(f'{top}/proc')}",
        ]
        for mount in mounts:
            source = q(str(self.volumes[mount["name"]]))
            target = q(f"{top}{mount['mountPath']}")
            steps.append(f"mount --bind {source} {target}")
            if mount.get("readOnly"):
                steps.append(f"mount -o remount,ro,bind {target}")
        run = self._program(container, command or container["command"])
        script = "; ".join(["set -e", *steps, f"exec {shlex.join(run)}"])
        return self.cluster.network.inside(*UNSHARE, "sh", "-c", script)

    def _program(self, container, command):
        variables = IMAGE_ENV | {item["name"]: item["value"] for item in container.get("env", ())}
        return [
            *("chroot", f"--userspec={USER}:{USER}", "--groups="),
            *(str(self.directory / f"root-{container['name']}"), "env", "-i"),
            *(f"{key}={value}" for key, value in variables.items()),
            *command,
        ]

    def first_process(self, name):
        """Find the first process of a running container; None when it has none or has ended."""
        pid = self.running[name].pid if name in self.running else 0
        children = Path(f"/proc/{pid}/task/{pid}/children")
        return next(iter(children.read_text().split()), None) if children.exists() else None

    def inside(self, name, command):
        """Write the command line of something more in a running container, such as a probe."""
        join = ("nsenter", f"--target={self.first_process(name)}", "--mount", "--pid", "--net")
        return [*join, *self._program(self.container(name), command)]

    def run(self, name, *command, stdin=""):
        running = self.first_process(name)
        return subprocess.run(
            self.inside(name, command) if running else self.argv(name, command),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            # away from a terminal: psql would ask there for passwords
            start_new_session=True,
        )

    def start(self, name):
        with (self.directory / f"{name}.log").open("w") as log:
            self.running[name] = subprocess.Popen(
                self.argv(name),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def log(self, name):
        return (self.directory / f"{name}.log").read_text()

    def probe(self, container, kind):
        command = self.container(container)[kind]["exec"]["command"]
        return self.run(container, *command).returncode == 0

    def kill(self):
        """End everything at once, as the loss of a node does."""
        for name, process in self.running.items():
            # with the first process go all the others, before its parent ends
            if first := self.first_process(name):
                os.kill(int(first), signal.SIGKILL)
            process.wait()
        self.running.clear()


def pretty(run):
    """Show all that a command said, as the message of an assertion."""
    return f"exit code {run.returncode}\n{run.stdout}\n{run.stderr}"
