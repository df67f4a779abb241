"""The objects that texts hold, and what they say of the cluster that they are meant for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from tradingstack_operator.api.names import GROUP, POLICY_NAME
from tradingstack_operator.api.platform_policy import PlatformPolicy
from tradingstack_operator.ctl.documents import Document, UnreadableError, read_documents
from tradingstack_operator.ctl.files import Text
from tradingstack_operator.ctl.findings import Item, Unreadable
from tradingstack_operator.ctl.kinds import kind_of
from tradingstack_operator.model.kinds import NAMESPACE, OWN_KINDS, PLATFORM_POLICY

_PREFIXES: Final = ("tradingstack.io/", "pod-security.kubernetes.io/")
"""What the labels begin with that rules read; Kubernetes and others add some of their own."""


@dataclass(slots=True)
class Inputs:
    """Everything that was read."""

    items: list[Item] = field(default_factory=list)
    not_judged: int = 0
    """How many objects are of a kind that no rule looks at."""
    unreadable: list[Unreadable] = field(default_factory=list)
    namespaces: dict[str, dict[str, str]] = field(default_factory=dict)
    """The labels of every Namespace among the objects, as far as rules read them."""
    policy: PlatformPolicy | None = None
    """None when there is none among them, or none that parses."""


class _UnfitError(Exception):
    """An object that kubectl could not send."""


def read_inputs(
    texts: Iterable[Text | Unreadable], context: Iterable[Text | Unreadable], namespace: str
) -> Inputs:
    """Take every object out of the texts, those of the context for what they say of the cluster.

    ``namespace`` is for objects that name none.
    """
    inputs = Inputs()
    _take_all(inputs, texts, namespace)
    around = Inputs(unreadable=inputs.unreadable)
    _take_all(around, context, namespace)
    _take_surroundings(inputs, [*inputs.items, *around.items])
    return inputs


def _take_all(inputs: Inputs, texts: Iterable[Text | Unreadable], namespace: str) -> None:
    for text in texts:
        if isinstance(text, Unreadable):
            inputs.unreadable.append(text)
            continue
        for document in read_documents(text.content):
            if isinstance(document, UnreadableError):
                inputs.unreadable.append(
                    Unreadable(text.file, document.problem, document.line, document.column)
                )
            else:
                _take(inputs, text.file, document, namespace)


def _take(inputs: Inputs, file: str, document: Document, namespace: str) -> None:
    for value in _unpack(document.value):
        line = document.line_of(value)
        try:
            item = _item(file, line, value, namespace)
        except _UnfitError as error:
            inputs.unreadable.append(Unreadable(file, str(error), line))
            continue
        if item:
            inputs.items.append(item)
        else:
            inputs.not_judged += 1


def _unpack(value: Any) -> Iterator[Any]:
    """Give the objects of a List, whose items need not repeat what its kind says."""
    if not isinstance(value, dict) or not isinstance(value.get("items"), list):
        yield value
        return
    kind = str(value.get("kind", "")).removesuffix("List")
    for item in value["items"]:
        if isinstance(item, dict) and kind:
            item.setdefault("apiVersion", value.get("apiVersion"))
            item.setdefault("kind", kind)
        yield from _unpack(item)


def _item(file: str, line: int, value: Any, namespace: str) -> Item | None:
    """Look at what every object has; None for a kind that no rule looks at."""
    if not isinstance(value, dict):
        raise _UnfitError("not an object of Kubernetes")
    api_version = _text(value, "apiVersion")
    kind = kind_of(api_version, _text(value, "kind"))
    if kind is None:
        return None
    if kind.group == GROUP and kind.kind not in {own.kind for own in OWN_KINDS}:
        raise _UnfitError(f"{GROUP} has no such kind; see kubectl api-resources")
    metadata = value.get("metadata")
    if not isinstance(metadata, dict):
        raise _UnfitError("it has no metadata")
    if "generateName" not in metadata:
        _text(metadata, "name", "metadata.")
    place = ""
    if kind.namespaced:
        place = _text({"namespace": namespace} | metadata, "namespace", "metadata.")
    manifest = _without_nulls(value)
    manifest["metadata"].pop("namespace", None)
    if place:
        manifest["metadata"]["namespace"] = place
    return Item(file, line, kind, str(metadata.get("name", "")), place, manifest)


def _text(mapping: dict[str, Any], key: str, path: str = "") -> str:
    found = mapping.get(key)
    if not isinstance(found, str) or not found:
        raise _UnfitError(f"{path}{key} is missing, or no text")
    return found


def _without_nulls(value: Any) -> Any:
    """Drop what the API server drops: a field that is null is a field that is not there."""
    if isinstance(value, dict):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_without_nulls(one) for one in value]
    return value


def _take_surroundings(inputs: Inputs, items: Iterable[Item]) -> None:
    """Find the Namespaces and PlatformPolicy; one that is given in two ways counts as missing."""
    found: dict[tuple[str, str], Item] = {}
    disputed: set[tuple[str, str]] = set()
    for item in items:
        if item.kind != NAMESPACE and (item.kind, item.name) != (PLATFORM_POLICY, POLICY_NAME):
            continue
        key = (item.kind.kind, item.name)
        first = found.setdefault(key, item)
        if _what_counts(item) != _what_counts(first):
            disputed.add(key)
            problem = (
                f"{item.kind.kind} {item.name} is another one in {first.file}:{first.line}; "
                "give one of them, so that it is clear which one counts"
            )
            inputs.unreadable.append(Unreadable(item.file, problem, item.line))
    for item in (found[key] for key in found.keys() - disputed):
        part = _what_counts(item)
        if item.kind == PLATFORM_POLICY:
            inputs.policy = _policy(item)
        elif isinstance(part, dict) and all(isinstance(one, str) for one in part.values()):
            inputs.namespaces[item.name] = part


def _what_counts(item: Item) -> Any:
    """Give a PlatformPolicy's spec, or the labels of a Namespace that rules read."""
    if item.kind == PLATFORM_POLICY:
        return item.manifest.get("spec")
    labels = item.manifest["metadata"].get("labels", {})
    if not isinstance(labels, dict):
        return labels
    return {key: labels[key] for key in labels if key.startswith(_PREFIXES)}


def _policy(item: Item) -> PlatformPolicy | None:
    try:
        return PlatformPolicy.model_validate(item.manifest, by_alias=True, by_name=False)
    except ValidationError:
        return None  # its own verdict says why
