"""The status subresource and generations: which write may change what, and what counts."""

import pytest

from tests.contract import kinds as made
from tests.contract.kinds import WIDGET, a_config_map, a_deployment, a_widget
from tradingstack_operator.model import kinds

CONDITION = {"type": "Ready", "status": "True"}
COUNTED = [
    (kinds.DEPLOYMENT, made.a_deployment(), {"replicas": 4}),
    (kinds.STATEFUL_SET, made.a_stateful_set(), {"replicas": 4}),
    (kinds.NETWORK_POLICY, made.a_network_policy(), {"policyTypes": ["Ingress"]}),
    (kinds.DISRUPTION_BUDGET, made.a_disruption_budget(), {"minAvailable": 2}),
    (kinds.AUTOSCALER, made.an_autoscaler(), {"maxReplicas": 4}),
    (kinds.EXTERNAL_SECRET, made.an_external_secret(), {"refreshInterval": "5h"}),
    (WIDGET, made.a_widget(), {"size": 4}),
]
UNCOUNTED = [
    (kinds.CONFIG_MAP, made.a_config_map()),
    (kinds.SERVICE, made.a_service()),
    (kinds.SERVICE_ACCOUNT, made.a_service_account()),
    (kinds.LEASE, made.a_lease()),
]


def names(cases):
    return [case[0].kind for case in cases]


def a_report(**status):
    return {"metadata": {"name": "one"}, "status": status}


@pytest.mark.parametrize(("kind", "body", "change"), COUNTED, ids=names(COUNTED))
async def test_generation_begins_at_one(api, kind, body, change):
    del change
    assert (await api.create(kind, body)).metadata["generation"] == 1


@pytest.mark.parametrize(("kind", "body", "change"), COUNTED, ids=names(COUNTED))
async def test_generation_counts_changes_of_the_spec(api, kind, body, change):
    await api.create(kind, body)
    assert (await api.patch(kind, "one", {"spec": change})).metadata["generation"] == 2


@pytest.mark.parametrize(("kind", "body", "change"), COUNTED, ids=names(COUNTED))
async def test_generation_does_not_count_labels(api, kind, body, change):
    del change
    await api.create(kind, body)
    answer = await api.patch(kind, "one", {"metadata": {"labels": {"a": "b"}}})
    assert answer.metadata["generation"] == 1


@pytest.mark.parametrize(("kind", "body"), UNCOUNTED, ids=names(UNCOUNTED))
async def test_kinds_without_generation(api, kind, body):
    assert "generation" not in (await api.create(kind, body)).metadata


async def test_generation_counts_annotations_of_deployments(api):
    await api.create(kinds.DEPLOYMENT, a_deployment())
    patch = {"metadata": {"annotations": {"a": "b"}}}
    assert (await api.patch(kinds.DEPLOYMENT, "one", patch)).metadata["generation"] == 2


async def test_generation_counts_the_start_of_a_deletion(api):
    body = a_widget()
    body["metadata"]["finalizers"] = ["contract.io/a"]
    await api.create(WIDGET, body)
    assert (await api.delete(WIDGET, "one")).metadata["generation"] == 2


async def test_create_ignores_status(api):
    answer = await api.create(WIDGET, a_widget() | {"status": {"phase": "x"}})
    assert "status" not in answer.body


async def test_writes_of_the_object_leave_status_alone(api):
    await api.create(WIDGET, a_widget())
    await api.apply(WIDGET, a_report(phase="x"), subresource="status")
    answer = await api.patch(WIDGET, "one", {"spec": {"size": 2}, "status": {"phase": "y"}})
    assert (answer.body["status"], answer.body["spec"]["size"]) == ({"phase": "x"}, 2)


async def test_writes_of_status_leave_the_object_alone(api):
    await api.create(WIDGET, a_widget())
    patch = {"spec": {"size": 2}, "metadata": {"labels": {"a": "b"}}, "status": {"phase": "y"}}
    answer = await api.patch(WIDGET, "one", patch, subresource="status")
    assert (answer.body["spec"], answer.metadata.get("labels")) == ({"size": 1}, None)


async def test_writes_of_status_are_not_counted(api):
    await api.create(WIDGET, a_widget())
    answer = await api.apply(WIDGET, a_report(phase="x"), subresource="status")
    assert answer.metadata["generation"] == 1


async def test_status_has_an_entry_of_its_own(api):
    await api.apply(WIDGET, a_widget(), "alice")
    answer = await api.apply(WIDGET, a_report(phase="x"), "alice", "status")
    entries = [(it["manager"], it.get("subresource")) for it in answer.metadata["managedFields"]]
    assert entries == [("alice", None), ("alice", "status")]


async def test_apply_of_the_same_status_keeps_the_version(api):
    await api.create(WIDGET, a_widget())
    report = a_report(conditions=[CONDITION])
    first = await api.apply(WIDGET, report, subresource="status")
    again = await api.apply(WIDGET, report, subresource="status")
    assert first.version == again.version


async def test_conditions_merge_by_type(api):
    await api.create(WIDGET, a_widget())
    await api.apply(WIDGET, a_report(conditions=[CONDITION]), "alice", "status")
    other = a_report(conditions=[{"type": "Idle", "status": "False"}])
    answer = await api.apply(WIDGET, other, "bob", "status")
    assert [it["type"] for it in answer.body["status"]["conditions"]] == ["Ready", "Idle"]


async def test_status_of_a_missing_object_is_not_found(api):
    assert (await api.apply(WIDGET, a_report(phase="x"), subresource="status")).status == 404


async def test_a_uid_does_not_guard_the_status_of_a_custom_resource(api):
    await api.create(WIDGET, a_widget())
    report = {"metadata": {"name": "one", "uid": "of-another-life"}, "status": {"phase": "x"}}
    answer = await api.apply(WIDGET, report, subresource="status")
    assert (answer.status, answer.body["status"]) == (200, {"phase": "x"})


async def test_a_version_guards_the_status_of_a_custom_resource(api):
    await api.create(WIDGET, a_widget())
    report = {"metadata": {"name": "one", "resourceVersion": "1"}, "status": {"phase": "x"}}
    refused = await api.apply(WIDGET, report, subresource="status")
    assert (refused.status, refused.reason) == (409, "Conflict")


async def test_a_uid_guards_the_status_of_a_deployment(api):
    await api.create(kinds.DEPLOYMENT, a_deployment())
    report = {"metadata": {"name": "one", "uid": "of-another-life"}, "status": {"replicas": 1}}
    assert (await api.apply(kinds.DEPLOYMENT, report, subresource="status")).status == 422


async def test_kinds_without_status_have_no_such_path(api):
    await api.create(kinds.CONFIG_MAP, a_config_map())
    assert (await api.apply(kinds.CONFIG_MAP, a_config_map(), subresource="status")).status == 404


async def test_status_of_a_deployment_is_written_apart(api):
    body = (await api.create(kinds.DEPLOYMENT, a_deployment())).body
    body |= {"status": {"replicas": 1, "observedGeneration": 1}}
    body["spec"]["replicas"] = 7
    answer = await api.put(kinds.DEPLOYMENT, body, "status")
    expected = (1, {"replicas": 1, "observedGeneration": 1})
    assert expected == (answer.body["spec"]["replicas"], answer.body["status"])
