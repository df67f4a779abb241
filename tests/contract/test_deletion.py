"""Deletion: preconditions, finalizers, and what stays until the last one is gone."""

from tests.contract.kinds import WIDGET, a_config_map, a_deployment, a_service
from tradingstack_operator.model.kinds import CONFIG_MAP, DEPLOYMENT, SERVICE

HELD = {"finalizers": ["contract.io/a"]}


async def test_delete_removes_the_object(api):
    await api.create(CONFIG_MAP, a_config_map())
    assert (await api.delete(CONFIG_MAP, "one")).status == 200
    assert (await api.get(CONFIG_MAP, "one")).status == 404


async def test_delete_tells_what_it_removed(api):
    uid = (await api.create(DEPLOYMENT, a_deployment())).metadata["uid"]
    answer = await api.delete(DEPLOYMENT, "one", {"propagationPolicy": "Background"})
    expected = {"name": "one", "group": "apps", "kind": "deployments", "uid": uid}
    assert ("Success", expected) == (answer.body["status"], answer.body["details"])


async def test_delete_of_a_service_gives_it_back(api):
    await api.create(SERVICE, a_service())
    assert (await api.delete(SERVICE, "one")).body["kind"] == "Service"


async def test_delete_of_a_missing_object_is_not_found(api):
    assert (await api.delete(CONFIG_MAP, "one")).status == 404


async def test_delete_of_another_uid_is_a_conflict(api):
    await api.create(CONFIG_MAP, a_config_map())
    options = {"preconditions": {"uid": "of-another-life"}}
    refused = await api.delete(CONFIG_MAP, "one", options)
    assert (refused.status, refused.reason) == (409, "Conflict")


async def test_delete_of_an_old_version_is_a_conflict(api):
    await api.create(CONFIG_MAP, a_config_map())
    options = {"preconditions": {"resourceVersion": "1"}}
    refused = await api.delete(CONFIG_MAP, "one", options)
    assert (refused.status, refused.reason) == (409, "Conflict")


async def test_delete_of_the_right_uid_passes(api):
    uid = (await api.create(CONFIG_MAP, a_config_map())).metadata["uid"]
    assert (await api.delete(CONFIG_MAP, "one", {"preconditions": {"uid": uid}})).status == 200


async def test_a_finalizer_holds_the_object(api):
    await api.create(CONFIG_MAP, a_config_map(**HELD))
    answer = await api.delete(CONFIG_MAP, "one")
    assert "deletionTimestamp" in answer.metadata
    assert (await api.get(CONFIG_MAP, "one")).status == 200


async def test_deleting_again_changes_nothing(api):
    await api.create(CONFIG_MAP, a_config_map(**HELD))
    first = await api.delete(CONFIG_MAP, "one")
    again = await api.delete(CONFIG_MAP, "one")
    assert first.version == again.version


async def test_the_last_finalizer_lets_the_object_go(api):
    await api.create(CONFIG_MAP, a_config_map(**HELD))
    await api.delete(CONFIG_MAP, "one")
    answer = await api.patch(CONFIG_MAP, "one", {"metadata": {"finalizers": None}})
    assert answer.status == 200
    assert (await api.get(CONFIG_MAP, "one")).status == 404


async def test_a_dying_object_takes_no_new_finalizer(api):
    await api.create(CONFIG_MAP, a_config_map(**HELD))
    await api.delete(CONFIG_MAP, "one")
    patch = {"metadata": {"finalizers": ["contract.io/a", "contract.io/b"]}}
    assert (await api.patch(CONFIG_MAP, "one", patch)).status == 422


async def test_a_dying_object_is_still_written(api):
    await api.create(CONFIG_MAP, a_config_map(**HELD))
    await api.delete(CONFIG_MAP, "one")
    assert (await api.patch(CONFIG_MAP, "one", {"data": {"a": "1"}})).status == 200


async def test_foreground_deletion_waits_for_the_collector(api):
    await api.create(DEPLOYMENT, a_deployment())
    answer = await api.delete(DEPLOYMENT, "one", {"propagationPolicy": "Foreground"})
    assert answer.metadata["finalizers"] == ["foregroundDeletion"]


async def test_an_owner_must_be_named_in_full(api):
    refused = await api.create(WIDGET, a_config_map(ownerReferences=[{"name": "x", "uid": "y"}]))
    assert refused.status == 422
