"""Which Prometheus and Alertmanager objects of the cluster would take up what a stack brings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from tradingstack_operator.model.objects import Manifest

NAMESPACE_NAME: Final = "kubernetes.io/metadata.name"


@dataclass(frozen=True, slots=True)
class Selection:
    """One pair of selectors of one Prometheus or Alertmanager."""

    namespace: str
    """Its own; all it looks into when it has no selector of namespaces."""
    objects: Mapping[str, Any] | None
    """A label selector; None selects nothing, and an empty one everything."""
    namespaces: Mapping[str, Any] | None

    def takes(
        self, namespace: str, namespace_labels: Mapping[str, str], labels: Mapping[str, str]
    ) -> bool:
        """Tell whether an object with these labels, in this namespace, is taken up."""
        if self.objects is None or not matches(self.objects, labels):
            return False
        if self.namespaces is None:
            return namespace == self.namespace
        return matches(self.namespaces, {NAMESPACE_NAME: namespace, **namespace_labels})


@dataclass(frozen=True, slots=True)
class Monitors:
    """What all of them in the cluster select, sorted by their places."""

    rules: tuple[Selection, ...] = ()
    """Of the PrometheusRules, by each Prometheus."""
    targets: tuple[Selection, ...] = ()
    """Of the ServiceMonitors, by each Prometheus."""
    routes: tuple[Selection, ...] = ()
    """Of the AlertmanagerConfigs, by each Alertmanager."""

    @classmethod
    def of(cls, prometheuses: Iterable[Manifest], alertmanagers: Iterable[Manifest]) -> Self:
        sorted_prometheuses = sorted(prometheuses, key=_place)
        return cls(
            rules=tuple(_selection(item, "rule") for item in sorted_prometheuses),
            targets=tuple(_selection(item, "serviceMonitor") for item in sorted_prometheuses),
            routes=tuple(
                _selection(item, "alertmanagerConfig") for item in sorted(alertmanagers, key=_place)
            ),
        )


def matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Evaluate a label selector as the API server does."""
    wanted = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_holds(item, labels) for item in selector.get("matchExpressions") or ())


def _holds(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values") or ()
    match expression["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case _:
            # an operator of a later version: what is unknown selects nothing
            return False


def _selection(manifest: Manifest, what: str) -> Selection:
    spec = manifest.get("spec", {})
    return Selection(
        manifest["metadata"]["namespace"],
        spec.get(f"{what}Selector"),
        spec.get(f"{what}NamespaceSelector"),
    )


def _place(manifest: Manifest) -> tuple[str, str]:
    return manifest["metadata"]["namespace"], manifest["metadata"]["name"]
