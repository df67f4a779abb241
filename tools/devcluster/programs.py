"""The command line of each process, and how one knows that it is ready."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.devcluster.paths import Layout

ETCD: Final = "etcd"
API_SERVER: Final = "kube-apiserver"
CONTROLLER_MANAGER: Final = "kube-controller-manager"
SCHEDULER: Final = "kube-scheduler"
KWOK: Final = "kwok"
# the order of starting; stopping goes the other way
ORDER: Final = (ETCD, API_SERVER, CONTROLLER_MANAGER, SCHEDULER, KWOK)
ETCD_PEER: Final = "etcd-peer"
LISTENERS: Final = (ETCD, ETCD_PEER, API_SERVER, CONTROLLER_MANAGER, SCHEDULER)
SIMULATED_NODE_ANNOTATION: Final = "kwok.x-k8s.io/node"

_ISSUER: Final = "https://kubernetes.default.svc.cluster.local"
_SERVICE_RANGE: Final = "10.96.0.0/16"
_AUDIT_POLICY: Final = Path(__file__).parent / "manifests/audit-policy.yaml"


@dataclass(frozen=True)
class Health:
    """An HTTPS path that answers 200 once the process is ready."""

    port: int
    path: str
    authority: Path
    certificate: Path
    key: Path


@dataclass(frozen=True)
class Program:
    """What to start under which name."""

    name: str
    command: list[str]
    environment: dict[str, str]
    health: Health | None


def program(name: str, layout: Layout, ports: dict[str, int]) -> Program:
    """Return how the process of that name is started in this cluster."""
    arguments = {
        ETCD: _etcd,
        API_SERVER: _api_server,
        CONTROLLER_MANAGER: _controller_manager,
        SCHEDULER: _scheduler,
        KWOK: _kwok,
    }[name](layout, ports)
    flags = [f"--{flag}={value}" for flag, value in arguments.items()]
    environment = {"KWOK_WORKDIR": str(layout.directory / "kwok")} if name == KWOK else {}
    return Program(
        name, [str(layout.binaries / name), *flags], environment, _health(name, layout, ports)
    )


def _health(name: str, layout: Layout, ports: dict[str, int]) -> Health | None:
    if name == KWOK:
        return None  # it serves nothing; that its node becomes Ready says as much
    identity, authority = ("etcd-client", "etcd-ca") if name == ETCD else ("admin", "ca")
    path = "/readyz" if name in {ETCD, API_SERVER} else "/healthz"
    pem = layout.certificates
    return Health(
        ports[name],
        path,
        pem / f"{authority}.crt",
        pem / f"{identity}.crt",
        pem / f"{identity}.key",
    )


def _etcd(layout: Layout, ports: dict[str, int]) -> dict[str, object]:
    pem = layout.certificates
    client = f"https://127.0.0.1:{ports[ETCD]}"
    peer = f"https://127.0.0.1:{ports[ETCD_PEER]}"
    identity = {"cert-file": pem / "etcd.crt", "key-file": pem / "etcd.key"}
    trust = {"trusted-ca-file": pem / "etcd-ca.crt", "client-cert-auth": "true"}
    return {
        "name": "devcluster",
        "data-dir": layout.directory / "etcd",
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"devcluster={peer}",
        **identity,
        **trust,
        **{f"peer-{flag}": value for flag, value in (identity | trust).items()},
        "log-level": "warn",
    }


def _api_server(layout: Layout, ports: dict[str, int]) -> dict[str, object]:
    pem = layout.certificates
    return {
        "bind-address": "127.0.0.1",
        "advertise-address": "127.0.0.1",
        "secure-port": ports[API_SERVER],
        # the kubernetes Service gets no endpoints: a loopback address may not be one
        "endpoint-reconciler-type": "none",
        "service-cluster-ip-range": _SERVICE_RANGE,
        "tls-cert-file": pem / "server.crt",
        "tls-private-key-file": pem / "server.key",
        "client-ca-file": pem / "ca.crt",
        "requestheader-client-ca-file": pem / "front-proxy-ca.crt",
        "requestheader-allowed-names": "front-proxy-client",
        "requestheader-username-headers": "X-Remote-User",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "etcd-servers": f"https://127.0.0.1:{ports[ETCD]}",
        "etcd-cafile": pem / "etcd-ca.crt",
        "etcd-certfile": pem / "etcd-client.crt",
        "etcd-keyfile": pem / "etcd-client.key",
        "service-account-issuer": _ISSUER,
        "service-account-key-file": pem / "service-account.pub",
        "service-account-signing-key-file": pem / "service-account.key",
        "api-audiences": _ISSUER,
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": (
            "NodeRestriction,OwnerReferencesPermissionEnforcement,PodSecurity,"
            "ValidatingAdmissionPolicy"
        ),
        "allow-privileged": "true",
        "audit-policy-file": _AUDIT_POLICY,
        "audit-log-path": layout.audit_log,
        # blocking: an answered request is in the log, unless its answer was longer than a buffer
        "audit-log-mode": "blocking",
        "audit-log-maxsize": 10240,
    }


def _controller_manager(layout: Layout, ports: dict[str, int]) -> dict[str, object]:
    pem = layout.certificates
    return {
        **_controller("system:kube-controller-manager", layout, ports[CONTROLLER_MANAGER]),
        "service-cluster-ip-range": _SERVICE_RANGE,
        "use-service-account-credentials": "true",
        "service-account-private-key-file": pem / "service-account.key",
        "root-ca-file": pem / "ca.crt",
        "cluster-signing-cert-file": pem / "ca.crt",
        "cluster-signing-key-file": pem / "ca.key",
        # autoscalers take their first step after two seconds, not after fifteen
        "horizontal-pod-autoscaler-sync-period": "2s",
    }


def _scheduler(layout: Layout, ports: dict[str, int]) -> dict[str, object]:
    return _controller("system:kube-scheduler", layout, ports[SCHEDULER])


def _controller(user: str, layout: Layout, port: int) -> dict[str, object]:
    pem = layout.certificates
    kubeconfig = layout.client_kubeconfig(user)
    return {
        "kubeconfig": kubeconfig,
        "authentication-kubeconfig": kubeconfig,
        "authorization-kubeconfig": kubeconfig,
        "bind-address": "127.0.0.1",
        "secure-port": port,
        "tls-cert-file": pem / "server.crt",
        "tls-private-key-file": pem / "server.key",
        # one process of each: electing a leader would only delay a restart
        "leader-elect": "false",
    }


def _kwok(layout: Layout, ports: dict[str, int]) -> dict[str, object]:
    del ports
    return {
        "kubeconfig": layout.client_kubeconfig("kwok"),
        "config": layout.stages,
        "manage-all-nodes": "false",
        "manage-nodes-with-annotation-selector": f"{SIMULATED_NODE_ANNOTATION}=fake",
        "node-lease-duration-seconds": 40,
    }
