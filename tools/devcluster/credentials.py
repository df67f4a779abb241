"""Who is who in a cluster: keys, certificates and kubeconfigs on disk."""

import base64
from datetime import datetime
from pathlib import Path
from typing import Final

import yaml

from tools.devcluster import certificates
from tools.devcluster.paths import Layout

_HOSTS: Final = (
    "localhost",
    "127.0.0.1",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "10.96.0.1",
)
ADMIN: Final = "admin"
# KWOK is not the admin: the audit log must tell a simulation from a person
_CLIENTS: Final = {
    ADMIN: ("system:masters",),
    "kwok": ("system:masters",),
    "system:kube-controller-manager": (),
    "system:kube-scheduler": (),
}


def write(layout: Layout, server: str, now: datetime) -> None:
    """Write everything a new cluster needs to recognise its own processes and users."""
    directory = layout.certificates
    cluster = certificates.new_authority("devcluster-ca", now)
    # its own authority: a client certificate of the API server must not open etcd
    etcd = certificates.new_authority("devcluster-etcd-ca", now)
    (directory / "ca.crt").write_bytes(cluster.pem)
    (directory / "etcd-ca.crt").write_bytes(etcd.pem)
    # no aggregated API server runs, but the controllers complain without such an authority
    front_proxy = certificates.new_authority("devcluster-front-proxy-ca", now)
    (directory / "front-proxy-ca.crt").write_bytes(front_proxy.pem)
    _private(directory / "ca.key", certificates.private_pem(cluster.key))
    _write_pair(directory, "server", cluster.server("kube-apiserver", _HOSTS, now))
    _write_pair(directory, "etcd", etcd.server("etcd", ("localhost", "127.0.0.1"), now))
    _write_pair(directory, "etcd-client", etcd.client("kube-apiserver", (), now))
    token_key = certificates.new_key()
    _private(directory / "service-account.key", certificates.private_pem(token_key))
    (directory / "service-account.pub").write_bytes(certificates.public_pem(token_key))
    for user, groups in _CLIENTS.items():
        pair = cluster.client(user, groups, now)
        target = layout.kubeconfig if user == ADMIN else layout.client_kubeconfig(user)
        _private(target, _kubeconfig(server, cluster.pem, user, pair))
        if user == ADMIN:
            _write_pair(directory, user, pair)


def _write_pair(directory: Path, name: str, pair: certificates.Pair) -> None:
    (directory / f"{name}.crt").write_bytes(pair.certificate)
    _private(directory / f"{name}.key", pair.key)


def _private(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


def _kubeconfig(server: str, authority: bytes, user: str, pair: certificates.Pair) -> bytes:
    def encoded(data: bytes) -> str:
        return base64.b64encode(data).decode()

    name = "devcluster"
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": name,
                    "cluster": {
                        "server": server,
                        "certificate-authority-data": encoded(authority),
                    },
                }
            ],
            "users": [
                {
                    "name": user,
                    "user": {
                        "client-certificate-data": encoded(pair.certificate),
                        "client-key-data": encoded(pair.key),
                    },
                }
            ],
            "contexts": [{"name": name, "context": {"cluster": name, "user": user}}],
            "current-context": name,
        }
    ).encode()
