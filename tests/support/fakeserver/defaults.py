"""The defaults the API server writes into known kinds; a client reads more than it applied."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

_POD_SPEC: Final = {
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30,
    "dnsPolicy": "ClusterFirst",
    "securityContext": {},
    "schedulerName": "default-scheduler",
}
_CONTAINER: Final = {
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
_PROBE: Final = {
    "timeoutSeconds": 1,
    "periodSeconds": 10,
    "successThreshold": 1,
    "failureThreshold": 3,
}
_DEPLOYMENT: Final = {
    "replicas": 1,
    "strategy": {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"},
    },
    "revisionHistoryLimit": 10,
    "progressDeadlineSeconds": 600,
}
_STATEFUL_SET: Final = {
    "replicas": 1,
    "podManagementPolicy": "OrderedReady",
    "updateStrategy": {
        "type": "RollingUpdate",
        "rollingUpdate": {"partition": 0, "maxUnavailable": 1},
    },
    "revisionHistoryLimit": 10,
    "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
}
_JOB: Final = {
    "parallelism": 1,
    "completions": 1,
    "completionMode": "NonIndexed",
    "backoffLimit": 6,
    "podReplacementPolicy": "TerminatingOrFailed",
    "suspend": False,
    "manualSelector": False,
}
_CRON_JOB: Final = {
    "concurrencyPolicy": "Allow",
    "suspend": False,
    "successfulJobsHistoryLimit": 3,
    "failedJobsHistoryLimit": 1,
}
_CLAIM: Final = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "spec": {"volumeMode": "Filesystem"},
    "status": {"phase": "Pending"},
}
_REMOTE: Final = {
    "conversionStrategy": "Default",
    "decodingStrategy": "None",
    "metadataPolicy": "None",
}
_SERVICE: Final = {
    "type": "ClusterIP",
    "sessionAffinity": "None",
    "ipFamilies": ["IPv4"],
    "ipFamilyPolicy": "SingleStack",
}


def with_defaults(body: dict) -> dict:
    """Fill in what the author left to the API server."""
    spec, fill = body.get("spec"), _FILLERS.get(body["kind"])
    if fill is None or not isinstance(spec, Mapping):
        return body
    return body | {"spec": fill(spec)}


def _over(given: Mapping, defaults: Mapping) -> dict:
    """Lay what is given over the defaults, map by map."""
    merged = dict(defaults)
    for name, value in given.items():
        default = merged.get(name)
        both = isinstance(value, Mapping) and isinstance(default, Mapping)
        merged[name] = _over(value, default) if both else value
    return merged


def _workload(spec: Mapping, defaults: Mapping) -> dict:
    for name in ("strategy", "updateStrategy"):
        if spec.get(name, {}).get("type", "RollingUpdate") != "RollingUpdate":
            defaults = {**defaults, name: {}}
    filled = _over(spec, defaults)
    template = filled.get("template", {})
    if "spec" in template:
        filled["template"] = template | {"spec": _pod(template["spec"])}
    if "volumeClaimTemplates" in filled:
        filled["volumeClaimTemplates"] = [
            _over(claim, _CLAIM) for claim in filled["volumeClaimTemplates"]
        ]
    return filled


def _cron_job(spec: Mapping) -> dict:
    inner = spec["jobTemplate"]
    jobs = {"metadata": {}, **inner, "spec": _workload(inner["spec"], {})}
    return {**_CRON_JOB, **spec, "jobTemplate": jobs}


def _pod(spec: Mapping) -> dict:
    pod = {**_POD_SPEC, **spec}
    for name in ("initContainers", "containers"):
        if name in pod:
            pod[name] = [_container(it) for it in pod[name]]
    if "volumes" in pod:
        pod["volumes"] = [_volume(it) for it in pod["volumes"]]
    if "serviceAccountName" in pod:
        pod.setdefault("serviceAccount", pod["serviceAccountName"])
    return pod


def _container(given: Mapping) -> dict:
    image = given.get("image", "").rpartition("/")[2]
    moves = "@" not in image and image.partition(":")[2] in ("", "latest")
    policy = {"imagePullPolicy": "Always" if moves else "IfNotPresent"}
    container = {**_CONTAINER, **policy, **given}
    if "ports" in given:
        container["ports"] = _with_protocol(given["ports"])
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        if name in given:
            probe = _PROBE | given[name]
            if "httpGet" in probe:
                probe["httpGet"] = {"scheme": "HTTP"} | probe["httpGet"]
            container[name] = probe
    if "env" in given:
        container["env"] = [_variable(it) for it in given["env"]]
    return container


def _variable(given: Mapping) -> Any:
    source = given.get("valueFrom", {})
    if "fieldRef" not in source:
        return given
    field = {"apiVersion": "v1"} | source["fieldRef"]
    return given | {"valueFrom": source | {"fieldRef": field}}


def _volume(given: Mapping) -> Any:
    for name in ("configMap", "secret", "projected"):
        if name in given:
            return given | {name: {"defaultMode": 420} | given[name]}
    return given


def _service(spec: Mapping) -> dict:
    service = _SERVICE | spec
    if spec.get("clusterIP") == "None":
        dual = {"ipFamilies": ["IPv4", "IPv6"], "ipFamilyPolicy": "RequireDualStack"}
        service = service | dual if not spec.get("selector") else service
    if service["type"] != "ExternalName":
        service.setdefault("internalTrafficPolicy", "Cluster")
        service.setdefault("clusterIP", "10.96.0.10")
        service.setdefault("clusterIPs", [service["clusterIP"]])
    if "ports" in spec:
        service["ports"] = [
            {"targetPort": port["port"]} | port for port in _with_protocol(spec["ports"])
        ]
    return service


def _external_secret(spec: Mapping) -> dict:
    secret = {"refreshInterval": "1h0m0s", **spec}
    target = {"creationPolicy": "Owner", "deletionPolicy": "Retain"}
    secret["target"] = target | secret.get("target", {})
    if "data" in secret:
        secret["data"] = [it | {"remoteRef": _REMOTE | it["remoteRef"]} for it in secret["data"]]
    return secret


def _network_policy(spec: Mapping) -> dict:
    policy = dict(spec)
    policy.setdefault("policyTypes", ["Ingress"] + ["Egress"] * ("egress" in spec))
    for direction in ("ingress", "egress"):
        if direction in policy:
            policy[direction] = [
                rule | {"ports": _with_protocol(rule["ports"])} if "ports" in rule else rule
                for rule in policy[direction]
            ]
    return policy


def _with_protocol(ports: Iterable[Mapping]) -> list[dict]:
    return [{"protocol": "TCP"} | port for port in ports]


_FILLERS: Final[Mapping[str, Callable[[Mapping], dict]]] = {
    "Deployment": lambda spec: _workload(spec, _DEPLOYMENT),
    "StatefulSet": lambda spec: _workload(spec, _STATEFUL_SET),
    "Job": lambda spec: _workload(spec, _JOB),
    "CronJob": _cron_job,
    "PersistentVolumeClaim": lambda spec: {"volumeMode": "Filesystem", **spec},
    "Service": _service,
    "NetworkPolicy": _network_policy,
    "HorizontalPodAutoscaler": lambda spec: {"minReplicas": 1, **spec},
    "ExternalSecret": _external_secret,
}
