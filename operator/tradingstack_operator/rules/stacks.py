"""How a TradingStack may change, and what its metadata may hold."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tradingstack_operator.api import names
from tradingstack_operator.model.quantity import amount
from tradingstack_operator.rules import cel
from tradingstack_operator.rules.policies import Policy, ours
from tradingstack_operator.rules.request import Request, part_of
from tradingstack_operator.rules.rule import Broken, Crd, Validation, rule

_CHANGED: Final = "request.operation == 'CREATE' || object.spec != oldObject.spec"
_OWN_PREFIX: Final = f"{names.GROUP}/"

STACKS: Final = Policy(
    "stacks",
    "What a TradingStack may say in its namespace, and what its metadata may hold.",
    (ours("tradingstacks"),),
    in_stack_namespaces=False,
    variables={
        "changed": _CHANGED,
        "labels": "namespaceObject.metadata.?labels.orValue({})",
        "annotations": "object.metadata.?annotations.orValue({})",
        "annotated": (
            "request.operation == 'CREATE'"
            " || variables.annotations != oldObject.metadata.?annotations.orValue({})"
        ),
    },
)
STACKS_ALLOWED: Final = Policy(
    "stacks-allowed",
    "What PlatformPolicy allows a TradingStack.",
    (ours("tradingstacks"),),
    in_stack_namespaces=False,
    reads_platform_policy=True,
    skips_updates=True,
    variables={"changed": _CHANGED},
)
POLICIES: Final = (STACKS, STACKS_ALLOWED)

_PROVIDERS: Final = ("database", "cache", "bus", "features")
_VOLUMES: Final = ("database.storage", "database.walStorage", "cache.storage", "bus.storage")
_LARGEST_ANNOTATION: Final = 8192
_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
_LARGEST_LAST_APPLIED: Final = 65536
_OWN_ANNOTATIONS: Final = (names.ANNOTATION_CONFIRM_DELETE,)
_CREDENTIAL: Final = re.compile(
    r"://[^/?# ]*@|-----BEGIN|"
    r'(?i:"?(password|passwd|secret|token|apikey)"?[=:] ?"?[^{" ])'
)


@rule(
    "INV-01",
    "the environment of a stack never changes",
    Crd(
        "TradingStack",
        "spec.environment",
        "self == oldSelf",
        "set it back, or create a new stack in a namespace of the other environment",
    ),
)
def environment_is_fixed(request: Request) -> Iterator[Broken]:
    """Keep a test bench from becoming production by an edit."""
    if _differs(request, "environment"):
        yield Broken("spec.environment")


@rule(
    "INV-22",
    "a component keeps the provider and protocol it was created with",
    *(
        Crd("TradingStack", f"spec.{path}", "self == oldSelf", "set it back, or create a new stack")
        for path in (*(f"{part}.provider" for part in _PROVIDERS), "bus.kind")
    ),
)
def provider_is_fixed(request: Request) -> Iterator[Broken]:
    """Keep data from being left behind in a database that nobody runs any more."""
    for path in (*(f"{part}.provider" for part in _PROVIDERS), "bus.kind"):
        if _differs(request, path):
            yield Broken(f"spec.{path}")


@rule(
    "INV-32",
    "storage only grows",
    *(
        Crd(
            "TradingStack",
            f"spec.{path}",
            "quantity(self.size).compareTo(quantity(oldSelf.size)) >= 0",
            "set the size back or higher; restore into a new volume to shrink",
            "size",
        )
        for path in _VOLUMES
    ),
)
def storage_only_grows(request: Request) -> Iterator[Broken]:
    """Refuse at once what no volume can do, instead of stopping half-way."""
    for path in _VOLUMES:
        before, after = _volumes(request, path)
        if before and after and amount(after["size"]) < amount(before["size"]):
            yield Broken(f"spec.{path}.size")


@rule(
    "INV-32",
    "a volume keeps its storage class",
    *(
        Crd(
            "TradingStack",
            f"spec.{path}",
            "has(self.storageClass) == has(oldSelf.storageClass)"
            " && (!has(self.storageClass) || self.storageClass == oldSelf.storageClass)",
            "set it back; restore into a new volume to move the data",
            "storageClass",
        )
        for path in _VOLUMES
    ),
)
def storage_class_is_fixed(request: Request) -> Iterator[Broken]:
    """Promise no move of data that Kubernetes does not make."""
    for path in _VOLUMES:
        before, after = _volumes(request, path)
        if before and after and before.get("storageClass") != after.get("storageClass"):
            yield Broken(f"spec.{path}.storageClass")


@rule(
    "INV-32",
    "storage that was set stays",
    *(
        Crd(
            "TradingStack",
            f"spec.{parent}",
            f"!has(oldSelf.{name}) || has(self.{name})",
            "put it back; delete the stack to give its volumes up",
            name,
        )
        for parent, name in (path.split(".") for path in _VOLUMES)
    ),
)
def storage_stays(request: Request) -> Iterator[Broken]:
    """Keep an edit from dropping a volume out of the operator's care."""
    for path in _VOLUMES:
        before, after = _volumes(request, path)
        if before and not after:
            yield Broken(f"spec.{path}")


@rule(
    "INV-25a",
    "nobody owns a stack",
    Validation(
        "stacks",
        "object.metadata.?ownerReferences.orValue([]).size() == 0",
        "metadata.ownerReferences",
        "remove them: deleting an owner would delete the stack past every guard",
    ),
)
def stack_has_no_owner(request: Request) -> Iterator[Broken]:
    """Leave garbage collection no way to delete what a person must confirm."""
    if request.new["metadata"].get("ownerReferences"):
        yield Broken("metadata.ownerReferences")


@rule(
    "INV-25b",
    "a finalizer of the operator is removed by the operator",
    Validation(
        "stacks-allowed",
        "request.operation == 'CREATE'"
        " || request.userInfo.username == params.spec.operatorServiceAccount"
        " || oldObject.metadata.?finalizers.orValue([]).all(f,"
        f" !f.startsWith({cel.text(_OWN_PREFIX)})"
        " || f in object.metadata.?finalizers.orValue([]))",
        "metadata.finalizers",
        "leave it: the operator removes it once everything is stopped in order",
        "Forbidden",
    ),
)
def finalizers_are_the_operators(request: Request) -> Iterator[Broken]:
    """Keep a hurried delete from leaving processes behind that still trade."""
    kept = request.new["metadata"].get("finalizers", ())
    removed = set(request.before.get("metadata", {}).get("finalizers", ())).difference(kept)
    if not request.by_operator and any(name.startswith(_OWN_PREFIX) for name in removed):
        yield Broken("metadata.finalizers")


@rule(
    "INV-37",
    "an annotation of a stack is at most 8 KiB long",
    Validation(
        "stacks",
        "!variables.annotated || variables.annotations.all(k, v,"
        f" size(v) <= (k == {cel.text(_LAST_APPLIED)} ? {_LARGEST_LAST_APPLIED}"
        f" : {_LARGEST_ANNOTATION}))",
        "metadata.annotations",
        "shorten it, or keep the text elsewhere",
    ),
    severity="warning",
)
def annotations_are_short(request: Request) -> Iterator[Broken]:
    """Keep an object small that every replica holds in memory."""
    for key, value in _new_annotations(request).items():
        longest = _LARGEST_LAST_APPLIED if key == _LAST_APPLIED else _LARGEST_ANNOTATION
        if len(value) > longest:
            yield Broken(f"metadata.annotations[{key}]")


@rule(
    "INV-37",
    f"an annotation of {names.GROUP} is one that exists",
    Validation(
        "stacks",
        "!variables.annotated || variables.annotations.all(k, v,"
        f" !k.startsWith({cel.text(_OWN_PREFIX)}) || k in {cel.texts(_OWN_ANNOTATIONS)})",
        "metadata.annotations",
        "remove it; no annotation carries a credential or switches a rule off",
    ),
)
def own_annotations_are_known(request: Request) -> Iterator[Broken]:
    """Refuse what looks like a switch and is none."""
    for key in _new_annotations(request):
        if key.startswith(_OWN_PREFIX) and key not in _OWN_ANNOTATIONS:
            yield Broken(f"metadata.annotations[{key}]")


@rule(
    "INV-37",
    "an annotation of a stack holds no credential",
    Validation(
        "stacks",
        "!variables.annotated || variables.annotations.all(k, v, !"
        + cel.matches("v", _CREDENTIAL)
        + ")",
        "metadata.annotations",
        "move it to the secret store, and change it: everybody who reads the stack saw it",
    ),
)
def annotations_hold_no_credential(request: Request) -> Iterator[Broken]:
    """Hide credentials from everybody who may read the stack, or its Git repository."""
    for key, value in _new_annotations(request).items():
        if _CREDENTIAL.search(value):
            yield Broken(f"metadata.annotations[{key}]")


RULES: Final = (
    environment_is_fixed,
    provider_is_fixed,
    storage_only_grows,
    storage_class_is_fixed,
    storage_stays,
    stack_has_no_owner,
    finalizers_are_the_operators,
    annotations_are_short,
    own_annotations_are_known,
    annotations_hold_no_credential,
)


def _differs(request: Request, path: str) -> bool:
    return request.old is not None and request.changes("spec", *path.split("."))


def _volumes(request: Request, path: str) -> tuple[Any, Any]:
    place = ("spec", *path.split("."))
    return part_of(request.before, place), part_of(request.new, place)


def _new_annotations(request: Request) -> Mapping[str, str]:
    """Read the annotations, unless the request leaves them all as they are."""
    if not request.changes("metadata", "annotations"):
        return {}
    return request.new["metadata"].get("annotations") or {}
