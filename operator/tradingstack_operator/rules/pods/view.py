"""The pod of a request, the object itself or the template inside it, in CEL and in Python."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from tradingstack_operator.api.names import LABEL_ENVIRONMENT
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.rules.policies import if_changed
from tradingstack_operator.rules.request import Request, part_of
from tradingstack_operator.rules.rule import Broken, Rule, Validation, rule

PODS: Final = "pods"
PODS_ALLOWED: Final = "pods-allowed"

_PLACES: Final[dict[str, tuple[str, ...]]] = {
    "Pod": (),
    "PodTemplate": ("template",),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
_PLACE_OF_OTHERS: Final = ("spec", "template")
_RUNNING: Final = ("containers", "initContainers")
_EPHEMERAL: Final = "ephemeralContainers"
_HANDLERS: Final = (
    ("livenessProbe",),
    ("readinessProbe",),
    ("startupProbe",),
    ("lifecycle", "postStart"),
    ("lifecycle", "preStop"),
)


def _place(root: str) -> str:
    """Write CEL that finds the pod in an object."""
    found = ".".join((root, *_PLACE_OF_OTHERS))
    for kind, place in _PLACES.items():
        found = f"request.kind.kind == '{kind}' ? {'.'.join((root, *place))} : {found}"
    return found


def _listed(name: str) -> str:
    return f"variables.spec.?{name}.orValue([])"


def _handlers(*what: str) -> list[str]:
    """Write CEL for something of every probe and hook of container ``c``."""
    return [".?".join(("c", *place, *what)) for place in _HANDLERS]


VARIABLES: Final = {
    "pod": _place("dyn(object)"),
    "was": _place("dyn(oldObject)"),
    "spec": "variables.pod.?spec.orValue({})",
    "changed": "request.operation == 'CREATE' || variables.spec != variables.was.?spec.orValue({})",
    "runsAlready": "request.kind.kind == 'Pod' && request.operation == 'UPDATE'",
    "running": " + ".join(map(_listed, _RUNNING)),
    "containers": f"variables.running + {_listed(_EPHEMERAL)}",
    "env": "variables.containers.map(c, c.?env.orValue([]))",
}
"""What both policies for pods look at."""
PARTS: Final = {
    "security": "variables.spec.?securityContext.orValue({})",
    "volumes": _listed("volumes"),
    "annotations": "variables.pod.?metadata.?annotations.orValue({})",
    "hosts": "variables.containers.map(c, ["
    + ", ".join(
        f"{host}.orValue('')"
        for host in (*_handlers("httpGet", "host"), *_handlers("tcpSocket", "host"))
    )
    + "])",
    "words": " + ".join(
        f"variables.containers.map(c, {command}.orValue([]))"
        for command in ("c.?command", "c.?args", *_handlers("exec", "command"))
    ),
    "wordsSize": "variables.words.map(l, l.map(w, w.size()).sum()).sum()",
    "valuesSize": "variables.env.map(l, l.map(e, e.?value.orValue('').size()).sum()).sum()",
    "production": f"namespaceObject.metadata.?labels[?'{LABEL_ENVIRONMENT}'].orValue('')"
    " == 'production'",
}
"""Further parts of a pod, by the names that expressions use."""


@dataclass(frozen=True, slots=True)
class Container:
    """A container of any sort."""

    path: str
    manifest: Manifest
    ephemeral: bool

    @property
    def security(self) -> Manifest:
        return self.manifest.get("securityContext") or {}

    def handlers(self) -> Iterator[tuple[str, Manifest]]:
        """List its probes and hooks, with their paths."""
        for place in _HANDLERS:
            yield ".".join((self.path, *place)), part_of(self.manifest, place) or {}


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod, or a template of pods."""

    request: Request
    path: str
    """Where it is in the object: empty, or with a dot at its end."""
    manifest: Manifest
    before: Manifest
    """As it is stored; empty when it is created."""

    @classmethod
    def of(cls, request: Request) -> "Pod":
        place = _PLACES.get(request.kind, _PLACE_OF_OTHERS)
        path = "".join(f"{part}." for part in place)
        return cls(
            request, path, part_of(request.new, place) or {}, part_of(request.before, place) or {}
        )

    @property
    def spec(self) -> Manifest:
        return self.manifest.get("spec") or {}

    @property
    def security(self) -> Manifest:
        return self.spec.get("securityContext") or {}

    @property
    def changed(self) -> bool:
        return self.request.operation == "CREATE" or self.spec != (self.before.get("spec") or {})

    @property
    def runs_already(self) -> bool:
        """Whether it is a pod, whose volumes and settings cannot change any more."""
        return self.request.kind == "Pod" and self.request.operation == "UPDATE"

    def field(self, name: str) -> str:
        return f"{self.path}spec.{name}"

    def containers(self) -> Iterator[Container]:
        for name in (*_RUNNING, _EPHEMERAL):
            for number, manifest in enumerate(self.spec.get(name) or []):
                path = self.field(f"{name}[{number}]")
                yield Container(path, manifest, ephemeral=name == _EPHEMERAL)

    def variables(self) -> Iterator[tuple[str, Manifest]]:
        """List the environment of every container, with paths."""
        for container in self.containers():
            for number, variable in enumerate(container.manifest.get("env") or []):
                yield f"{container.path}.env[{number}]", variable

    def words(self) -> Iterator[tuple[str, str]]:
        """List every word of every command that runs in it, with paths."""
        for container in self.containers():
            commands = {
                f"{container.path}.{name}": container.manifest.get(name)
                for name in ("command", "args")
            } | {
                f"{path}.exec.command": (handler.get("exec") or {}).get("command")
                for path, handler in container.handlers()
            }
            for path, command in commands.items():
                for number, word in enumerate(command or []):
                    yield f"{path}[{number}]", word


def pod_rule(
    identity: str, law: str, *expressions: Validation
) -> Callable[[Callable[[Pod], Iterator[Broken]]], Rule[Request]]:
    """Make a rule of what is asked of a pod whenever its spec is new."""

    def decorate(find: Callable[[Pod], Iterator[Broken]]) -> Rule[Request]:
        @functools.wraps(find)
        def find_in_request(request: Request) -> Iterator[Broken]:
            pod = Pod.of(request)
            if pod.changed:
                yield from find(pod)

        return rule(identity, law, *expressions)(find_in_request)

    return decorate


def of_pod(expression: str, field: str, next_step: str, policy: str = PODS) -> Validation:
    """Ask something of the whole pod."""
    return Validation(policy, if_changed(f"({expression})"), f"spec.{field}", next_step)


def of_containers(expression: str, field: str, next_step: str, policy: str = PODS) -> Validation:
    """Ask something of every container ``c``."""
    every = f"variables.containers.all(c, {expression})"
    return of_pod(every, f"containers[].{field}", next_step, policy)


def of_variables(expression: str, field: str, next_step: str, policy: str = PODS) -> Validation:
    """Ask something of every environment variable ``e``."""
    every = f"variables.env.all(l, l.all(e, {expression}))"
    return of_pod(every, f"containers[].env[].{field}", next_step, policy)


def of_words(expression: str, next_step: str) -> Validation:
    """Ask something of every word ``w`` of a command."""
    every = f"variables.words.all(l, l.all(w, {expression}))"
    return of_pod(every, "containers[].args", next_step)
