"""What a pod takes from its node and its cluster, and what it shares with others."""

from collections.abc import Iterator
from typing import Final

from tradingstack_operator.rules import cel
from tradingstack_operator.rules.pods.trust import ALLOWED_UNTIL_MADE, is_trusted
from tradingstack_operator.rules.pods.view import (
    PODS_ALLOWED,
    Pod,
    of_containers,
    of_pod,
    pod_rule,
)
from tradingstack_operator.rules.rule import Broken

_HOST_NAMESPACES: Final = ("hostNetwork", "hostPID", "hostIPC")
_VOLUMES: Final = (
    "configMap", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected",
    "secret",
)  # fmt: skip
_SOURCES: Final = ("configMap", "downwardAPI", "secret")


@pod_rule(
    "INV-10c",
    "a pod shares no namespace of its node",
    of_pod(
        " && ".join(f"!variables.spec.?{name}.orValue(false)" for name in _HOST_NAMESPACES),
        "hostNetwork",
        "remove hostNetwork, hostPID and hostIPC",
    ),
)
def pod_shares_nothing_with_its_node(pod: Pod) -> Iterator[Broken]:
    """Keep a pod behind its network policies and away from the node's processes."""
    for name in _HOST_NAMESPACES:
        if pod.spec.get(name):
            yield Broken(pod.field(name), "remove it")


@pod_rule(
    "INV-10c",
    "the containers of a pod do not see each other's processes",
    of_pod(
        "!variables.spec.?shareProcessNamespace.orValue(false)",
        "shareProcessNamespace",
        "remove it",
    ),
)
def containers_see_their_own_processes(pod: Pod) -> Iterator[Broken]:
    """Keep a sidecar from reading the credentials in a neighbour's memory and files."""
    if pod.spec.get("shareProcessNamespace"):
        yield Broken(pod.field("shareProcessNamespace"))


@pod_rule(
    "INV-10c",
    "no container takes a port of its node",
    of_containers(
        "c.?ports.orValue([]).all(p, p.?hostPort.orValue(0) == 0)",
        "ports[].hostPort",
        "remove it and reach the pod through a Service",
    ),
)
def no_port_of_the_node_is_taken(pod: Pod) -> Iterator[Broken]:
    """Keep out callers that come past the Services and their network policies."""
    for container in pod.containers():
        for number, port in enumerate(container.manifest.get("ports") or []):
            if port.get("hostPort"):
                yield Broken(f"{container.path}.ports[{number}].hostPort")


@pod_rule(
    "INV-10f",
    "probes and hooks call the pod itself",
    of_pod(
        "variables.hosts.all(l, l.all(h, h == ''))",
        "containers[].*Probe.*.host",
        "remove the host of every probe and lifecycle hook",
    ),
)
def probes_call_the_pod_itself(pod: Pod) -> Iterator[Broken]:
    """Keep the kubelet from being sent to addresses that no network policy lets a pod reach."""
    for container in pod.containers():
        for path, handler in container.handlers():
            for kind in ("httpGet", "tcpSocket"):
                if (handler.get(kind) or {}).get("host"):
                    yield Broken(f"{path}.{kind}.host", "remove it")


@pod_rule(
    "INV-10g",
    "a volume is of a kind that holds nothing of the node and nothing unchecked",
    of_pod(
        f"variables.volumes.all(v, v.all(k, k in {cel.texts(('name', *_VOLUMES))}))",
        "volumes[]",
        f"use one of {', '.join(_VOLUMES)}",
    ),
)
def volumes_are_of_known_kinds(pod: Pod) -> Iterator[Broken]:
    """Leave no way to the node's disk, to foreign file servers, or to images nobody approved."""
    for number, volume in enumerate(pod.spec.get("volumes") or []):
        for kind in sorted(volume.keys() - {"name", *_VOLUMES}):
            yield Broken(pod.field(f"volumes[{number}].{kind}"))


@pod_rule(
    "INV-10g",
    "containers get no devices",
    of_containers(
        "!c.?volumeDevices.hasValue()", "volumeDevices", "mount a volume with a file system"
    ),
    of_pod(
        "!variables.spec.?resourceClaims.hasValue()",
        "resourceClaims",
        "remove them; stacks need no devices",
    ),
)
def containers_get_no_devices(pod: Pod) -> Iterator[Broken]:
    """Keep disks from being read below the file system that guards them."""
    for container in pod.containers():
        if container.manifest.get("volumeDevices"):
            yield Broken(f"{container.path}.volumeDevices")
    if pod.spec.get("resourceClaims"):
        yield Broken(pod.field("resourceClaims"), "remove them; stacks need no devices")


@pod_rule(
    "INV-10h",
    "a pod has no way into the cluster's API",
    of_pod(
        f"{ALLOWED_UNTIL_MADE}"
        " || variables.spec.?automountServiceAccountToken.orValue(true) == false",
        "automountServiceAccountToken",
        "set it to false",
        PODS_ALLOWED,
    ),
)
def no_token_is_mounted(pod: Pod) -> Iterator[Broken]:
    """Leave whoever breaks into a program without a way into the cluster.

    Kubernetes mounts a token unless it is told not to.
    """
    if is_trusted(pod) or pod.runs_already:
        return
    if pod.spec.get("automountServiceAccountToken") is not False:
        yield Broken(pod.field("automountServiceAccountToken"))


@pod_rule(
    "INV-10g",
    "a projected volume holds no token or certificate of the pod",
    of_pod(
        f"{ALLOWED_UNTIL_MADE} || variables.volumes.all(v, v.?projected.?sources.orValue([])"
        f".all(s, s.all(k, k in {cel.texts(_SOURCES)})))",
        "volumes[].projected.sources[]",
        f"project {', '.join(_SOURCES)} only",
        PODS_ALLOWED,
    ),
)
def no_token_is_projected(pod: Pod) -> Iterator[Broken]:
    """Close the other way by which a token, or a certificate, gets into a pod."""
    if is_trusted(pod) or pod.runs_already:
        return
    for number, volume in enumerate(pod.spec.get("volumes") or []):
        sources = (volume.get("projected") or {}).get("sources") or []
        for place, source in enumerate(sources):
            for kind in sorted(source.keys() - set(_SOURCES)):
                yield Broken(pod.field(f"volumes[{number}].projected.sources[{place}].{kind}"))


@pod_rule(
    "INV-10i",
    "the scheduler alone chooses the node, and the platform its runtime",
    of_pod(
        "!variables.spec.?runtimeClassName.hasValue()",
        "runtimeClassName",
        "remove it",
    ),
    of_pod(
        "variables.runsAlready || !variables.spec.?nodeName.hasValue()",
        "nodeName",
        "remove it",
    ),
    of_pod(
        "variables.spec.?tolerations.orValue([]).all(t, t.?key.orValue('') != '')",
        "tolerations[].key",
        "name the taint that the pod bears",
    ),
)
def scheduler_chooses_the_node(pod: Pod) -> Iterator[Broken]:
    """Keep pods off control planes and off nodes that are being drained or given up."""
    if pod.spec.get("runtimeClassName"):
        yield Broken(pod.field("runtimeClassName"))
    if pod.spec.get("nodeName") and not pod.runs_already:
        yield Broken(pod.field("nodeName"))
    for number, toleration in enumerate(pod.spec.get("tolerations") or []):
        if not toleration.get("key"):
            path = pod.field(f"tolerations[{number}].key")
            yield Broken(path, "name the taint that the pod bears")


@pod_rule(
    "INV-10j",
    "every container has a limit of memory",
    of_pod(
        "variables.running.all(c, c.?resources.?limits.?memory.hasValue())",
        "containers[].resources.limits.memory",
        "set it to what the container needs at most",
    ),
)
def memory_is_limited(pod: Pod) -> Iterator[Broken]:
    """Keep a leak in one program from taking the memory of those that trade beside it."""
    for container in pod.containers():
        # Kubernetes lets no ephemeral container name resources
        limits = (container.manifest.get("resources") or {}).get("limits") or {}
        if not container.ephemeral and "memory" not in limits:
            yield Broken(f"{container.path}.resources.limits.memory")


@pod_rule(
    "INV-18d",
    "a pod asks the cluster's DNS for names",
    of_pod(
        "variables.spec.?dnsPolicy.orValue('ClusterFirst') == 'ClusterFirst'",
        "dnsPolicy",
        "set it to ClusterFirst",
    ),
    of_pod("!variables.spec.?dnsConfig.hasValue()", "dnsConfig", "remove it"),
    of_pod("!variables.spec.?hostAliases.hasValue()", "hostAliases", "remove them"),
)
def names_come_from_the_clusters_dns(pod: Pod) -> Iterator[Broken]:
    """Keep a false address of an exchange, the proxy or the vault from being believed."""
    if pod.spec.get("dnsPolicy", "ClusterFirst") != "ClusterFirst":
        yield Broken(pod.field("dnsPolicy"))
    if pod.spec.get("dnsConfig") is not None:
        yield Broken(pod.field("dnsConfig"), "remove it")
    if pod.spec.get("hostAliases"):
        yield Broken(pod.field("hostAliases"), "remove them")


RULES: Final = (
    pod_shares_nothing_with_its_node,
    containers_see_their_own_processes,
    no_port_of_the_node_is_taken,
    probes_call_the_pod_itself,
    volumes_are_of_known_kinds,
    containers_get_no_devices,
    no_token_is_mounted,
    no_token_is_projected,
    scheduler_chooses_the_node,
    memory_is_limited,
    names_come_from_the_clusters_dns,
)
