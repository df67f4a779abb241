"""Server-side apply: what is merged, what is removed, and who owns it afterwards."""

import pytest

from tests.contract.client import APPLY, Client
from tests.contract.kinds import (
    WIDGET,
    a_config_map,
    a_deployment,
    a_pod_template,
    a_widget,
)
from tradingstack_operator.model.kinds import CONFIG_MAP, DEPLOYMENT


def with_data(data, **metadata):
    return {"metadata": {"name": "one", **metadata}, "data": data}


def managers(answer):
    return [(it["manager"], it["operation"]) for it in answer.metadata["managedFields"]]


def fields(answer, manager):
    entries = answer.metadata["managedFields"]
    return next(it["fieldsV1"] for it in entries if it["manager"] == manager)


async def test_apply_creates_what_is_missing(api):
    assert (await api.apply(CONFIG_MAP, a_config_map())).status == 201


async def test_apply_of_the_same_keeps_the_version(api):
    first = await api.apply(DEPLOYMENT, a_deployment())
    again = await api.apply(DEPLOYMENT, a_deployment())
    assert (200, first.version) == (again.status, again.version)


async def test_apply_adds_to_what_another_manager_applied(api):
    await api.apply(CONFIG_MAP, with_data({"a": "1"}), "alice")
    merged = await api.apply(CONFIG_MAP, with_data({"b": "1"}), "bob")
    assert merged.body["data"] == {"a": "1", "b": "1"}


async def test_apply_removes_what_its_manager_no_longer_applies(api):
    await api.apply(CONFIG_MAP, with_data({"a": "1", "b": "1"}))
    left = await api.apply(CONFIG_MAP, with_data({"b": "1"}))
    assert left.body["data"] == {"b": "1"}


async def test_apply_keeps_what_another_manager_also_owns(api):
    await api.apply(CONFIG_MAP, with_data({"a": "1"}), "alice")
    await api.apply(CONFIG_MAP, with_data({"a": "1"}), "bob")
    left = await api.apply(CONFIG_MAP, with_data({"b": "1"}), "alice")
    assert left.body["data"] == {"a": "1", "b": "1"}


async def test_apply_of_a_foreign_field_is_a_conflict(api):
    await api.apply(CONFIG_MAP, with_data({"a": "1"}), "alice")
    refused = await api.apply(CONFIG_MAP, with_data({"a": "2"}), "bob")
    assert (refused.status, refused.reason) == (409, "Conflict")


async def test_a_conflict_names_the_field(api):
    await api.apply(CONFIG_MAP, with_data({"a": "1"}), "alice")
    refused = await api.apply(CONFIG_MAP, with_data({"a": "2"}), "bob")
    cause = refused.body["details"]["causes"][0]
    expected = {
        "reason": "FieldManagerConflict",
        "message": 'conflict with "alice"',
        "field": ".data.a",
    }
    assert expected == cause


async def test_a_forced_apply_takes_the_field_over(api):
    await api.apply(CONFIG_MAP, with_data({"a": "1"}), "alice")
    taken = await api.apply(CONFIG_MAP, with_data({"a": "2"}), "bob", force="true")
    assert managers(taken) == [("bob", "Apply")]


async def test_a_patch_takes_the_field_from_the_applier(api):
    await api.apply(CONFIG_MAP, with_data({"a": "1", "b": "1"}))
    drifted = await api.patch(CONFIG_MAP, "one", {"data": {"a": "2"}}, fieldManager="kubectl")
    assert fields(drifted, "alice") == {"f:data": {"f:b": {}}}


async def test_a_removed_field_leaves_the_applier(api):
    await api.apply(CONFIG_MAP, with_data({"a": "1", "b": "1"}))
    drifted = await api.patch(CONFIG_MAP, "one", {"data": {"a": None}}, fieldManager="kubectl")
    assert fields(drifted, "alice") == {"f:data": {"f:b": {}}}


async def test_a_foreign_annotation_leaves_the_applier_alone(api):
    first = await api.apply(CONFIG_MAP, a_config_map())
    noted = await api.patch(CONFIG_MAP, "one", {"metadata": {"annotations": {"a": "b"}}})
    assert fields(first, "alice") == fields(noted, "alice")


async def test_fields_of_list_items_are_filed_under_their_keys(api):
    template = a_pod_template(ports=[{"containerPort": 80}], env=[{"name": "A", "value": "1"}])
    applied = await api.apply(DEPLOYMENT, a_deployment(template=template))
    pod = fields(applied, "alice")["f:spec"]["f:template"]["f:spec"]
    container = pod["f:containers"]['k:{"name":"main"}']
    expected = {
        ".": {},
        "f:name": {},
        "f:image": {},
        "f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}},
        "f:env": {'k:{"name":"A"}': {".": {}, "f:name": {}, "f:value": {}}},
    }
    assert expected == container


async def test_items_of_another_manager_survive(api):
    await api.apply(WIDGET, a_widget(parts=[{"name": "a"}]), "alice")
    theirs = {"metadata": {"name": "one"}, "spec": {"parts": [{"name": "b"}]}}
    await api.apply(WIDGET, theirs, "bob")
    applied = await api.apply(WIDGET, a_widget(parts=[{"name": "c"}]), "alice")
    assert [it["name"] for it in applied.body["spec"]["parts"]] == ["b", "c"]


async def test_atomic_lists_are_replaced(api):
    await api.apply(WIDGET, a_widget(sequence=["a", "b"]))
    applied = await api.apply(WIDGET, a_widget(sequence=["c"]))
    assert applied.body["spec"]["sequence"] == ["c"]


async def test_a_dropped_container_goes_with_its_defaults(api):
    template = a_pod_template()
    template["spec"]["containers"].append({"name": "second", "image": "two:2"})
    await api.apply(DEPLOYMENT, a_deployment(template=template))
    applied = await api.apply(DEPLOYMENT, a_deployment())
    pod = applied.body["spec"]["template"]["spec"]
    assert [it["name"] for it in pod["containers"]] == ["main"]


async def test_replicas_dropped_by_their_only_owner_are_reset(api):
    await api.apply(DEPLOYMENT, a_deployment(replicas=3))
    applied = await api.apply(DEPLOYMENT, a_deployment())
    assert applied.body["spec"]["replicas"] == 1


async def test_replicas_taken_over_by_another_manager_stay(api):
    await api.apply(DEPLOYMENT, a_deployment(replicas=3))
    await api.patch(DEPLOYMENT, "one", {"spec": {"replicas": 5}}, fieldManager="hpa")
    applied = await api.apply(DEPLOYMENT, a_deployment())
    assert applied.body["spec"]["replicas"] == 5


async def test_apply_with_a_uid_creates_nothing(api):
    refused = await api.apply(CONFIG_MAP, a_config_map(uid="of-another-life"))
    assert (refused.status, refused.reason) == (409, "Conflict")


async def test_apply_with_the_uid_of_another_object_is_invalid(api):
    await api.apply(CONFIG_MAP, a_config_map())
    refused = await api.apply(CONFIG_MAP, a_config_map(uid="of-another-life"))
    assert (refused.status, refused.reason) == (422, "Invalid")


async def test_apply_with_an_old_version_is_a_conflict(api):
    first = await api.apply(CONFIG_MAP, with_data({"a": "1"}))
    await api.apply(CONFIG_MAP, with_data({"a": "2"}))
    late = with_data({"a": "3"}, resourceVersion=first.version)
    refused = await api.apply(CONFIG_MAP, late)
    assert (refused.status, refused.reason) == (409, "Conflict")


async def test_apply_needs_a_manager(api: Client):
    path = api.path(CONFIG_MAP, "one")
    headers = {"Content-Type": APPLY}
    refused = await api.request("PATCH", path, data="{}", headers=headers)
    assert refused.status == 422


async def test_apply_refuses_managed_fields(api):
    refused = await api.apply(CONFIG_MAP, a_config_map(managedFields=[]))
    assert refused.status == 400


@pytest.mark.parametrize(
    "spec",
    [{"size": "large"}, {"undeclared": 1}, {"parts": [{"name": "a"}, {"name": "a"}]}],
    ids=["wrong type", "undeclared field", "duplicate key"],
)
async def test_a_malformed_apply_is_answered_as_the_servers_fault(api, spec):
    refused = await api.apply(WIDGET, {"metadata": {"name": "one"}, "spec": spec})
    assert refused.status == 500
    assert refused.body["message"].startswith("failed to create typed patch object")


async def test_apply_on_untracked_fields_conflicts_with_nobody_in_particular(api):
    await api.create(CONFIG_MAP, with_data({"a": "1"}))
    await api.patch(CONFIG_MAP, "one", {"metadata": {"managedFields": [{}]}})
    applied = await api.apply(CONFIG_MAP, with_data({"a": "1"}))
    assert managers(applied) == [("alice", "Apply"), ("before-first-apply", "Update")]
