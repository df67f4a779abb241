"""What ConfigMaps, Services, endpoints and scales of a stack namespace may hold."""

from collections.abc import Iterator
from typing import Final

from tradingstack_operator.api.names import GROUP, LABEL_ENVIRONMENT, VERSION
from tradingstack_operator.rules import configmaps
from tradingstack_operator.rules.policies import Match, Policy
from tradingstack_operator.rules.request import Request
from tradingstack_operator.rules.rule import Broken, Validation, rule
from tradingstack_operator.rules.users import IS_CONTROL_PLANE, is_control_plane

OBJECTS: Final = Policy(
    "objects",
    "What ConfigMaps, Services and endpoints hold, and how far production scales down.",
    (
        Match("", ("configmaps", "services", "endpoints")),
        Match("discovery.k8s.io", ("endpointslices",)),
        Match("apps", ("deployments/scale", "statefulsets/scale"), ("UPDATE",)),
        Match(GROUP, ("tradingstacks/scale",), ("UPDATE",), (VERSION,)),
    ),
    variables={
        "service": (
            "request.resource.resource == 'services' && (request.operation == 'CREATE'"
            " || dyn(object).spec != dyn(oldObject).spec)"
        ),
        **configmaps.VARIABLES,
    },
)
POLICIES: Final = (OBJECTS,)

_ENDPOINTS: Final = ("endpoints", "endpointslices")


@rule(
    "INV-39",
    "a Service is reached from inside the cluster only",
    Validation(
        "objects",
        "!variables.service || dyn(object).spec.?type.orValue('ClusterIP') == 'ClusterIP'"
        " && dyn(object).spec.?externalIPs.orValue([]).size() == 0",
        "spec.type",
        "make it ClusterIP without externalIPs; whoever is outside comes through the platform's"
        " ingress",
    ),
)
def service_is_internal(request: Request) -> Iterator[Broken]:
    """Keep database, cache and bus off the nodes' addresses, and names from leading outside."""
    if not _is_changed_service(request):
        return
    if request.new["spec"].get("type", "ClusterIP") != "ClusterIP":
        yield Broken("spec.type")
    if request.new["spec"].get("externalIPs"):
        yield Broken("spec.externalIPs")


@rule(
    "INV-39",
    "a Service finds its pods by a selector",
    Validation(
        "objects",
        "!variables.service || dyn(object).spec.?selector.orValue({}).size() > 0",
        "spec.selector",
        "select the pods it is for",
    ),
)
def service_selects_pods(request: Request) -> Iterator[Broken]:
    """Keep a name that looks internal from leading to an address that somebody wrote by hand."""
    if _is_changed_service(request) and not request.new["spec"].get("selector"):
        yield Broken("spec.selector")


@rule(
    "INV-39",
    "endpoints are written by Kubernetes only",
    Validation(
        "objects",
        f"!(request.resource.resource in ['endpoints', 'endpointslices']) || {IS_CONTROL_PLANE}",
        "metadata.name",
        "give the Service a selector, and Kubernetes finds the addresses",
        "Forbidden",
    ),
)
def endpoints_are_found_not_written(request: Request) -> Iterator[Broken]:
    """Keep anybody from standing in for the database by an address of their own."""
    if request.resource in _ENDPOINTS and not is_control_plane(request.user):
        yield Broken("metadata.name")


@rule(
    "INV-45b",
    "production is not scaled to zero",
    Validation(
        "objects",
        "request.?subResource.orValue('') != 'scale' || dyn(object).spec.?replicas.orValue(0) > 0"
        f" || namespaceObject.metadata.?labels[?'{LABEL_ENVIRONMENT}'].orValue('')"
        " != 'production'",
        "spec.replicas",
        "keep at least one, and stop trading with a TradingHalt",
        "Forbidden",
    ),
)
def production_keeps_running(request: Request) -> Iterator[Broken]:
    """Stop trading by a halt that is recorded and released, not by taking the risk checks away."""
    if (
        request.subresource == "scale"
        and request.production
        and not request.new["spec"].get("replicas")
    ):
        yield Broken("spec.replicas")


def _is_changed_service(request: Request) -> bool:
    return request.resource == "services" and request.changes("spec")


RULES: Final = (
    *configmaps.RULES,
    service_is_internal,
    service_selects_pods,
    endpoints_are_found_not_written,
    production_keeps_running,
)
