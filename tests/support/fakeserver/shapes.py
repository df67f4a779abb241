"""How each field merges: the part of the API's schema that server-side apply looks at."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, Protocol

SET: Final = ("",)
"""The key of a list whose items are their own keys."""


class Shape(Protocol):
    """One field's way of merging, and the way to its children's."""

    @property
    def atomic(self) -> bool:
        """Whether a map is replaced as a whole."""
        ...

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of a list whose items merge; none for a list replaced as a whole."""
        ...

    @property
    def atomic_items(self) -> bool:
        """Whether the items of a merging list are replaced as a whole."""
        ...

    def child(self, name: str) -> "Shape":
        """Descend into a field of a map, or of an item of a list."""
        ...


KEY_DEFAULTS: Final = {"protocol": "TCP"}
"""What an item is filed under when it leaves out part of its key."""

# From the schema that client-go 0.37 ships for its apply configurations.
_LIST_KEYS: Final = {
    ("metadata", "finalizers"): SET,
    ("metadata", "ownerReferences"): ("uid",),
    ("status", "conditions"): ("type",),
    ("", "secrets"): ("name",),
    ("spec", "containers"): ("name",),
    ("spec", "initContainers"): ("name",),
    ("spec", "ephemeralContainers"): ("name",),
    ("spec", "hostAliases"): ("ip",),
    ("spec", "imagePullSecrets"): ("name",),
    ("spec", "resourceClaims"): ("name",),
    ("spec", "schedulingGates"): ("name",),
    ("spec", "topologySpreadConstraints"): ("topologyKey", "whenUnsatisfiable"),
    ("spec", "volumes"): ("name",),
    ("spec", "ports"): ("port", "protocol"),
    ("containers", "ports"): ("containerPort", "protocol"),
    ("initContainers", "ports"): ("containerPort", "protocol"),
    ("containers", "env"): ("name",),
    ("initContainers", "env"): ("name",),
    ("containers", "volumeMounts"): ("mountPath",),
    ("initContainers", "volumeMounts"): ("mountPath",),
    ("containers", "volumeDevices"): ("devicePath",),
    ("initContainers", "volumeDevices"): ("devicePath",),
    ("resources", "claims"): ("name",),
    ("status", "podIPs"): ("ip",),
}
_ATOMIC_MAPS: Final = frozenset(
    {
        "configMapKeyRef",
        "dataSource",
        "fieldRef",
        "fileKeyRef",
        "labelSelector",
        "nodeSelector",
        "podSelector",
        "resourceFieldRef",
        "secretKeyRef",
        "selector",
    }
)


_ATOMIC_ITEMS: Final = frozenset({"imagePullSecrets", "ownerReferences", "secrets"})


@dataclass(frozen=True, slots=True)
class BuiltinShape:
    """A field of a kind that ships with Kubernetes, known by its name and its parent's."""

    parent: str
    name: str

    @property
    def atomic(self) -> bool:
        return self.name in _ATOMIC_MAPS

    @property
    def keys(self) -> tuple[str, ...]:
        return _LIST_KEYS.get((self.parent, self.name), ())

    @property
    def atomic_items(self) -> bool:
        return self.name in _ATOMIC_ITEMS

    def child(self, name: str) -> "BuiltinShape":
        return _builtin(self.name, name)


@cache
def _builtin(parent: str, name: str) -> BuiltinShape:
    return BuiltinShape(parent, name)


@dataclass(frozen=True, eq=False, slots=True)
class SchemaShape:
    """A field of a custom resource, described by its part of the CRD's schema."""

    schema: Mapping

    @property
    def atomic(self) -> bool:
        return self.schema.get("x-kubernetes-map-type") == "atomic"

    @property
    def keys(self) -> tuple[str, ...]:
        match self.schema.get("x-kubernetes-list-type"):
            case "map":
                return tuple(self.schema["x-kubernetes-list-map-keys"])
            case "set":
                return SET
            case _:
                return ()

    @property
    def atomic_items(self) -> bool:
        return self.schema.get("items", {}).get("x-kubernetes-map-type") == "atomic"

    def child(self, name: str) -> "Shape":
        schema = self.schema.get("items", self.schema)
        fields = schema.get("properties", {})
        rest = schema.get("additionalProperties", {})
        return SchemaShape(fields.get(name, rest if isinstance(rest, Mapping) else {}))


@dataclass(frozen=True, eq=False, slots=True)
class CustomShape:
    """A whole custom resource: the metadata of every object, then its own schema."""

    schema: Mapping
    atomic: bool = False
    keys: tuple[str, ...] = ()
    atomic_items: bool = False

    def child(self, name: str) -> Shape:
        if name == "metadata":
            return _builtin("", "metadata")
        return SchemaShape(self.schema).child(name)


BUILTIN: Final = _builtin("", "")
