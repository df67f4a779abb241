"""The users of Kubernetes itself, whom no rule may hinder while they run the cluster."""

from typing import Final

from tradingstack_operator.rules import cel

_CONTROLLERS: Final = (
    "cronjob-controller",
    "daemon-set-controller",
    "deployment-controller",
    "disruption-controller",
    "endpoint-controller",
    "endpointslice-controller",
    "endpointslicemirroring-controller",
    "ephemeral-volume-controller",
    "generic-garbage-collector",
    "horizontal-pod-autoscaler",
    "job-controller",
    "namespace-controller",
    "node-controller",
    "persistent-volume-binder",
    "pod-garbage-collector",
    "pvc-protection-controller",
    "replicaset-controller",
    "replication-controller",
    "root-ca-cert-publisher",
    "service-account-controller",
    "statefulset-controller",
    "taint-eviction-controller",
    "ttl-after-finished-controller",
)
CONTROL_PLANE: Final = (
    "system:kube-controller-manager",
    "system:kube-scheduler",
    *(f"system:serviceaccount:kube-system:{name}" for name in _CONTROLLERS),
)
"""The scheduler and the controllers; the manager's own name stands for all of them where it runs
without a ServiceAccount for each."""
_KUBELET: Final = "system:node:"

IS_CONTROL_PLANE: Final = f"request.userInfo.username in {cel.texts(CONTROL_PLANE)}"
"""CEL, as ``is_control_plane``."""
IS_CLUSTER: Final = (
    f"{IS_CONTROL_PLANE} || request.userInfo.username.startsWith({cel.text(_KUBELET)})"
)
"""CEL, as ``is_cluster``."""


def is_control_plane(user: str) -> bool:
    """Tell whether a request comes from the scheduler or a controller of Kubernetes."""
    return user in CONTROL_PLANE


def is_cluster(user: str) -> bool:
    """Tell whether a request comes from the control plane or a kubelet."""
    return is_control_plane(user) or user.startswith(_KUBELET)
