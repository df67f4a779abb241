"""Who halts and releases a stack, what an operation may be, and what may be deleted.

None of these rules takes a parameter: a missing PlatformPolicy must never keep anybody from
halting a stack or from deleting one.
"""

from collections.abc import Iterator
from typing import Final

from tradingstack_operator.api.names import ANNOTATION_CONFIRM_DELETE, LABEL_STACK
from tradingstack_operator.rules import cel
from tradingstack_operator.rules.children import is_managed, is_managed_cel
from tradingstack_operator.rules.policies import Match, Policy, ours
from tradingstack_operator.rules.request import OPERATE, RELEASE, Request
from tradingstack_operator.rules.rule import Broken, Crd, Validation, rule

COLLECTORS: Final = (
    "system:serviceaccount:kube-system:namespace-controller",
    "system:serviceaccount:kube-system:generic-garbage-collector",
    "system:kube-controller-manager",
)
"""Who deletes what belongs to something that is already being deleted."""

OPERATIONS: Final = Policy(
    "operations",
    "Who a halt says has asked for it, and which stack halts and operations are about.",
    (ours("tradinghalts", "stackoperations"),),
    in_stack_namespaces=False,
    variables={"halt": "request.resource.resource == 'tradinghalts'"},
)
DELETES: Final = Policy(
    "deletes",
    "What may be deleted, and by whom.",
    (
        ours("tradingstacks", "tradinghalts", "stackoperations", operations=("DELETE",)),
        Match("networking.k8s.io", ("networkpolicies",), ("DELETE",)),
        Match("postgresql.cnpg.io", ("clusters",), ("DELETE",), versions=("*",)),
    ),
    in_stack_namespaces=False,
    variables={
        "resource": "request.resource.resource",
        "old": "dyn(oldObject)",
        "operator": OPERATE.cel,
    },
    condition=f"!(request.userInfo.username in {cel.texts(COLLECTORS)})",
    applies=lambda request: request.user not in COLLECTORS,
)
POLICIES: Final = (OPERATIONS, DELETES)


@rule(
    "INV-26",
    "a halt names who asked for it",
    Validation(
        "operations",
        "!variables.halt || request.operation != 'CREATE'"
        " || dyn(object).spec.requestedBy == request.userInfo.username",
        "spec.requestedBy",
        "set it to your own user name, as kubectl auth whoami shows it",
        "Forbidden",
    ),
)
def halt_is_asked_for_in_ones_own_name(request: Request) -> Iterator[Broken]:
    """Keep anybody from releasing a halt by having created it under another name."""
    halts = request.resource == "tradinghalts" and request.operation == "CREATE"
    if halts and request.new["spec"]["requestedBy"] != request.user:
        yield Broken("spec.requestedBy")


@rule(
    "INV-03c",
    "a halt or an operation is about the stack of its namespace",
    Validation(
        "operations",
        "request.operation != 'CREATE'"
        f" || namespaceObject.metadata.?labels[?'{LABEL_STACK}'].orValue('')"
        " == dyn(object).spec.stack",
        "spec.stack",
        f"use the name that the namespace's label {LABEL_STACK} holds",
    ),
)
def stack_is_that_of_the_namespace(request: Request) -> Iterator[Broken]:
    """Make sure that a halt does halt something."""
    if request.operation == "CREATE" and request.new["spec"]["stack"] != request.stack:
        yield Broken("spec.stack")


@rule(
    "INV-28",
    "the spec of a halt or an operation never changes",
    *(
        Crd(kind, "spec", "self == oldSelf", "delete it and create another one")
        for kind in ("TradingHalt", "StackOperation")
    ),
)
def spec_is_fixed(request: Request) -> Iterator[Broken]:
    """Keep the record of who stopped what, and of what was done, as it was."""
    if request.operation == "UPDATE" and request.changes("spec"):
        yield Broken("spec")


@rule(
    "INV-29",
    "a restore is confirmed by the name of its stack",
    Crd(
        "StackOperation",
        "spec",
        "self.type != 'Restore' || has(self.restore) && self.restore.confirm == self.stack",
        "give restore.confirm the name of the stack",
        "restore",
    ),
)
def restore_is_confirmed(request: Request) -> Iterator[Broken]:
    """Keep a slip of the hand from putting old positions over new ones."""
    spec = request.new["spec"]
    confirmed = spec.get("restore", {}).get("confirm") == spec["stack"]
    if spec["type"] == "Restore" and not confirmed:
        yield Broken("spec.restore")


@rule(
    "INV-29b",
    "only a Restore says what to restore",
    Crd(
        "StackOperation",
        "spec",
        "self.type == 'Restore' || !has(self.restore)",
        "remove restore, or set type to Restore",
        "restore",
    ),
    severity="warning",
)
def nothing_else_restores(request: Request) -> Iterator[Broken]:
    """Leave no doubt about what an operation does."""
    spec = request.new["spec"]
    if spec["type"] != "Restore" and "restore" in spec:
        yield Broken("spec.restore")


@rule(
    "INV-29b",
    "only a Drill says what to exercise",
    Crd(
        "StackOperation",
        "spec",
        "self.type == 'Drill' || !has(self.drill)",
        "remove drill, or set type to Drill",
        "drill",
    ),
    severity="warning",
)
def nothing_else_drills(request: Request) -> Iterator[Broken]:
    """Leave no doubt about what an operation does."""
    spec = request.new["spec"]
    if spec["type"] != "Drill" and "drill" in spec:
        yield Broken("spec.drill")


@rule(
    "INV-25",
    "the deletion of a production stack is confirmed",
    Validation(
        "deletes",
        "variables.resource != 'tradingstacks'"
        " || variables.old.spec.environment != 'production'"
        f" || variables.old.metadata.?annotations[?'{ANNOTATION_CONFIRM_DELETE}'].orValue('')"
        " == variables.old.metadata.name",
        f"metadata.annotations[{ANNOTATION_CONFIRM_DELETE}]",
        "set it to the name of the stack, then delete it",
        "Forbidden",
    ),
)
def deletion_of_production_is_confirmed(request: Request) -> Iterator[Broken]:
    """Keep a tired engineer from deleting what trades."""
    old = request.before
    if request.resource == "tradingstacks" and old["spec"]["environment"] == "production":
        confirmed = old["metadata"].get("annotations") or {}
        if confirmed.get(ANNOTATION_CONFIRM_DELETE) != request.name:
            yield Broken(f"metadata.annotations[{ANNOTATION_CONFIRM_DELETE}]")


@rule(
    "INV-27",
    "a halt is released by another person, who may release halts",
    Validation(
        "deletes",
        "variables.resource != 'tradinghalts'"
        " || variables.old.spec.requestedBy != request.userInfo.username"
        f" && {RELEASE.cel}",
        "spec.requestedBy",
        f"ask somebody else who may {RELEASE.verb} {RELEASE.resource}/{RELEASE.subresource}",
        "Forbidden",
    ),
)
def halt_is_released_by_another(request: Request) -> Iterator[Broken]:
    """Let two people agree before trading goes on."""
    if request.resource == "tradinghalts" and (
        request.before["spec"]["requestedBy"] == request.user or RELEASE not in request.rights
    ):
        yield Broken("spec.requestedBy")


@rule(
    "INV-29c",
    "an operation stays: it is the audit trail",
    Validation(
        "deletes",
        "variables.resource != 'stackoperations' || variables.operator",
        "metadata.name",
        "leave it to the operator, which prunes old ones",
        "Forbidden",
    ),
)
def operations_are_pruned_by_the_operator(request: Request) -> Iterator[Broken]:
    """Keep what was done to a stack from being forgotten."""
    if request.resource == "stackoperations" and OPERATE not in request.rights:
        yield Broken("metadata.name")


@rule(
    "INV-19",
    "the network policies of a stack are deleted by the operator only",
    Validation(
        "deletes",
        "variables.resource != 'networkpolicies'"
        f" || !('{LABEL_STACK}' in variables.old.metadata.?labels.orValue({{}}))"
        " || variables.operator",
        f"metadata.labels[{LABEL_STACK}]",
        "leave it: without it the network of the stack is open",
        "Forbidden",
    ),
)
def network_policies_stay(request: Request) -> Iterator[Broken]:
    """Keep the network of a stack closed, also while the operator is down."""
    labels = request.before["metadata"].get("labels") or {}
    guarded = request.resource == "networkpolicies" and LABEL_STACK in labels
    if guarded and OPERATE not in request.rights:
        yield Broken(f"metadata.labels[{LABEL_STACK}]")


@rule(
    "INV-25d",
    "the deletion of a database cluster is confirmed",
    Validation(
        "deletes",
        f"variables.resource != 'clusters' || !({is_managed_cel('variables.old')})"
        " || variables.operator"
        f" || variables.old.metadata.?annotations[?'{ANNOTATION_CONFIRM_DELETE}'].orValue('')"
        " == variables.old.metadata.name",
        f"metadata.annotations[{ANNOTATION_CONFIRM_DELETE}]",
        "set it to the name of the cluster, then delete it: its volumes are deleted with it",
        "Forbidden",
    ),
)
def deletion_of_a_database_cluster_is_confirmed(request: Request) -> Iterator[Broken]:
    """Keep the data from going with the object: CloudNativePG deletes a cluster's volumes too."""
    if request.resource == "clusters" and is_managed(request.before):
        confirmed = request.before["metadata"].get("annotations") or {}
        if (
            OPERATE not in request.rights
            and confirmed.get(ANNOTATION_CONFIRM_DELETE) != request.name
        ):
            yield Broken(f"metadata.annotations[{ANNOTATION_CONFIRM_DELETE}]")


RULES: Final = (
    halt_is_asked_for_in_ones_own_name,
    stack_is_that_of_the_namespace,
    spec_is_fixed,
    restore_is_confirmed,
    nothing_else_restores,
    nothing_else_drills,
    deletion_of_production_is_confirmed,
    halt_is_released_by_another,
    operations_are_pruned_by_the_operator,
    network_policies_stay,
    deletion_of_a_database_cluster_is_confirmed,
)
