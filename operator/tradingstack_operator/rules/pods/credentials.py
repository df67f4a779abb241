"""Credentials reach a pod as files of a Secret, and in no other way."""

import re
from collections.abc import Iterator
from typing import Any, Final

from tradingstack_operator.rules import cel, literals
from tradingstack_operator.rules.pods.trust import ALLOWED_UNTIL_MADE, is_trusted
from tradingstack_operator.rules.pods.view import (
    PODS,
    PODS_ALLOWED,
    Pod,
    of_containers,
    of_pod,
    of_variables,
    of_words,
    pod_rule,
)
from tradingstack_operator.rules.request import Request
from tradingstack_operator.rules.rule import Broken, Validation, rule

_SOURCES: Final = ("configMapKeyRef", "fieldRef", "resourceFieldRef")
_SECRET: Final = "secretKeyRef"  # noqa: S105 - the name of a field
_USER_NAME: Final = "username"
_VALUES_SIZE: Final = 65536
_WORDS_SIZE: Final = 32768
"""How much text the API server searches before it gives up, and refuses without saying why."""
_ANNOTATION_SIZE: Final = 8192
_COPIES: Final = ("cnpg.io/podSpec", "kubectl.kubernetes.io/last-applied-configuration")
"""Annotations that repeat the pod, and may be as large as it is."""
_BARRED_ANNOTATIONS: Final = (
    "cni.projectcalico.org/", "io.katacontainers.", "io.kubernetes.cri-o.", "k8s.v1.cni.cncf.io/",
    "v1.multus-cni.io/",
)  # fmt: skip
_APPARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"
_CONFINED: Final = re.compile(r"runtime/default|localhost/.*")


@pod_rule(
    "INV-08b",
    "a container gets credentials as files, not as environment",
    of_containers(
        "c.?envFrom.orValue([]) == []",
        "envFrom",
        "name each variable, and mount Secrets as files",
    ),
    of_variables(
        f"e.?valueFrom.orValue({{}}).all(k, k in {cel.texts(_SOURCES)}"
        f" || k == '{_SECRET}' && e.valueFrom.{_SECRET}.key == '{_USER_NAME}')",
        "valueFrom",
        "mount the Secret as a file",
    ),
)
def credentials_come_as_files(pod: Pod) -> Iterator[Broken]:
    """Keep credentials out of crash dumps and child processes, which inherit the environment."""
    for container in pod.containers():
        for number, _ in enumerate(container.manifest.get("envFrom") or []):
            yield Broken(f"{container.path}.envFrom[{number}]")
    for path, variable in pod.variables():
        for kind, source in (variable.get("valueFrom") or {}).items():
            if kind not in _SOURCES and not (kind == _SECRET and source["key"] == _USER_NAME):
                yield Broken(f"{path}.valueFrom.{kind}", "mount the Secret as a file")


@pod_rule(
    "INV-08b",
    "no variable is read from a Secret",
    of_variables(
        f"{ALLOWED_UNTIL_MADE} || !e.?valueFrom.?{_SECRET}.hasValue()",
        f"valueFrom.{_SECRET}",
        "mount the Secret as a file",
        PODS_ALLOWED,
    ),
)
def no_variable_is_read_from_a_secret(pod: Pod) -> Iterator[Broken]:
    """Make no exception for user names, but for the Jobs of the database operator."""
    if is_trusted(pod) or pod.runs_already:
        return
    for path, variable in pod.variables():
        if (variable.get("valueFrom") or {}).get(_SECRET):
            yield Broken(f"{path}.valueFrom.{_SECRET}")


_TOO_MUCH_TEXT: Final = "it is too much text to judge, so mount long texts as a ConfigMap"
_GIVE_A_PATH: Final = "give the path of a file that holds it"
_HIDE: Final = "keep it in the secret store and give the path of its file in a *_FILE variable"
_LITERALS: Final = (literals.URL_USER, literals.PAIR, literals.TOKEN_OR_KEY)
_VALUE: Final = "e.?value.orValue('')"


@pod_rule(
    "INV-08b",
    "a variable holds no credential",
    of_pod(
        f"variables.valuesSize <= {_VALUES_SIZE}",
        "containers[].env[]",
        _TOO_MUCH_TEXT,
    ),
    of_variables(
        f"{_VALUE} == '' || {literals.names_no_credential_in_cel('e.name', _VALUE)}",
        "name",
        _HIDE,
    ),
    of_variables(
        " && ".join(f"!{cel.matches(_VALUE, pattern)}" for pattern in _LITERALS)
        + f" && !({literals.looks_encoded_in_cel(_VALUE)})",
        "value",
        "move what looks like a credential to the secret store",
    ),
)
def variables_hold_no_credential(pod: Pod) -> Iterator[Broken]:
    """Hide credentials from everybody who may read a pod or the object that made it."""
    if sum(len(variable.get("value") or "") for _, variable in pod.variables()) > _VALUES_SIZE:
        yield Broken(pod.field("containers"), _TOO_MUCH_TEXT)
    for path, variable in pod.variables():
        value = variable.get("value") or ""
        if value and literals.names_a_credential(variable["name"], value):
            yield Broken(f"{path}.name", _HIDE)
        literal = any(pattern.search(value) for pattern in _LITERALS)
        if literal or literals.looks_encoded(value):
            yield Broken(f"{path}.value", "move what looks like a credential to the secret store")


@pod_rule(
    "INV-08d",
    "a command carries no credential",
    of_pod(
        f"variables.wordsSize <= {_WORDS_SIZE}",
        "containers[].args",
        _TOO_MUCH_TEXT,
    ),
    of_words(
        f"!{cel.matches('w', literals.WORD)}"
        f" && (!{cel.matches('w', literals.ASSIGNMENT)}"
        f" || {cel.full_match('w', literals.PLAIN_SETTING)})",
        _GIVE_A_PATH,
    ),
)
def commands_carry_no_credential(pod: Pod) -> Iterator[Broken]:
    """Hide credentials from whoever is on a node, and reads the command lines of its processes."""
    if sum(len(word) for _, word in pod.words()) > _WORDS_SIZE:
        yield Broken(pod.field("containers"), _TOO_MUCH_TEXT)
    for path, word in pod.words():
        assigned = literals.ASSIGNMENT.search(word) and not literals.PLAIN_SETTING.fullmatch(word)
        if literals.WORD.search(word) or assigned:
            yield Broken(path, _GIVE_A_PATH)


def _of_annotations(expression: str, next_step: str) -> Validation:
    """Ask something of every annotation ``k``, ``v`` that is new or has a new value."""
    as_before = "variables.was.?metadata.?annotations[?k] == optional.of(v)"
    unchanged = f"request.operation == 'UPDATE' && {as_before}"
    every = f"variables.annotations.all(k, v, {unchanged} || {expression})"
    return Validation(PODS, every, "metadata.annotations", next_step)


@rule(
    "INV-37",
    "annotations of pods hold no credential and open nothing",
    _of_annotations(
        f"!{cel.texts(_BARRED_ANNOTATIONS)}.exists(p, k.startsWith(p))"
        f" && (!k.startsWith('{_APPARMOR}') || {cel.full_match('v', _CONFINED)})",
        "remove those that add an interface, choose a network address or unconfine a process",
    ),
    _of_annotations(
        f"!{cel.matches('k', literals.ANNOTATION_NAME)}"
        f" && !{cel.matches('v', literals.ANNOTATION)}",
        "keep credentials in the secret store",
    ),
    _of_annotations(
        f"v.size() <= {_ANNOTATION_SIZE} || k in {cel.texts(_COPIES)}",
        "keep each below 8 KiB",
    ),
)
def annotations_are_harmless(request: Request) -> Iterator[Broken]:
    """Leave no side door: network and runtime plugins take orders from annotations."""
    pod = Pod.of(request)
    before = _annotations(pod.before)
    for key, value in _annotations(pod.manifest).items():
        if before.get(key) == value:
            continue
        field = f"{pod.path}metadata.annotations[{key}]"
        confined = not key.startswith(_APPARMOR) or _CONFINED.fullmatch(value)
        if key.startswith(_BARRED_ANNOTATIONS) or not confined:
            yield Broken(field, "remove it")
        if literals.ANNOTATION_NAME.search(key) or literals.ANNOTATION.search(value):
            yield Broken(field, "keep credentials in the secret store")
        if len(value) > _ANNOTATION_SIZE and key not in _COPIES:
            yield Broken(field, "keep it below 8 KiB")


def _annotations(pod: dict[str, Any]) -> dict[str, str]:
    return (pod.get("metadata") or {}).get("annotations") or {}


RULES: Final = (
    credentials_come_as_files,
    no_variable_is_read_from_a_secret,
    variables_hold_no_credential,
    commands_carry_no_credential,
    annotations_are_harmless,
)
