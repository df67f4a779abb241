from tradingstack_operator.model.kinds import GUARD_KINDS, MANAGED_KINDS
from tradingstack_operator.model.permissions import PERMISSIONS


def test_the_permissions_are_few():
    assert sum(len(permission.verbs) for permission in PERMISSIONS) <= 65


def test_no_permission_reaches_for_secrets_roles_or_everything():
    asked = {word for one in PERMISSIONS for word in (one.group, one.resource, *one.verbs)}
    assert set() == asked & {"*", "secrets", "rbac.authorization.k8s.io", "deletecollection"}


def test_every_managed_kind_can_be_applied_watched_and_deleted():
    verbs = {(one.group, one.resource): set(one.verbs) for one in PERMISSIONS}
    assert {frozenset(verbs[kind.group, kind.plural]) for kind in MANAGED_KINDS} == {
        frozenset({"list", "watch", "create", "patch", "delete"})
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
        "platformpolicies",
    }


def test_leases_are_reached_in_the_operators_own_namespace_only():
    assert [one.resource for one in PERMISSIONS if one.own_namespace] == ["leases"]
