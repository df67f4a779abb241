"""What the objects and pods of every component have in common."""

from collections.abc import Mapping
from typing import Any, Final

from tradingstack_contract import endpoints
from tradingstack_operator.api import names
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.model.components import LABEL_INGESTOR
from tradingstack_operator.model.kinds import DISRUPTION_BUDGET, SERVICE_ACCOUNT, Kind
from tradingstack_operator.model.objects import Manifest

POD_USER: Final = 10001
"""The user and group of every process: no image needs to know it, and no host user has it."""
HEALTH_PORT_NAME: Final = "health"
TMP_SIZE: Final = "64Mi"


def object_name(stack: TradingStack, component: str, *more: str) -> str:
    return "-".join((stack.metadata.name, component, *more))


def selector(stack: TradingStack, component: str, ingestor: str | None = None) -> dict[str, str]:
    """Label the pods of a component; immutable on workloads, so it may never change."""
    mine = {names.LABEL_STACK: stack.metadata.name, names.LABEL_COMPONENT: component}
    return mine | ({LABEL_INGESTOR: ingestor} if ingestor else {})


def labels(stack: TradingStack, component: str, ingestor: str | None = None) -> dict[str, str]:
    return selector(stack, component, ingestor) | {
        "app.kubernetes.io/name": component,
        "app.kubernetes.io/instance": stack.metadata.name,
        names.LABEL_PART_OF: names.PART_OF,
        names.LABEL_MANAGED_BY: names.MANAGED_BY,
        names.LABEL_ENVIRONMENT: stack.spec.environment,
    }


def owner_reference(stack: TradingStack) -> dict[str, Any]:
    """Tie an object's life to its stack.

    It does not block the stack's deletion: the finalizer orders that, and blocking would ask for
    a permission on the stack that nothing else needs.
    """
    return {
        "apiVersion": names.API_VERSION,
        "kind": "TradingStack",
        "name": stack.metadata.name,
        "uid": stack.metadata.uid,
        "controller": True,
        "blockOwnerDeletion": False,
    }


def head(
    kind: Kind, stack: TradingStack, name: str, component: str, ingestor: str | None = None
) -> Manifest:
    """Begin a manifest: everything of it but its content."""
    return {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "metadata": {
            "name": name,
            "namespace": stack.metadata.namespace,
            "labels": labels(stack, component, ingestor),
            "ownerReferences": [owner_reference(stack)],
        },
    }


def service_account(stack: TradingStack, component: str) -> Manifest:
    """Give a component an identity of its own that can do nothing and is mounted nowhere."""
    return {
        **head(SERVICE_ACCOUNT, stack, object_name(stack, component), component),
        "automountServiceAccountToken": False,
    }


def disruption_budget(
    stack: TradingStack, name: str, component: str, ingestor: str | None = None
) -> Manifest:
    """Let a node drain take one pod of a component at a time.

    Counting what may be missing, not what must stay, lets a drain move a single pod: a budget
    that forbids it would hold up every node upgrade and save nothing from a node that fails. Pods
    that are not ready are no protection, so they may always go.
    """
    return {
        **head(DISRUPTION_BUDGET, stack, name, component, ingestor),
        "spec": {
            "maxUnavailable": 1,
            "selector": {"matchLabels": selector(stack, component, ingestor)},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }


def container_security() -> dict[str, Any]:
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
    }


def pod_settings(
    stack: TradingStack,
    component: str,
    *,
    grace_seconds: int,
    ingestor: str | None = None,
) -> dict[str, Any]:
    """Harden a pod and spread it; the caller adds containers and volumes."""
    return {
        "serviceAccountName": object_name(stack, component),
        "automountServiceAccountToken": False,
        # Service variables name neighbours a pod has no business with, and slow its start.
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": POD_USER,
            "runAsGroup": POD_USER,
            "fsGroup": POD_USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "terminationGracePeriodSeconds": grace_seconds,
        # A pod in the wrong zone trades; a pod that waits for the right one does not.
        "topologySpreadConstraints": [
            {
                "topologyKey": topology,
                "maxSkew": 1,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": selector(stack, component, ingestor)},
            }
            for topology in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ],
    }


def http_probes() -> dict[str, Any]:
    """Ask a workload of ours how it is, at the addresses the contract names.

    Liveness never looks at dependencies, so that a failed one cannot restart every pod at once.
    """
    alive = {"path": endpoints.LIVEZ, "port": HEALTH_PORT_NAME}
    ready = {"path": endpoints.READYZ, "port": HEALTH_PORT_NAME}
    return {
        "startupProbe": probe({"httpGet": alive}, period=2, timeout=2, failures=60),
        "readinessProbe": probe({"httpGet": ready}, period=5, timeout=2, failures=2),
        "livenessProbe": probe({"httpGet": alive}, period=10, timeout=3, failures=3),
    }


def probe(
    question: Mapping[str, Any], *, period: int, timeout: int, failures: int
) -> dict[str, Any]:
    return {
        **question,
        "periodSeconds": period,
        "timeoutSeconds": timeout,
        "failureThreshold": failures,
    }


def port(name: str, number: int) -> dict[str, Any]:
    return {"name": name, "containerPort": number, "protocol": "TCP"}


def service_port(name: str, number: int) -> dict[str, Any]:
    return {"name": name, "port": number, "protocol": "TCP", "targetPort": name}


def mount(volume: str, path: str) -> dict[str, Any]:
    return {"name": volume, "mountPath": path, "readOnly": True}


TMP_VOLUME: Final = {"name": "tmp", "emptyDir": {"sizeLimit": TMP_SIZE}}
TMP_MOUNT: Final = {"name": "tmp", "mountPath": "/tmp"}  # noqa: S108 - inside a container
