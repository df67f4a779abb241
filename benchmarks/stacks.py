"""The stacks to measure with: one sample, again and again, each in a namespace of its own."""

import copy
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import orjson
import yaml

from benchmarks.api import MERGE, Api, Send
from tradingstack_operator.api import names
from tradingstack_operator.api.platform_policy import PlatformPolicy
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired.build import build
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.images import Images
from tradingstack_operator.model.kinds import MANAGED_KINDS, NAMESPACE, TRADING_STACK
from tradingstack_operator.model.objects import Manifest, render

ROOT: Final = Path(__file__).parents[1]
SAMPLE: Final = ROOT / "samples/full.yaml"
IMAGES: Final = Images(
    **{name: f"registry.example/{name}@sha256:{'5' * 64}" for name in Images.__annotations__}
)
POLICY, _NAMESPACE, _STACK = (
    document for document in yaml.safe_load_all(SAMPLE.read_text()) if document
)
NAME: Final[str] = _STACK["metadata"]["name"]
OPERATOR_USER: Final[str] = POLICY["spec"]["operatorServiceAccount"]
"""Whom the rules let write the objects of a stack; the contenders write in its name."""


def namespaces(prefix: str, count: int) -> list[str]:
    return [f"{prefix}-{number:03}" for number in range(count)]


def namespace(name: str) -> Manifest:
    manifest: Manifest = copy.deepcopy(_NAMESPACE)
    manifest["metadata"]["name"] = name
    return manifest


def stack(where: str) -> Manifest:
    manifest: Manifest = copy.deepcopy(_STACK)
    manifest["metadata"]["namespace"] = where
    # without a controller manager nothing would ever scale to an autoscaler's minimum
    manifest["spec"]["riskApi"].pop("autoscaling", None)
    secrets = manifest["spec"]["secrets"]
    secrets["pathPrefix"] = f"{manifest['spec']['environment']}/{where}/{NAME}"
    return manifest


def desired(where: str) -> list[Manifest]:
    """Render what the operator would apply, in its order, down to the hash annotation."""
    manifest = stack(where)
    manifest["metadata"] |= {"uid": "00000000-0000-4000-8000-000000000001", "generation": 1}
    facts = Facts(
        namespace_labels=_NAMESPACE["metadata"]["labels"],
        stacks=(NAME,),
        policy=PlatformPolicy.model_validate(POLICY),
        images=IMAGES,
    )
    parsed = TradingStack.model_validate(manifest)
    return [orjson.loads(render(item).body) for item in build(parsed, facts)]


def create_namespaces(api: Api, where: Sequence[str]) -> None:
    api.send(Send.applying(NAMESPACE.path(name=name), namespace(name)) for name in where)


def create_stacks(api: Api, where: Sequence[str]) -> None:
    api.send(Send.applying(stack_path(name), stack(name)) for name in where)


def stack_path(where: str) -> str:
    return TRADING_STACK.path(where, NAME)


def change(where: str, spec: dict[str, Any]) -> Send:
    return Send("PATCH", stack_path(where), orjson.dumps({"spec": spec}), MERGE)


def remove(api: Api, where: Sequence[str]) -> None:
    """Delete stacks, children and namespaces one by one: no controller here would do it."""
    api.send(_without_finalizer(name) for name in where)
    api.send(
        Send("DELETE", kind.path(name), missing_is_fine=True)
        for name in where
        for kind in (TRADING_STACK, *MANAGED_KINDS)
    )
    api.send(Send("DELETE", NAMESPACE.path(name=name)) for name in where)
    api.send(_finalized(name) for name in where)


def _without_finalizer(where: str) -> Send:
    body = orjson.dumps({"metadata": {"finalizers": None}})
    return Send("PATCH", stack_path(where), body, MERGE, missing_is_fine=True, user=OPERATOR_USER)


def _finalized(where: str) -> Send:
    body = namespace(where) | {"spec": {}}  # with its labels, which never go
    return Send("PUT", f"{NAMESPACE.path(name=where)}/finalize", orjson.dumps(body))


def flips(where: str) -> Iterator[tuple[str, Manifest, list[dict[str, Any]]]]:
    """Give edits of children that the operator has to undo, as JSON patches."""
    first = {manifest["kind"]: manifest for manifest in reversed(desired(where))}
    pointers: dict[str, tuple[str, Any]] = {
        "ConfigMap": (f"/data/{next(iter(first['ConfigMap']['data']))}", "flipped"),
        "NetworkPolicy": ("/spec/podSelector", {"matchLabels": {"flipped": "yes"}}),
        "Deployment": ("/spec/template/spec/containers/0/image", "registry.example/flipped:1"),
        "StatefulSet": ("/spec/template/spec/containers/0/image", "registry.example/flipped:1"),
        "PodDisruptionBudget": (
            f"/metadata/labels/{names.LABEL_ENVIRONMENT.replace('/', '~1')}",
            "flipped",
        ),
    }
    for kind, (path, value) in pointers.items():
        yield kind, first[kind], [{"op": "replace", "path": path, "value": value}]
