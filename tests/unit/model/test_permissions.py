from tradingstack_operator.model.kinds import (
    EVENT,
    GUARD_KINDS,
    KEPT_KINDS,
    LEASE,
    MANAGED_KINDS,
    STACK_OPERATION,
    TRADING_STACK,
)
from tradingstack_operator.model.permissions import PERMISSIONS

READ = {"list", "watch"}
WRITTEN = {TRADING_STACK: {"patch"}, STACK_OPERATION: {"create"}, EVENT: {"create"}}
"""What is written beside the objects of a stack, with the verbs."""


def granted():
    """Map every resource of the cluster, but for subresources, to its verbs."""
    return {
        (one.group, one.resource): set(one.verbs)
        for one in PERMISSIONS
        if not one.subresource and not one.own_namespace
    }


def test_no_permission_is_added_by_accident():
    assert sum(len(permission.verbs) for permission in PERMISSIONS) == 121


def test_what_is_no_object_of_a_stack_is_read_and_hardly_written():
    managed = {(kind.group, kind.plural) for kind in MANAGED_KINDS}
    others = {path: verbs for path, verbs in granted().items() if path not in managed}
    written = {(kind.group, kind.plural): verbs for kind, verbs in WRITTEN.items()}
    assert others == {path: READ | written.get(path, set()) for path in others}


def test_of_subresources_only_the_status_of_two_kinds_is_written():
    assert {(one.path, one.verbs) for one in PERMISSIONS if one.subresource} == {
        ("tradingstacks/status", ("patch",)),
        ("stackoperations/status", ("patch",)),
    }


def test_no_permission_reaches_for_secrets_roles_or_everything():
    asked = {word for one in PERMISSIONS for word in (one.group, one.resource, *one.verbs)}
    assert set() == asked & {"*", "secrets", "rbac.authorization.k8s.io", "deletecollection"}


def test_every_managed_kind_can_be_applied_and_watched_and_deleted_unless_it_holds_data():
    assert {kind.kind: granted()[kind.group, kind.plural] for kind in MANAGED_KINDS} == {
        kind.kind: READ | {"create", "patch"} | (set() if kind.kind in KEPT_KINDS else {"delete"})
        for kind in MANAGED_KINDS
    }


def test_the_guards_can_be_read_and_not_touched():
    verbs = {(one.group, one.resource): one.verbs for one in PERMISSIONS}
    assert {verbs[kind.group, kind.plural] for kind in GUARD_KINDS} == {("list", "watch")}


def test_a_subresource_is_named_behind_its_resource():
    paths = {one.path for one in PERMISSIONS if one.group == "tradingstack.io"}
    assert paths == {
        "tradingstacks",
        "tradingstacks/status",
        "tradinghalts",
        "stackoperations",
        "stackoperations/status",
        "platformpolicies",
    }


def test_leases_are_reached_in_the_operators_own_namespace_only():
    (own,) = (one for one in PERMISSIONS if one.own_namespace)
    assert (own.path, own.verbs) == (LEASE.plural, ("get", "create", "update"))
