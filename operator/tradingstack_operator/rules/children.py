"""The objects that the operator manages are changed by the operator only.

Its identity is its user name: not even a GitOps controller with every right may edit them.
"""

from collections.abc import Iterator
from typing import Any, Final

from tradingstack_operator.api import names
from tradingstack_operator.model.components import DEPENDS_ON
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.rules import cel
from tradingstack_operator.rules.policies import Match, Policy
from tradingstack_operator.rules.request import Request
from tradingstack_operator.rules.rule import Broken, Validation, everywhere, rule
from tradingstack_operator.rules.users import IS_CLUSTER, is_cluster


def is_managed_cel(manifest: str) -> str:
    return (
        f"{manifest}.metadata.?labels[?'{names.LABEL_MANAGED_BY}'].orValue('')"
        f" == '{names.MANAGED_BY}'"
    )


VARIABLES: Final = {
    "outsider": (
        f"request.userInfo.username != params.spec.operatorServiceAccount && !({IS_CLUSTER})"
    ),
    "managed": f"oldObject != null && {is_managed_cel('dyn(oldObject)')}",
}
"""CEL that the rules need; for every policy that enforces them."""

CHILDREN: Final = Policy(
    "children",
    "Who changes the objects that the operator manages, and what PlatformPolicy allows them.",
    (
        Match("", ("configmaps", "services", "serviceaccounts", "persistentvolumeclaims")),
        Match("policy", ("poddisruptionbudgets",)),
        Match("autoscaling", ("horizontalpodautoscalers",), versions=("v2",)),
        Match("external-secrets.io", ("externalsecrets",), versions=("*",)),
        Match("postgresql.cnpg.io", ("clusters", "scheduledbackups"), versions=("*",)),
        Match("barmancloud.cnpg.io", ("objectstores",), versions=("*",)),
        Match(
            "monitoring.coreos.com",
            ("servicemonitors", "prometheusrules", "alertmanagerconfigs"),
            versions=("*",),
        ),
    ),
    reads_platform_policy=True,
    skips_updates=True,
    variables=VARIABLES,
)
POLICIES: Final = (CHILDREN,)

_CONTENT: Final = (
    "data",
    "binaryData",
    "immutable",
    "secrets",
    "imagePullSecrets",
    "automountServiceAccountToken",
)
"""What an object says beside its spec; the last three are a ServiceAccount's."""
_RESTART: Final = ("template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt")
"""Where ``kubectl rollout restart`` writes, below the spec."""
_COMPONENTS: Final = tuple(sorted(DEPENDS_ON))
_ASK_THE_OPERATOR: Final = "change the TradingStack, and the operator changes this object"


def _same_but(path: tuple[str, ...], new: str, old: str) -> str:
    """Write that two maps are equal apart from what lies at a path in them."""
    if not path:
        return "true"
    key = cel.text(path[0])
    inner = (f"{manifest}[?{key}].orValue({{}})" for manifest in (new, old))
    return (
        f"{new}.all(k, v, k == {key} || {old}[?k] == optional.of(v))"
        f" && {old}.all(k, v, k == {key} || k in {new}) && {_same_but(path[1:], *inner)}"
    )


@rule(
    "INV-45",
    "only the operator changes what an object of its own says",
    *everywhere(
        ("children", "pods-allowed"),
        "!variables.outsider || !variables.managed"
        " || request.?subResource.orValue('') == 'ephemeralcontainers'"
        f" || {cel.texts(_CONTENT)}.all(part, dyn(object)[?part] == dyn(oldObject)[?part]) && "
        + _same_but(_RESTART, "dyn(object).?spec.orValue({})", "dyn(oldObject).?spec.orValue({})"),
        "spec",
        _ASK_THE_OPERATOR,
    ),
)
def content_is_the_operators(request: Request) -> Iterator[Broken]:
    """Keep an edit of a workload or its settings from undoing what the stack's own rules demand.

    A debugging container is no such edit, but a look inside a pod, which has a rule of its own.
    Neither is a restart: it changes nothing that runs.
    """
    if _is_edit_by_outsider(request) and request.subresource != "ephemeralcontainers":
        for part in _CONTENT:
            if request.changes(part):
                yield Broken(part)
        if not _are_same_but(_RESTART, request.new.get("spec"), request.before.get("spec")):
            yield Broken("spec")


def _are_same_but(path: tuple[str, ...], new: Manifest | None, old: Manifest | None) -> bool:
    if not path:
        return True
    key, *rest = path
    new, old = new or {}, old or {}
    return new | {key: None} == old | {key: None} and _are_same_but(
        tuple(rest), new.get(key), old.get(key)
    )


@rule(
    "INV-45",
    "an object of the operator keeps its labels and its owner",
    *everywhere(
        ("children", "pods-allowed"),
        "!variables.outsider || !variables.managed || ['labels', 'ownerReferences'].all(part,"
        " dyn(object).metadata[?part] == dyn(oldObject).metadata[?part])",
        "metadata",
        "leave labels and ownerReferences as the operator has set them",
    ),
)
def labels_and_owner_stay(request: Request) -> Iterator[Broken]:
    """Keep network policies on the pods they are for, and garbage collection on the stack.

    Labels choose which policies open a pod's network; they can be written through pods/status.
    """
    if _is_edit_by_outsider(request):
        for part in ("labels", "ownerReferences"):
            if request.changes("metadata", part):
                yield Broken(f"metadata.{part}", "leave it as the operator has set it")


@rule(
    "INV-45",
    "an object carries the operator's mark only when the operator made it",
    *everywhere(
        ("children", "pods-allowed"),
        f"!variables.outsider || variables.managed || !({is_managed_cel('dyn(object)')})",
        "metadata.labels",
        f"remove the label {names.LABEL_MANAGED_BY}",
    ),
)
def mark_is_the_operators(request: Request) -> Iterator[Broken]:
    """Keep the operator from taking somebody's object for its own, and people from trusting it."""
    if is_outsider(request) and not is_managed(request.before) and is_managed(request.new):
        yield Broken("metadata.labels")


def _pod_labels(manifest: str) -> str:
    """Write CEL that lists the labels of the pods that an object is, or makes."""
    paths = ("spec.?template", "template", "spec.?jobTemplate.?spec.?template")
    made = ", ".join(f"{manifest}.?{path}.?metadata.?labels.orValue({{}})" for path in paths)
    own = f"request.resource.resource == 'pods' ? {manifest}.metadata.?labels.orValue({{}}) : {{}}"
    return f"[{made}, {own}]"


def _is_component(manifest: str) -> str:
    return (
        f"{_pod_labels(manifest)}.exists(pod, '{names.LABEL_STACK}' in pod"
        f" && pod[?'{names.LABEL_COMPONENT}'].orValue('') in {cel.texts(_COMPONENTS)})"
    )


@rule(
    "INV-45",
    "a pod carries the labels of a component only when an operator made it",
    Validation(
        "pods-allowed",
        f"!variables.outsider || variables.managed || variables.trusted"
        f" || !({_is_component('dyn(object)')})"
        f" || oldObject != null && {_is_component('dyn(oldObject)')}",
        "metadata.labels",
        f"remove the label {names.LABEL_STACK} or {names.LABEL_COMPONENT} from the pod",
        "Forbidden",
    ),
)
def component_pods_are_the_operators(request: Request) -> Iterator[Broken]:
    """Keep a foreign pod from the network that is open to a component: cache, partners, orders.

    CloudNativePG, which may write Secrets, makes the pods of a database that it runs.
    """
    trusted = request.user in request.allowed.secret_writers
    if is_outsider(request) and not trusted and not is_managed(request.before):
        before = any(map(_is_of_component, _pods(request, request.before)))
        if not before and any(map(_is_of_component, _pods(request, request.new))):
            yield Broken("metadata.labels")


def is_outsider(request: Request) -> bool:
    """Tell whether a request comes from neither the operator nor Kubernetes itself."""
    return not request.by_operator and not is_cluster(request.user)


def is_managed(manifest: Manifest) -> bool:
    return labels_of(manifest).get(names.LABEL_MANAGED_BY) == names.MANAGED_BY


def labels_of(manifest: Manifest) -> dict[str, str]:
    return manifest.get("metadata", {}).get("labels") or {}


def _is_edit_by_outsider(request: Request) -> bool:
    return is_outsider(request) and is_managed(request.before)


def _pods(request: Request, manifest: Manifest) -> Iterator[dict[str, str]]:
    """List the labels of the pods that an object is, or makes."""
    spec = manifest.get("spec", {})
    templates: list[dict[str, Any]] = [
        spec.get("template", {}),
        manifest.get("template", {}),
        spec.get("jobTemplate", {}).get("spec", {}).get("template", {}),
    ]
    yield from (labels_of(template) for template in templates)
    if request.resource == "pods":
        yield labels_of(manifest)


def _is_of_component(labels: dict[str, str]) -> bool:
    return names.LABEL_STACK in labels and labels.get(names.LABEL_COMPONENT) in _COMPONENTS


RULES: Final = (
    content_is_the_operators,
    labels_and_owner_stay,
    mark_is_the_operators,
    component_pods_are_the_operators,
)
