"""What a NetworkPolicy of a stack namespace may open.

Policies add up: one that opens too much undoes the default deny of the whole namespace.
"""

from collections.abc import Iterator
from typing import Any, Final

from tradingstack_operator.api import names
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.rules import children
from tradingstack_operator.rules.addresses import Range, parse_range
from tradingstack_operator.rules.policies import Match, Policy
from tradingstack_operator.rules.request import Request
from tradingstack_operator.rules.rule import Broken, Validation, rule
from tradingstack_operator.rules.ways import WAYS, ways

_JUDGED: Final = (
    "variables.outsider && (request.operation == 'CREATE' || object.spec != oldObject.spec)"
)
NETWORK: Final = Policy(
    "network",
    "What a NetworkPolicy may open, and who writes those of a stack.",
    (Match("networking.k8s.io", ("networkpolicies",)),),
    reads_platform_policy=True,
    variables={
        **children.VARIABLES,
        "environment": (
            f"namespaceObject.metadata.?labels[?'{names.LABEL_ENVIRONMENT}'].orValue('')"
        ),
        "egress": f"{_JUDGED} ? object.spec.?egress.orValue([]) : []",
        "ingress": f"{_JUDGED} ? object.spec.?ingress.orValue([]) : []",
        "ways": WAYS,
    },
)
POLICIES: Final = (NETWORK,)

_EGRESS: Final = "spec.egress"
_IN_RANGE: Final = "cidr(range).containsCIDR(peer.ipBlock.cidr)"


@rule(
    "INV-18",
    "an egress rule says where to and on which ports",
    Validation(
        "network",
        "variables.egress.all(way, way.?to.orValue([]).size() > 0"
        " && way.?ports.orValue([]).size() > 0)",
        _EGRESS,
        "add to and ports: without them the rule opens everything",
    ),
)
def egress_is_explicit(request: Request) -> Iterator[Broken]:
    """Keep a rule from opening every address, or DNS tunnels, by what it leaves out."""
    for number, way in enumerate(_opened(request, "egress")):
        if not way.get("to") or not way.get("ports"):
            yield Broken(f"{_EGRESS}[{number}]")


@rule(
    "INV-18",
    "egress leaves the cluster to approved ranges only",
    Validation(
        "network",
        "variables.egress.all(way, way.?to.orValue([]).all(peer, !has(peer.ipBlock)"
        " || isCIDR(peer.ipBlock.cidr)"
        " && string(cidr(peer.ipBlock.cidr).masked()) == peer.ipBlock.cidr"
        " && peer.ipBlock.?except.orValue([]).size() == 0"
        f" && params.spec.approvedCIDRs.exists(range, {_IN_RANGE})))",
        f"{_EGRESS}.to.ipBlock",
        "choose a range of PlatformPolicy's approvedCIDRs in canonical form, without except",
    ),
)
def egress_goes_to_approved_ranges(request: Request) -> Iterator[Broken]:
    """Keep data and orders from going where the platform team approved nobody.

    What an exception leaves of a range is hard to read, and may be nothing.
    """
    approved = request.allowed.approved_cidrs if _is_judged(request) else ()
    for field, _, block in _blocks(request):
        target = parse_range(block.get("cidr", ""))
        if target is None or block.get("except") or not _is_inside(target, approved):
            yield Broken(field)


@rule(
    "INV-18",
    "egress uses an approved range as PlatformPolicy gives it to this environment",
    Validation(
        "network",
        "variables.egress.all(way, way.?to.orValue([]).all(peer, !has(peer.ipBlock)"
        " || variables.ways.exists(open,"
        f" open.cidrs.exists(range, {_IN_RANGE})"
        " && way.?ports.orValue([]).all(port, port.?protocol.orValue('TCP') == 'TCP'"
        " && !has(port.endPort) && has(port.port) && type(dyn(port.port)) == int"
        " && dyn(port.port) in open.ports))))",
        f"{_EGRESS}.ports",
        "use the TCP ports of the proxy, the API server, an object store, or a service or partner"
        " that this environment reaches directly",
    ),
)
def egress_uses_the_ports_of_its_range(request: Request) -> Iterator[Broken]:
    """Keep a test bench from the order entry of production, and a way for data from DNS or SSH."""
    opened = ways(request) if _is_judged(request) else []
    for field, ports, block in _blocks(request):
        target = parse_range(block.get("cidr", ""))
        if target and not any(
            _is_inside(target, way.cidrs) and all(_is_one_of(port, way.ports) for port in ports)
            for way in opened
        ):
            yield Broken(field.replace(".ipBlock", ""))


_DNS: Final = (
    "peer.namespaceSelector.?matchLabels[?'kubernetes.io/metadata.name'].orValue('')"
    " == 'kube-system'"
    " && peer.podSelector.?matchLabels[?'k8s-app'].orValue('') == 'kube-dns'"
    " && way.?ports.orValue([]).all(port, has(port.port) && dyn(port.port) == dyn(53)"
    " && !has(port.endPort))"
)


@rule(
    "INV-18",
    "egress within the cluster goes to pods of the namespace, or to the cluster's DNS",
    Validation(
        "network",
        "variables.egress.all(way, way.?to.orValue([]).all(peer, has(peer.ipBlock)"
        f" || has(peer.podSelector) && (!has(peer.namespaceSelector) || {_DNS})))",
        f"{_EGRESS}.to",
        "give a podSelector alone, or that of kube-dns in kube-system with port 53",
    ),
)
def egress_stays_in_the_namespace(request: Request) -> Iterator[Broken]:
    """Keep a pod elsewhere in the cluster from passing on what must not leave."""
    for number, way in enumerate(_opened(request, "egress")):
        for place, peer in enumerate(way.get("to") or []):
            if "ipBlock" in peer:
                continue
            foreign = "namespaceSelector" in peer and not _is_dns(peer, way.get("ports") or [])
            if "podSelector" not in peer or foreign:
                yield Broken(f"{_EGRESS}[{number}].to[{place}]")


@rule(
    "INV-18b",
    "an ingress rule names the pods it lets in",
    Validation(
        "network",
        "variables.ingress.all(way, way.?from.orValue([]).size() > 0 && way.from.all(peer,"
        " has(peer.podSelector) && !has(peer.ipBlock) && (!has(peer.namespaceSelector)"
        " || peer.namespaceSelector.?matchLabels[?'kubernetes.io/metadata.name'].orValue('')"
        " != '')))",
        "spec.ingress.from",
        "give a podSelector, with the label kubernetes.io/metadata.name for another namespace",
    ),
)
def ingress_names_its_pods(request: Request) -> Iterator[Broken]:
    """Keep the whole cluster, or the whole world, from the database and the risk API."""
    for number, way in enumerate(_opened(request, "ingress")):
        if not way.get("from"):
            yield Broken(f"spec.ingress[{number}]")
        for place, peer in enumerate(way.get("from") or []):
            foreign = "namespaceSelector" in peer and not _namespace(peer)
            if "podSelector" not in peer or "ipBlock" in peer or foreign:
                yield Broken(f"spec.ingress[{number}].from[{place}]")


def _is_the_stacks(manifest: str) -> str:
    return (
        f"{manifest}.metadata.?labels.orValue({{}}).exists(key, key == '{names.LABEL_STACK}')"
        f" || {children.is_managed_cel(manifest)}"
    )


@rule(
    "INV-19",
    "the network policies of a stack are written by the operator only",
    Validation(
        "network",
        f"!variables.outsider || !({_is_the_stacks('object')}"
        f" || oldObject != null && ({_is_the_stacks('oldObject')}))"
        " || oldObject != null && object.spec == oldObject.spec"
        " && object.metadata.?labels == oldObject.metadata.?labels"
        " && object.metadata.?ownerReferences == oldObject.metadata.?ownerReferences",
        "spec",
        "change the TradingStack, or write a policy of your own without the labels of the stack",
        "Forbidden",
    ),
)
def policies_of_the_stack_are_the_operators(request: Request) -> Iterator[Broken]:
    """Keep the default deny shut: a changed selector, label or owner opens it all the same."""
    if not children.is_outsider(request):
        return
    if not _belongs_to_stack(request.new) and not _belongs_to_stack(request.before):
        return
    for path in (("spec",), ("metadata", "labels"), ("metadata", "ownerReferences")):
        if request.changes(*path):
            yield Broken(".".join(path))


def _is_judged(request: Request) -> bool:
    return children.is_outsider(request) and request.changes("spec")


def _opened(request: Request, direction: str) -> list[dict[str, Any]]:
    """List the rules of one direction, where they are somebody's new ones."""
    return request.new["spec"].get(direction) or [] if _is_judged(request) else []


def _blocks(request: Request) -> Iterator[tuple[str, list[dict[str, Any]], dict[str, Any]]]:
    """List the address blocks of the egress rules, each with its field and the rule's ports."""
    for number, way in enumerate(_opened(request, "egress")):
        for place, peer in enumerate(way.get("to") or []):
            if "ipBlock" in peer:
                field = f"{_EGRESS}[{number}].to[{place}].ipBlock"
                yield field, way.get("ports") or [], peer["ipBlock"]


def _is_inside(target: Range, ranges: tuple[str, ...]) -> bool:
    return any(
        target.version == one.version and target.subnet_of(one)  # type: ignore[arg-type]  # same
        for one in map(parse_range, ranges)
        if one
    )


def _is_one_of(port: dict[str, Any], numbers: tuple[int, ...]) -> bool:
    return (
        port.get("protocol", "TCP") == "TCP"
        and "endPort" not in port
        and isinstance(port.get("port"), int)
        and port["port"] in numbers
    )


def _is_dns(peer: dict[str, Any], ports: list[dict[str, Any]]) -> bool:
    pods = peer.get("podSelector", {}).get("matchLabels") or {}
    return (
        _namespace(peer) == "kube-system"
        and pods.get("k8s-app") == "kube-dns"
        and all(port.get("port") == 53 and "endPort" not in port for port in ports)
    )


def _namespace(peer: dict[str, Any]) -> str:
    labels: dict[str, str] = peer["namespaceSelector"].get("matchLabels") or {}
    return labels.get("kubernetes.io/metadata.name", "")


def _belongs_to_stack(manifest: Manifest) -> bool:
    return names.LABEL_STACK in children.labels_of(manifest) or children.is_managed(manifest)


RULES: Final = (
    egress_is_explicit,
    egress_goes_to_approved_ranges,
    egress_uses_the_ports_of_its_range,
    egress_stays_in_the_namespace,
    ingress_names_its_pods,
    policies_of_the_stack_are_the_operators,
)
