"""The vectors of tests/vectors: requests, each with the verdict that every layer must give."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import jsonpatch
import yaml
from pydantic import BaseModel, ConfigDict, Field

from tests.support.stacks import POLICY
from tradingstack_operator.api.platform_policy import PlatformPolicy
from tradingstack_operator.rules import request as requests
from tradingstack_operator.rules.request import Operation, Request, Right

FOLDER = Path(__file__).resolve().parents[1] / "vectors"
OPERATIONS: dict[str, Operation] = {
    "create": "CREATE",
    "update": "UPDATE",
    "delete": "DELETE",
    "connect": "CONNECT",
}
RIGHTS = {
    "operate": requests.OPERATE,
    "release": requests.RELEASE,
    "break-glass": requests.BREAK_GLASS,
    "guard": requests.GUARD,
}


class Edit(BaseModel):
    """What differs from a base, by JSON pointer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    set: dict[str, Any] = {}
    remove: tuple[str, ...] = ()

    def on(self, document: dict[str, Any]) -> dict[str, Any]:
        steps = [{"op": "add", "path": path, "value": value} for path, value in self.set.items()]
        steps += [{"op": "remove", "path": path} for path in self.remove]
        patched: dict[str, Any] = jsonpatch.apply_patch(document, steps)
        return patched


class Entry(Edit):
    """A vector as it is written in YAML."""

    id: str
    title: str
    base: str
    """The file in tests/vectors/bases that it starts from."""
    operation: Literal["create", "update", "delete", "connect"] = "create"
    was: Edit = Edit()
    """What an update finds stored, as an edit of the same base."""
    subresource: str = ""
    resource: str = ""
    """Where the kind does not tell, as for a Scale: ``deployments.apps``."""
    stored: str = ""
    """The base that must exist for a subresource with a kind of its own."""
    user: Annotated[str, Field(alias="as")] = "developer"
    """One of users.yaml, or a whole user name."""
    manager: str = "vectors"
    namespace: Annotated[str, Field(alias="in")] = "trading-prod"
    """One of namespaces.yaml; objects of the cluster ignore it."""
    refused: str = ""
    """The id of the rule that refuses it, ``yes`` where no rule of ours does; else accepted."""
    by: Literal["policy", "crd", "schema", "kubernetes", "pod-security", "rbac"] = "policy"
    """The layer that refuses it: an admission policy or a CRD's rule of ours, a CRD's schema,
    Kubernetes itself, Pod Security, or what the user may do."""
    with_policy: bool = True
    """Whether there is a PlatformPolicy."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who sends requests."""

    name: str
    rights: frozenset[Right] = frozenset()


@dataclass(frozen=True, slots=True)
class Vector:
    """One request and what must become of it."""

    entry: Entry
    user: User
    object: dict[str, Any]
    """What is sent; for a delete or connect, what is stored."""
    old: dict[str, Any] | None
    """What an update finds stored."""

    def __str__(self) -> str:
        return self.entry.id

    @property
    def resource(self) -> str:
        return self.entry.resource.partition(".")[0] or plural(self.object["kind"])

    @property
    def group(self) -> str:
        if self.entry.resource:
            return self.entry.resource.partition(".")[2]
        return str(self.object["apiVersion"]).rpartition("/")[0]

    @property
    def namespace(self) -> str:
        """Empty for objects of the cluster."""
        return str(self.object["metadata"].get("namespace", ""))

    def request(self) -> Request:
        """Describe it the way the rules in Python take it."""
        operation = OPERATIONS[self.entry.operation]
        stored = operation in ("DELETE", "CONNECT")
        return Request(
            operation=operation,
            group=self.group,
            resource=self.resource,
            kind=self.object["kind"],
            name=self.object["metadata"]["name"],
            namespace=self.namespace,
            subresource=self.entry.subresource,
            object=None if stored else self.object,
            old=self.object if operation == "DELETE" else self.old,
            user=self.user.name,
            field_manager=self.entry.manager,
            rights=self.user.rights,
            namespace_labels=namespaces().get(self.namespace, {}),
            policy=platform_policy() if self.entry.with_policy else None,
        )


def plural(kind: str) -> str:
    """Spell the resource of a kind; right for every kind of the vectors."""
    lower = kind.lower()
    if lower.endswith("s"):  # Endpoints
        return lower
    return f"{lower[:-1]}ies" if lower.endswith("y") else f"{lower}s"


@cache
def vectors() -> tuple[Vector, ...]:
    """Read every vector of every file, in order."""
    return tuple(
        _vector(Entry.model_validate(entry))
        for path in sorted(FOLDER.glob("cases/*.yaml"))
        for entry in yaml.safe_load(path.read_text())
    )


@cache
def namespaces() -> dict[str, dict[str, str]]:
    """List the labels of every namespace of the vectors."""
    return _read("namespaces")


@cache
def users() -> dict[str, User]:
    """List everybody whom a vector calls by a short name."""
    return {
        short: User(one["name"], frozenset(RIGHTS[right] for right in one["rights"]))
        for short, one in _read("users").items()
    }


@cache
def platform_policy() -> PlatformPolicy:
    return PlatformPolicy.model_validate(POLICY)


def _vector(entry: Entry) -> Vector:
    document = base(entry.base)
    if document["kind"] == "Namespace":  # it takes a while to be gone: each has its own
        own = re.sub("[^a-z0-9]+", "-", entry.id.lower())
        document = Edit(set={"/metadata/name": own}).on(document)
    if document["kind"] not in CLUSTER_KINDS:
        document = Edit(set={"/metadata/namespace": entry.namespace}).on(document)
    old = entry.was.on(document) if entry.operation == "update" else None
    user = users().get(entry.user) or User(entry.user)
    return Vector(entry, user, entry.on(document), old)


CLUSTER_KINDS = frozenset(
    {
        "AdminNetworkPolicy",
        "ClusterGenerator",
        "ClusterRole",
        "CustomResourceDefinition",
        "GlobalNetworkPolicy",
        "MutatingWebhookConfiguration",
        "Namespace",
        "PlatformPolicy",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    }
)


@cache
def base(name: str) -> dict[str, Any]:
    """Read an object that breaks no rule."""
    return _read(f"bases/{name}")


@cache
def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    return content
