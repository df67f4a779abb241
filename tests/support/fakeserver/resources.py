"""The kinds a server serves, what each kind's strategy does, and how paths lead to them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tests.support.fakeserver.canonical import canonical
from tests.support.fakeserver.defaults import with_defaults
from tests.support.fakeserver.errors import Refusal
from tests.support.fakeserver.fieldset import Fields, union
from tests.support.fakeserver.ownership import STRUCTS, UNOWNED, Ruling
from tests.support.fakeserver.schema import prune
from tests.support.fakeserver.shapes import BUILTIN, CustomShape, Shape
from tradingstack_operator.model import kinds
from tradingstack_operator.model.kinds import Kind

POD: Final = Kind("v1", "Pod", "pods")
ACCESS_REVIEW: Final = Kind(
    "authorization.k8s.io/v1",
    "SelfSubjectAccessReview",
    "selfsubjectaccessreviews",
    namespaced=False,
)
DEFAULT_KINDS: Final = (
    *kinds.MANAGED_KINDS,
    *kinds.OWN_KINDS,
    kinds.NAMESPACE,
    kinds.EVENT,
    kinds.LEASE,
    POD,
    *kinds.GUARD_KINDS,
)

_WITHOUT_STATUS: Final = frozenset(
    {
        "ConfigMap",
        "ServiceAccount",
        "NetworkPolicy",
        "Lease",
        "Event",
        kinds.ADMISSION_BINDING.kind,
        kinds.PROMETHEUS_RULE.kind,
        kinds.ALERTMANAGER_CONFIG.kind,
    }
)
_WITHOUT_GENERATION: Final = frozenset(
    {
        "ConfigMap",
        "ServiceAccount",
        "Service",
        "PersistentVolumeClaim",
        "Lease",
        "Event",
        "Namespace",
    }
)


@dataclass(frozen=True, slots=True)
class Resource:
    """One served kind and its strategy."""

    kind: Kind
    custom: bool = False
    has_status: bool = True
    has_generation: bool = True
    schema: Mapping = field(default_factory=dict, compare=False)

    @property
    def plural(self) -> str:
        """Name the resource as error messages do, with its group."""
        return f"{self.kind.plural}.{self.kind.group}" if self.kind.group else self.kind.plural

    def decoded(self, body: dict) -> dict:
        """Read a body as the server does, defaults and all."""
        if self.custom:
            metadata = canonical(body["metadata"])
            return with_defaults(prune(body, self.schema) | {"metadata": metadata})
        if self.kind in kinds.GUARD_KINDS:
            # whoever ships them leaves no default out, but for one
            added = {"conversion": {"strategy": "None"}} if self.kind == kinds.CRD else {}
            metadata = canonical(body["metadata"])
            return body | {"metadata": metadata, "spec": added | body["spec"]}
        return with_defaults(canonical(body))

    @property
    def shape(self) -> Shape:
        return CustomShape(self.schema) if self.custom else BUILTIN

    def ruling(self, subresource: str, now: str) -> Ruling:
        unowned = UNOWNED if self.custom else union(UNOWNED, STRUCTS)
        ignored: Fields = {"f:status": {}} if self.has_status else {}
        if subresource == "status":
            metadata: Fields = {} if self.custom else {"f:labels": {}}
            ignored = {"f:metadata": metadata, "f:spec": {}}
        return Ruling(self.shape, ignored, now, unowned)


class Address(NamedTuple):
    """What a path points at."""

    resource: Resource
    namespace: str
    name: str
    subresource: str

    @property
    def key(self) -> tuple[str, str]:
        return self.namespace, self.name


class Catalogue:
    """The kinds that are served at the moment."""

    def __init__(self, served: Iterable[Kind], crds: Iterable[dict] = ()):
        self._schemas = {crd["spec"]["names"]["kind"]: crd["spec"]["versions"][0] for crd in crds}
        self._served = {kind: self._resource(kind) for kind in served}

    def _resource(self, kind: Kind) -> Resource:
        custom = "." in kind.group and not kind.group.endswith(".k8s.io")
        version = self._schemas.get(kind.kind, {})
        return Resource(
            kind,
            custom=custom,
            has_status="status" in version.get("subresources", {})
            if version
            else kind.kind not in _WITHOUT_STATUS,
            has_generation=custom or kind.kind not in _WITHOUT_GENERATION,
            schema=version.get("schema", {}).get("openAPIV3Schema", {}),
        )

    def __iter__(self):
        return iter(self._served.values())

    def serve(self, kind: Kind) -> None:
        self._served[kind] = self._resource(kind)

    def withdraw(self, kind: Kind) -> None:
        """Stop serving a kind, as the deletion of its CRD does."""
        del self._served[kind]

    def of(self, kind: Kind) -> Resource:
        if kind not in self._served:
            raise Refusal(404, "NotFound", "the server could not find the requested resource")
        return self._served[kind]

    def named(self, api_version: str, kind: str) -> Resource | None:
        for resource in self._served.values():
            if resource.kind.kind == kind and resource.kind.api_version == api_version:
                return resource
        return None

    def locate(self, path: str) -> Address:
        parts = path.strip("/").split("/")
        root = 2 if parts[0] == "api" else 3
        api_version, rest = "/".join(parts[1:root]), parts[root:]
        namespace = ""
        # /namespaces/x and its subresources are the Namespace, /namespaces/x/pods is not
        if len(rest) > 2 and rest[0] == "namespaces" and rest[2] not in ("status", "finalize"):
            namespace, rest = rest[1], rest[2:]
        for resource in self._served.values():
            if resource.kind.api_version == api_version and rest[:1] == [resource.kind.plural]:
                name, subresource = (*rest[1:3], "", "")[:2]
                return Address(resource, namespace, name, subresource)
        raise Refusal(404, "NotFound", "the server could not find the requested resource")

    def discovery(self, path: str) -> dict | None:
        """Answer the requests by which clients learn what is served."""
        if path == "/api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/apis":
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": self._groups()}
        api_version = path.removeprefix("/apis/").removeprefix("/api/")
        found = [it for it in self if it.kind.api_version == api_version]
        if not found or not path.startswith("/api"):
            return None
        entries = [entry for resource in found for entry in _entries(resource)]
        return {
            "kind": "APIResourceList",
            "apiVersion": "v1",
            "groupVersion": api_version,
            "resources": entries,
        }

    def _groups(self) -> list[dict]:
        versions = sorted({it.kind.api_version for it in self if it.kind.group})
        groups = []
        for api_version in versions:
            group, _, version = api_version.partition("/")
            entry = {"groupVersion": api_version, "version": version}
            groups.append({"name": group, "versions": [entry], "preferredVersion": entry})
        return groups


def _entries(resource: Resource) -> Iterable[dict]:
    kind = resource.kind
    entry = {
        "name": kind.plural,
        "singularName": kind.kind.lower(),
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": ["create", "delete", "get", "list", "patch", "update", "watch"],
    }
    yield entry
    if resource.has_status:
        yield entry | {"name": f"{kind.plural}/status", "verbs": ["get", "patch", "update"]}
