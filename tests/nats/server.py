"""Real NATS servers with the files their pods would have, on loopback ports."""

import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import nats as client

from tests.nats.authority import Authority
from tests.support.waiting import wait_until
from tests.unit.desired.factory import a_stack, facts
from tradingstack_contract import bus as contract
from tradingstack_contract import paths
from tradingstack_contract.files import BusEndpoint, System
from tradingstack_contract.text import to_yaml
from tradingstack_operator.desired import nats
from tradingstack_operator.desired.bus import build_bus
from tradingstack_operator.desired.config import system
from tradingstack_operator.desired.streams import build_streams

BIN = Path(sys.executable).parent
PASSWORDS = {
    "ingestor": "ing\\e\"st',or $HOME #{x}",
    "risk_api": "$2b-ärger % \\x41 }",
    "streams": "123456789",
    "watchdog": "tab\tand 'quotes'",
}
"""Passwords with every character that has broken a configuration file before."""
DEADLINE = 30.0


def bus_spec(**fields):
    return {
        "provider": "Builtin",
        "kind": "NATS",
        "replicas": 1,
        "storage": {"size": "64Mi"},
    } | fields


def render_template(template, values):
    """Render the forms the templates use: a value as it is, and one that Go's ``%q`` quotes.

    External Secrets does this in the cluster. JSON quotes as Go does but for characters that are
    not printable; any other form is an error here.
    """
    text = re.sub(r"\{\{ \.(\w+) \}\}", lambda match: values[match[1]], template)
    text = re.sub(
        r"\{\{ \.(\w+) \| quote \}\}",
        lambda match: json.dumps(values[match[1]], ensure_ascii=False),
        text,
    )
    if "{{" in text:
        raise ValueError("the template uses more than this renderer knows")
    return text


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Node:
    """One server of the bus."""

    def __init__(self, root, number):
        self.root, self.number = root / f"node-{number}", number
        self.ports = {name: free_port() for name in ("client", "monitor", "routes")}
        self.process = None

    def start(self, conf, files):
        self.root.mkdir(exist_ok=True)
        (self.root / "data").mkdir(exist_ok=True)
        etc = self.root / "etc" / "nats"
        etc.mkdir(parents=True, exist_ok=True)
        for place, text in files.items():
            path = self.root / place.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        path = etc / nats.CONFIG_FILE
        path.write_text(conf)
        with (self.root / "log").open("a") as log:
            self.process = subprocess.Popen(
                [BIN / "nats-server", "--config", path],
                env={"POD_NAME": f"alpha-bus-{self.number}", "GOMEMLIMIT": "100000000"},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def log(self):
        return (self.root / "log").read_text()

    def ask(self, path):
        """Ask as the kubelet would; the status of the answer, or None without one."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["monitor"], timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return None
        finally:
            connection.close()

    def wait_for(self, path, status=200):
        wait_until(
            lambda: self.process.poll() is not None or self.ask(path) == status,
            DEADLINE,
            lambda: f"{path} never gave {status}:\n{self.log}",
        )
        assert self.process.poll() is None, f"it ended:\n{self.log}"

    def wait_for_log(self, text):
        wait_until(
            lambda: text in self.log,
            DEADLINE,
            lambda: f"never logged {text!r}:\n{self.log[-2000:]}",
        )

    def stop(self, *, kill=False):
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        code = self.process.wait(timeout=DEADLINE)
        self.process = None
        return code


class Bus:
    """All servers of a stack's bus, and the Job that declares its streams."""

    def __init__(self, root, authority=None, **spec):
        self.root = root
        self.authority = authority or Authority()
        self.stack = a_stack(**spec)
        found = {item["kind"]: item for item in build_bus(self.stack, facts())}
        self.conf = found["ConfigMap"]["data"][nats.CONFIG_FILE]
        self.templates = found["ExternalSecret"]["spec"]["target"]["template"]["data"]
        certificate, key = self.authority.issue("localhost", "127.0.0.1")
        self.values = {
            **PASSWORDS,
            "tls_crt": certificate,
            "tls_key": key,
            "tls_ca": self.authority.pem,
        }
        replicas = found["StatefulSet"]["spec"]["replicas"]
        self.nodes = [Node(root, number) for number in range(replicas)]
        (root / "ca.crt").write_text(self.authority.pem)

    def files(self):
        """Write the files of the Secret that External Secrets makes from the templates."""
        return {
            paths.credential_file(*key.split(".", 1)): render_template(template, self.values)
            for key, template in self.templates.items()
        }

    def start(self, *numbers):
        for node in self.nodes:
            if not numbers or node.number in numbers:
                node.start(self._conf_of(node), self.files())

    def start_and_wait(self):
        self.start()
        for node in self.nodes:
            node.wait_for(nats.READY)

    def _conf_of(self, node):
        """Point the rendered configuration at loopback; only places differ from the pod's."""
        changes = {
            "\nport: 4222": f"\nlisten: 127.0.0.1:{node.ports['client']}",
            "http_port: 8222": f"http: 127.0.0.1:{node.ports['monitor']}",
            nats.PID_FILE: f"{node.root}/nats.pid",
            f'"{paths.CREDENTIALS_DIR}': f'"{node.root}{paths.CREDENTIALS_DIR}',
            f'store_dir: "{nats.DATA_DIR}"': f'store_dir: "{node.root}/data"',
        }
        if len(self.nodes) > 1:
            changes["\n  port: 6222"] = f"\n  listen: 127.0.0.1:{node.ports['routes']}"
            for other in self.nodes:
                host = f"alpha-bus-{other.number}.alpha-bus-nodes:6222"
                changes[host] = f"localhost:{other.ports['routes']}"
        conf = self.conf
        for old, new in changes.items():
            if old not in conf:
                raise ValueError(f"{old!r} is not in the configuration")
            conf = conf.replace(old, new)
        return conf

    def stop(self):
        for node in self.nodes:
            node.stop(kill=True)

    async def connect(self, user, *, node=0, **options):
        """Connect as a program of the stack does."""
        return await client.connect(
            f"tls://localhost:{self.nodes[node].ports['client']}",
            **{
                "user": user,
                "password": PASSWORDS[user.replace("-", "_")],
                "tls": ssl.create_default_context(cafile=self.root / "ca.crt"),
                "inbox_prefix": contract.inbox_prefix(user),
                "allow_reconnect": False,
                "connect_timeout": 10,
            }
            | options,
        )

    def declare(self, stack=None, *, password=None, node=0):
        """Run the Job of a stack, this one's unless another is given; exit code and log lines."""
        manifests = build_streams(stack or self.stack, facts())
        config = next(item for item in manifests if item["kind"] == "ConfigMap")
        template = next(item for item in manifests if item["kind"] == "Job")["spec"]["template"]
        (container,) = template["spec"]["containers"]
        place = self.root / "job"
        place.mkdir(exist_ok=True)
        (place / "streams.yaml").write_text(config["data"]["streams.yaml"])
        (place / "password").write_text(password or PASSWORDS["streams"])
        (place / System.file_name).write_text(to_yaml(self._system(node)))
        env = {variable["name"]: variable["value"] for variable in container["env"]} | {
            paths.ENV_CONFIG_DIR: str(place),
            paths.ENV_BUS_PASSWORD_FILE: str(place / "password"),
            paths.ENV_BUS_CA_FILE: str(self.root / "ca.crt"),
        }
        program, command, flag, _ = container["command"]
        done = subprocess.run(
            [BIN / program, command, flag, place / "streams.yaml"],
            env={"PATH": os.environ["PATH"], **env},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return done.returncode, lines, done.stderr

    def _system(self, node):
        port = self.nodes[node].ports["client"]
        here = system(self.stack)
        endpoint = BusEndpoint(host="localhost", port=port, kind="NATS")
        return here.model_copy(
            update={"endpoints": here.endpoints.model_copy(update={"bus": endpoint})}
        )
