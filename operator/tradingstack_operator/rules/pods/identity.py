"""Who a process is, and what it may do to the kernel and to its own files."""

from collections.abc import Iterator
from typing import Final

from tradingstack_operator.rules import cel
from tradingstack_operator.rules.pods.view import Pod, of_containers, of_pod, pod_rule
from tradingstack_operator.rules.rule import Broken

_IDS: Final = ("runAsUser", "runAsGroup")
_POD_IDS: Final = (*_IDS, "fsGroup")
_CONFINED: Final = ("RuntimeDefault", "Localhost")
_PROFILES: Final = {"seccompProfile": "", "appArmorProfile": "RuntimeDefault"}
"""What confines a process, and what holds when nobody chose."""
_CAPABILITY: Final = "NET_BIND_SERVICE"


def _effective(setting: str, default: str) -> str:
    """Write CEL for what holds for container ``c``: its own setting, else the pod's."""
    return (
        f"c.?securityContext.?{setting}.orValue(variables.security.?{setting}.orValue({default}))"
    )


_NOT_ROOT = "choose another user and group than 0"


@pod_rule(
    "INV-10b",
    "no container runs as root",
    of_containers(
        _effective("runAsNonRoot", "false"),
        "securityContext.runAsNonRoot",
        "set it to true, here or for the whole pod",
    ),
    of_containers(
        " && ".join(f"{_effective(name, '1')} != 0" for name in _IDS),
        "securityContext.runAsUser",
        _NOT_ROOT,
    ),
)
def no_container_runs_as_root(pod: Pod) -> Iterator[Broken]:
    """Leave whoever breaks into a process without the rights to break out of it."""
    for container in pod.containers():
        held = pod.security | container.security
        path = f"{container.path}.securityContext"
        if not held.get("runAsNonRoot"):
            yield Broken(f"{path}.runAsNonRoot")
        for name in _IDS:
            if held.get(name) == 0:
                yield Broken(f"{path}.{name}", _NOT_ROOT)


@pod_rule(
    "INV-10b",
    "a pod hands root's user and groups to no container",
    of_pod(
        "variables.security.?runAsNonRoot.orValue(true)"
        + "".join(f" && variables.security.?{name}.orValue(1) != 0" for name in _POD_IDS)
        + " && variables.security.?supplementalGroups.orValue([]).all(g, g != 0)",
        "securityContext",
        "leave runAsNonRoot true and name no user or group 0",
    ),
)
def pod_names_no_root(pod: Pod) -> Iterator[Broken]:
    """Keep a container that is added later from starting out as root."""
    path = pod.field("securityContext")
    if pod.security.get("runAsNonRoot") is False:
        yield Broken(f"{path}.runAsNonRoot")
    for name in _POD_IDS:
        if pod.security.get(name) == 0:
            yield Broken(f"{path}.{name}")
    for number, group in enumerate(pod.security.get("supplementalGroups") or []):
        if group == 0:
            yield Broken(f"{path}.supplementalGroups[{number}]")


@pod_rule(
    "INV-10d",
    "no process gains privileges",
    of_containers(
        "c.?securityContext.?allowPrivilegeEscalation.orValue(true) == false"
        " && !c.?securityContext.?privileged.orValue(false)",
        "securityContext.allowPrivilegeEscalation",
        "set it to false and leave privileged out",
    ),
)
def no_process_gains_privileges(pod: Pod) -> Iterator[Broken]:
    """Take the effect from set-user-id programs that an image may hold."""
    for container in pod.containers():
        path = f"{container.path}.securityContext"
        if container.security.get("allowPrivilegeEscalation") is not False:
            yield Broken(f"{path}.allowPrivilegeEscalation")
        if container.security.get("privileged"):
            yield Broken(f"{path}.privileged")


@pod_rule(
    "INV-10d",
    "a container cannot change its own program",
    of_containers(
        "c.?securityContext.?readOnlyRootFilesystem.orValue(false)",
        "securityContext.readOnlyRootFilesystem",
        "set it to true and mount an emptyDir where files are written",
    ),
)
def root_filesystem_is_read_only(pod: Pod) -> Iterator[Broken]:
    """Run what was scanned, all day long: nothing can be put beside it."""
    for container in pod.containers():
        if not container.security.get("readOnlyRootFilesystem"):
            yield Broken(f"{container.path}.securityContext.readOnlyRootFilesystem")


@pod_rule(
    "INV-10d",
    "a container has none of root's capabilities but to bind low ports",
    of_containers(
        "'ALL' in c.?securityContext.?capabilities.?drop.orValue([])"
        " && c.?securityContext.?capabilities.?add.orValue([])"
        f".all(a, a == {cel.text(_CAPABILITY)})",
        "securityContext.capabilities",
        f"drop ALL and add nothing but {_CAPABILITY}",
    ),
)
def capabilities_are_dropped(pod: Pod) -> Iterator[Broken]:
    """Keep raw sockets, mounts and other people's files out of reach."""
    for container in pod.containers():
        capabilities = container.security.get("capabilities") or {}
        if "ALL" not in (capabilities.get("drop") or []):
            yield Broken(f"{container.path}.securityContext.capabilities.drop")
        for number, added in enumerate(capabilities.get("add") or []):
            if added != _CAPABILITY:
                yield Broken(f"{container.path}.securityContext.capabilities.add[{number}]")


@pod_rule(
    "INV-10d",
    "the kernel's own files stay hidden from containers",
    of_containers(
        "c.?securityContext.?procMount.orValue('Default') == 'Default'",
        "securityContext.procMount",
        "remove it",
    ),
)
def proc_stays_masked(pod: Pod) -> Iterator[Broken]:
    """Keep keys and settings of the node from being read in /proc."""
    for container in pod.containers():
        if container.security.get("procMount", "Default") != "Default":
            yield Broken(f"{container.path}.securityContext.procMount")


@pod_rule(
    "INV-10e",
    "seccomp and AppArmor confine every process",
    *(
        of_containers(
            f"{_effective(f'{name}.?type', cel.text(default))} in {cel.texts(_CONFINED)}",
            f"securityContext.{name}.type",
            "use RuntimeDefault or Localhost, here or for the whole pod",
        )
        for name, default in _PROFILES.items()
    ),
    of_pod(
        " && ".join(
            f"variables.security.?{name}.?type.orValue('{_CONFINED[0]}') in {cel.texts(_CONFINED)}"
            for name in _PROFILES
        ),
        "securityContext",
        "use RuntimeDefault or Localhost for both, or leave them to the containers",
    ),
)
def processes_are_confined(pod: Pod) -> Iterator[Broken]:
    """Keep the system calls that break out of containers from being made at all."""
    for name, default in _PROFILES.items():
        of_the_pod = _type(pod.security, name)
        if of_the_pod not in (*_CONFINED, None):
            yield Broken(f"{pod.field('securityContext')}.{name}.type")
        for container in pod.containers():
            own = _type(container.security, name)
            if (own or of_the_pod or default) not in _CONFINED:
                yield Broken(f"{container.path}.securityContext.{name}.type")


_FOREIGN: Final = ("seLinuxOptions", "windowsOptions")


@pod_rule(
    "INV-10e",
    "the node decides about SELinux, Windows and kernel settings",
    of_containers(
        " && ".join(f"c.?securityContext.?{name}.orValue({{}}) == {{}}" for name in _FOREIGN),
        "securityContext",
        "remove seLinuxOptions and windowsOptions",
    ),
    of_pod(
        " && ".join(f"variables.security.?{name}.orValue({{}}) == {{}}" for name in _FOREIGN)
        + " && variables.security.?sysctls.orValue([]) == []",
        "securityContext",
        "remove seLinuxOptions, windowsOptions and sysctls",
    ),
)
def kernel_is_left_alone(pod: Pod) -> Iterator[Broken]:
    """Leave no way to relabel a process as one of the host's own."""
    for name in _FOREIGN:
        if pod.security.get(name):
            yield Broken(f"{pod.field('securityContext')}.{name}", "remove it")
        for container in pod.containers():
            if container.security.get(name):
                yield Broken(f"{container.path}.securityContext.{name}", "remove it")
    if pod.security.get("sysctls"):
        yield Broken(pod.field("securityContext.sysctls"), "remove them")


def _type(security: dict[str, object], profile: str) -> object:
    found = security.get(profile)
    return found.get("type") if isinstance(found, dict) else None


RULES: Final = (
    no_container_runs_as_root,
    pod_names_no_root,
    no_process_gains_privileges,
    root_filesystem_is_read_only,
    capabilities_are_dropped,
    proc_stays_masked,
    processes_are_confined,
    kernel_is_left_alone,
)
