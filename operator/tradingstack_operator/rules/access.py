"""Who connects to pods, who writes foreign network policies, and what Roles grant."""

from collections.abc import Iterator
from typing import Final

from tradingstack_operator.rules import cel, roles
from tradingstack_operator.rules.policies import Match, Policy
from tradingstack_operator.rules.request import BREAK_GLASS, GUARD, Request
from tradingstack_operator.rules.rule import Broken, Validation, rule

_ANY: Final = ("*",)
_CONNECTIONS: Final = (
    "pods/exec",
    "pods/attach",
    "pods/portforward",
    "pods/proxy",
    "services/proxy",
)
_NETWORK_POLICIES: Final = (
    Match("cilium.io", ("ciliumnetworkpolicies",), versions=_ANY),
    *(
        Match(group, ("networkpolicies", "stagednetworkpolicies"), versions=_ANY)
        for group in ("crd.projectcalico.org", "projectcalico.org")
    ),
    Match("crd.antrea.io", ("networkpolicies",), versions=_ANY),
)
_CLUSTER_POLICIES: Final = (
    Match("cilium.io", ("ciliumclusterwidenetworkpolicies",), versions=_ANY),
    *(
        Match(group, ("globalnetworkpolicies", "stagedglobalnetworkpolicies"), versions=_ANY)
        for group in ("crd.projectcalico.org", "projectcalico.org")
    ),
    Match("crd.antrea.io", ("clusternetworkpolicies",), versions=_ANY),
    Match(
        "policy.networking.k8s.io",
        ("adminnetworkpolicies", "baselineadminnetworkpolicies", "clusternetworkpolicies"),
        versions=_ANY,
    ),
)

ACCESS: Final = Policy(
    "access",
    "Who connects to pods, which network policies there are, and what Roles grant.",
    (
        Match("", _CONNECTIONS, ("CONNECT",)),
        *_NETWORK_POLICIES,
        Match("rbac.authorization.k8s.io", ("roles", "rolebindings")),
    ),
    variables=roles.ROLE_VARIABLES | roles.BINDING_VARIABLES,
)
CLUSTER_NETWORK: Final = Policy(
    "cluster-network",
    "Who writes network policies for the whole cluster.",
    _CLUSTER_POLICIES,
    in_stack_namespaces=False,
)
POLICIES: Final = (ACCESS, CLUSTER_NETWORK)

_FOREIGN_GROUPS: Final = tuple(dict.fromkeys(match.group for match in _NETWORK_POLICIES))


@rule(
    "INV-40",
    "the network of a stack namespace is opened by NetworkPolicies of Kubernetes only",
    Validation(
        "access",
        f"!(request.resource.group in {cel.texts(_FOREIGN_GROUPS)})"
        " || oldObject != null && dyn(object).?spec == dyn(oldObject).?spec"
        " && dyn(object).?specs == dyn(oldObject).?specs",
        "kind",
        "write it as a NetworkPolicy of networking.k8s.io",
        "Forbidden",
    ),
)
def no_other_policies_open_the_network(request: Request) -> Iterator[Broken]:
    """Keep a policy that nobody checks from letting through what the checked ones shut."""
    foreign = any(match.covers(request) for match in _NETWORK_POLICIES)
    if foreign and (request.changes("spec") or request.changes("specs")):
        yield Broken("kind")


@rule(
    "INV-40",
    "network policies of the whole cluster are the platform team's",
    Validation(
        "cluster-network",
        f"{GUARD.cel} || oldObject != null && dyn(object).?spec == dyn(oldObject).?spec"
        " && dyn(object).?specs == dyn(oldObject).?specs",
        "kind",
        "ask the platform team",
        "Forbidden",
    ),
)
def cluster_policies_are_the_platforms(request: Request) -> Iterator[Broken]:
    """Keep anybody from opening every stack of the cluster at once."""
    wide = any(match.covers(request) for match in _CLUSTER_POLICIES)
    changed = request.changes("spec") or request.changes("specs")
    if wide and changed and GUARD not in request.rights:
        yield Broken("kind")


@rule(
    "INV-41",
    "only the break-glass role looks into running pods",
    Validation(
        "access",
        f"request.operation != 'CONNECT' || {BREAK_GLASS.cel}",
        "pods",
        "use logs and metrics, or ask somebody with the break-glass role",
        "Forbidden",
    ),
)
def pods_are_left_alone(request: Request) -> Iterator[Broken]:
    """Keep credentials, positions and orders from being read or changed behind every record."""
    if request.operation == "CONNECT" and BREAK_GLASS not in request.rights:
        yield Broken("pods")


RULES: Final = (
    no_other_policies_open_the_network,
    cluster_policies_are_the_platforms,
    pods_are_left_alone,
    *roles.RULES,
)
