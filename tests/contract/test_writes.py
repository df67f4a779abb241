"""Creating, replacing and patching: what is refused, and with which answer."""

import pytest

from tests.contract.kinds import (
    WIDGET,
    a_config_map,
    a_deployment,
    a_lease,
    a_stateful_set,
    a_widget,
)
from tradingstack_operator.model.kinds import CONFIG_MAP, DEPLOYMENT, EVENT, LEASE, STATEFUL_SET


async def test_create_makes_an_object(api):
    assert (await api.create(CONFIG_MAP, a_config_map())).status == 201


async def test_create_refuses_a_taken_name(api):
    await api.create(CONFIG_MAP, a_config_map())
    refused = await api.create(CONFIG_MAP, a_config_map())
    assert (refused.status, refused.reason) == (409, "AlreadyExists")


async def test_create_invents_a_name(api):
    answer = await api.create(CONFIG_MAP, {"metadata": {"generateName": "some-"}})
    assert answer.metadata["name"].startswith("some-")


async def test_create_refuses_a_missing_namespace(api):
    api.namespace = "not-there"
    refused = await api.create(CONFIG_MAP, a_config_map())
    assert (refused.status, refused.reason) == (404, "NotFound")


@pytest.mark.parametrize("kind", [CONFIG_MAP, WIDGET])
async def test_create_refuses_a_bad_name(api, kind):
    refused = await api.create(kind, {"metadata": {"name": "UPPER"}})
    assert (refused.status, refused.reason) == (422, "Invalid")


async def test_create_refuses_another_kind(api):
    refused = await api.create(CONFIG_MAP, {"kind": "Service", "metadata": {"name": "one"}})
    assert refused.status == 400


async def test_put_replaces_the_whole_object(api):
    await api.create(CONFIG_MAP, a_config_map())
    answer = await api.put(CONFIG_MAP, {"metadata": {"name": "one"}, "data": {"shape": "round"}})
    assert answer.body["data"] == {"shape": "round"}


async def test_put_of_an_old_version_is_a_conflict(api):
    first = await api.create(CONFIG_MAP, a_config_map())
    await api.patch(CONFIG_MAP, "one", {"data": {"a": "1"}})
    refused = await api.put(CONFIG_MAP, first.body)
    assert (refused.status, refused.reason) == (409, "Conflict")


async def test_put_for_another_uid_is_a_conflict(api):
    await api.create(CONFIG_MAP, a_config_map())
    refused = await api.put(CONFIG_MAP, a_config_map(uid="of-another-life"))
    assert (refused.status, refused.reason) == (409, "Conflict")


async def test_put_of_a_missing_object_is_not_found(api):
    assert (await api.put(CONFIG_MAP, a_config_map())).status == 404


async def test_put_of_a_custom_resource_needs_a_version(api):
    await api.create(WIDGET, a_widget())
    refused = await api.put(WIDGET, a_widget(size=2))
    assert (refused.status, refused.reason) == (422, "Invalid")


async def test_put_of_the_same_keeps_the_version(api):
    first = await api.create(DEPLOYMENT, a_deployment())
    again = await api.put(DEPLOYMENT, first.body)
    assert first.version == again.version


async def test_a_lease_held_by_an_old_version_is_a_conflict(api):
    first = (await api.create(LEASE, a_lease())).body
    await api.put(LEASE, first | {"spec": {"holderIdentity": "b"}})
    refused = await api.put(LEASE, first | {"spec": {"holderIdentity": "c"}})
    assert (refused.status, refused.reason) == (409, "Conflict")


async def test_a_lease_without_a_version_is_not_updated(api):
    await api.create(LEASE, a_lease())
    assert (await api.put(LEASE, a_lease(holder="b"))).status == 422


async def test_a_lease_that_was_deleted_meanwhile_is_a_conflict(api):
    first = await api.create(LEASE, a_lease())
    await api.delete(LEASE, "one")
    assert (await api.put(LEASE, first.body)).status == 409


async def test_merge_patch_removes_what_is_null(api):
    await api.create(CONFIG_MAP, a_config_map())
    answer = await api.patch(CONFIG_MAP, "one", {"data": {"colour": None, "shape": "round"}})
    assert answer.body["data"] == {"shape": "round"}


async def test_merge_patch_of_nothing_keeps_the_version(api):
    first = await api.create(CONFIG_MAP, a_config_map())
    answer = await api.patch(CONFIG_MAP, "one", {"data": {"colour": "red"}})
    assert first.version == answer.version


async def test_json_patch_with_a_failed_test_is_invalid(api):
    await api.create(CONFIG_MAP, a_config_map())
    steps = [
        {"op": "test", "path": "/data/colour", "value": "blue"},
        {"op": "remove", "path": "/data/colour"},
    ]
    assert (await api.patch(CONFIG_MAP, "one", steps)).status == 422


async def test_json_patch_removes_a_finalizer(api):
    await api.create(CONFIG_MAP, a_config_map(finalizers=["contract.io/a", "contract.io/b"]))
    steps = [{"op": "remove", "path": "/metadata/finalizers/0"}]
    answer = await api.patch(CONFIG_MAP, "one", steps)
    assert answer.metadata["finalizers"] == ["contract.io/b"]


async def test_a_patch_of_an_old_version_is_a_conflict(api):
    await api.create(CONFIG_MAP, a_config_map())
    refused = await api.patch(CONFIG_MAP, "one", {"metadata": {"resourceVersion": "1"}})
    assert (refused.status, refused.reason) == (409, "Conflict")


async def test_an_unknown_patch_format_is_refused(api):
    headers = {"Content-Type": "text/plain"}
    path = api.path(CONFIG_MAP, "one")
    assert (await api.request("PATCH", path, data="{}", headers=headers)).status == 415


async def test_a_deployments_selector_is_immutable(api):
    first = (await api.create(DEPLOYMENT, a_deployment())).body
    labels = {"app": "two"}
    first["spec"]["selector"] = {"matchLabels": labels}
    first["spec"]["template"]["metadata"]["labels"] = labels
    assert (await api.put(DEPLOYMENT, first)).status == 422


async def test_a_stateful_sets_service_is_immutable(api):
    await api.create(STATEFUL_SET, a_stateful_set())
    patch = {"spec": {"serviceName": "two"}}
    assert (await api.patch(STATEFUL_SET, "one", patch)).status == 422


async def test_a_stateful_sets_replicas_are_not(api):
    await api.create(STATEFUL_SET, a_stateful_set())
    assert (await api.patch(STATEFUL_SET, "one", {"spec": {"replicas": 3}})).status == 200


async def test_a_custom_resource_of_a_wrong_type_is_invalid(api):
    refused = await api.create(WIDGET, a_widget(size="large"))
    assert (refused.status, refused.reason) == (422, "Invalid")


async def test_undeclared_fields_of_a_custom_resource_are_dropped(api):
    answer = await api.create(WIDGET, a_widget(undeclared=1))
    assert answer.body["spec"] == {"size": 1}


async def test_events_are_created(api):
    event = {
        "metadata": {"generateName": "one-"},
        "eventTime": "2026-01-01T00:00:00.000000Z",
        "action": "Reconcile",
        "reason": "Ready",
        "type": "Normal",
        "note": "all is well",
        "reportingController": "tradingstack.io/operator",
        "reportingInstance": "operator-0",
        "regarding": {"kind": "ConfigMap", "namespace": api.namespace, "name": "one"},
    }
    assert (await api.create(EVENT, event)).status == 201
