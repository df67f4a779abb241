import copy

import orjson
import pytest

from tests.support.observed import UID, live
from tests.support.stacks import NAMESPACE
from tradingstack_operator.api import names
from tradingstack_operator.cluster.intake import child_of, without_managed_fields
from tradingstack_operator.model.kinds import CONFIG_MAP, DEPLOYMENT
from tradingstack_operator.model.objects import ObjectRef, Writer

LABELS = {names.LABEL_COMPONENT: "config"}
ANNOTATIONS = {names.ANNOTATION_DESIRED_HASH: "abc"}


def child(kind=CONFIG_MAP, **overrides):
    return child_of(live(kind.kind, "alpha", **overrides), kind)


def body(child):
    return orjson.loads(child.body)


def test_a_child_is_found_by_its_kind_name_and_namespace():
    found = child()
    assert (found.ref, found.namespace) == (ObjectRef("ConfigMap", "alpha"), NAMESPACE)


def test_a_child_has_the_version_the_server_gave_it():
    found = child(metadata={"resourceVersion": "77", "generation": 5})
    assert (found.resource_version, found.generation) == (77, 5)


def test_a_kind_without_generations_has_generation_zero():
    assert child(metadata={"generation": None}).generation == 0


def test_a_child_knows_its_component_and_what_was_applied():
    found = child(metadata={"labels": LABELS, "annotations": ANNOTATIONS})
    assert (found.component, found.desired_hash) == ("config", "abc")


def test_a_bare_object_has_neither_component_nor_hash():
    assert (child().component, child().desired_hash) == ("", "")


@pytest.mark.parametrize(
    ("owners", "uid"),
    [
        ([{"uid": UID, "controller": True}], UID),
        ([{"uid": "other"}, {"uid": UID, "controller": True}], UID),
        ([{"uid": "other"}], ""),
        ([{"uid": "other", "controller": False}], ""),
        (None, ""),
    ],
)
def test_the_owner_is_the_one_that_controls(owners, uid):
    assert child(metadata={"ownerReferences": owners}).owner_uid == uid


def test_a_deletion_timestamp_means_deleting():
    assert child(metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"}).deleting


def test_an_item_of_a_list_gets_its_kind_back():
    item = live("Deployment", "alpha")
    del item["kind"], item["apiVersion"]
    found = body(child_of(item, DEPLOYMENT))
    assert (found["apiVersion"], found["kind"]) == ("apps/v1", "Deployment")


def test_the_body_is_the_object_without_status_and_managed_fields():
    found = body(child(metadata={"managedFields": []}, status={"a": 1}, data={"b": "2"}))
    assert found == live("ConfigMap", "alpha", data={"b": "2"})


def test_the_status_is_cut_down_to_what_health_asks_of_it():
    status = {
        "readyReplicas": 2,
        "collisionCount": 1,
        "conditions": [{"type": "Progressing", "status": "True", "message": "long"}],
    }
    assert child(DEPLOYMENT, status=status).status == {
        "readyReplicas": 2,
        "conditions": [{"type": "Progressing", "status": "True"}],
    }


def test_the_status_of_a_kind_that_nobody_judges_is_dropped():
    assert child(status={"loadBalancer": {}}).status == {}


def entry(manager, time="2026-01-01T00:00:00Z", **fields):
    return {"manager": manager, "time": time, "fieldsV1": fields}


def writers(*entries):
    return child(metadata={"managedFields": list(entries)}).writers


def test_the_operator_is_no_foreign_writer():
    own = (names.FIELD_MANAGER, names.STATUS_FIELD_MANAGER)
    assert writers(*(entry(manager, **{"f:data": {}}) for manager in own)) == ()


def test_a_foreign_writer_is_kept_with_the_content_it_owns():
    assert writers(entry("kubectl", **{"f:data": {"f:a": {}}})) == (
        Writer("kubectl", "2026-01-01T00:00:00Z", b'{"f:data":{"f:a":{}}}'),
    )


def test_metadata_and_status_are_no_content():
    assert writers(entry("kubectl", **{"f:metadata": {}, "f:status": {}})) == (
        Writer("kubectl", "2026-01-01T00:00:00Z"),
    )


@pytest.mark.parametrize("subresource", ["status", "scale"])
def test_a_writer_of_a_subresource_is_no_writer_of_the_object(subresource):
    assert writers(entry("kubelet") | {"subresource": subresource}) == ()


def test_the_latest_writer_comes_first():
    found = writers(entry("old", "2026-01-01T00:00:00Z"), entry("new", "2026-01-02T00:00:00Z"))
    assert [writer.manager for writer in found] == ["new", "old"]


def test_who_owns_content_comes_before_who_wrote_later():
    content = {"f:data": {"f:a": {}}}
    found = writers(
        entry("labeller", "2026-01-02T00:00:00Z"),
        entry("editor", "2026-01-01T00:00:00Z", **content),
    )
    assert [writer.manager for writer in found] == ["editor", "labeller"]


def test_an_entry_without_time_and_fields_is_a_writer_all_the_same():
    assert writers({"manager": "ancient"}) == (Writer("ancient", ""),)


def test_cutting_leaves_the_object_as_it_was():
    manifest = live(metadata={"managedFields": [entry("kubectl")]}, status={"a": 1})
    before = copy.deepcopy(manifest)
    child_of(manifest, CONFIG_MAP)
    assert manifest == before


def test_managed_fields_are_cut_and_nothing_else():
    manifest = live(metadata={"managedFields": [entry("kubectl")]}, status={"a": 1})
    assert without_managed_fields(manifest) == live(status={"a": 1})
