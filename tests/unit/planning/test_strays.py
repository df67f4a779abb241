import orjson
import pytest

from tests.support.observed import child
from tradingstack_operator.model.objects import Writer
from tradingstack_operator.planning.strays import first_path, merge_patch, removal

METADATA = {"name": "alpha", "resourceVersion": "7"}


def writer(**fields):
    return Writer("rival", "2026-01-01T00:00:00Z", orjson.dumps(fields) if fields else b"")


def stripped(desired, live, *writers):
    """Make the patch for two objects that are told without their metadata."""
    holder = child(writers=writers)
    return removal({"metadata": METADATA} | desired, {"metadata": METADATA} | live, holder)


def content(patch):
    return {key: value for key, value in patch.items() if key != "metadata"}


def test_what_others_added_to_a_map_is_taken_out():
    patch = stripped(
        {"data": {"a": "1"}},
        {"data": {"a": "1", "b": "2"}},
        writer(**{"f:data": {"f:b": {}}}),
    )
    assert content(patch) == {"data": {"b": None}}


def test_a_patch_fails_on_any_other_version_of_the_object():
    patch = stripped({}, {"data": {"b": "2"}}, writer(**{"f:data": {".": {}, "f:b": {}}}))
    assert patch["metadata"] == {"resourceVersion": "7"}


def test_a_map_that_only_others_filled_goes_with_its_content():
    patch = stripped({}, {"data": {"b": "2"}}, writer(**{"f:data": {".": {}, "f:b": {}}}))
    assert content(patch) == {"data": None}


def test_a_map_that_holds_what_nobody_owns_stays():
    patch = stripped({}, {"spec": {"b": "2", "default": 1}}, writer(**{"f:spec": {"f:b": {}}}))
    assert content(patch) == {"spec": {"b": None}}


def test_what_nobody_owns_is_a_default_of_the_api_server():
    live = {"spec": {"type": "ClusterIP", "sessionAffinity": "None"}}
    assert stripped({"spec": {"type": "ClusterIP"}}, live) == {}


def test_a_writer_that_owns_no_content_takes_nothing_out():
    assert stripped({}, {"data": {"b": "2"}}, writer()) == {}


def test_a_field_that_others_and_the_operator_own_stays():
    same = {"data": {"a": "1"}}
    assert stripped(same, same, writer(**{"f:data": {"f:a": {}}})) == {}


def test_a_field_that_others_owned_and_that_is_gone_takes_nothing_out():
    assert stripped({}, {"data": {"a": "1"}}, writer(**{"f:data": {"f:b": {}}})) == {}


def test_the_additions_of_all_writers_are_taken_out():
    patch = stripped(
        {"data": {}},
        {"data": {"a": "1", "b": "2"}},
        writer(**{"f:data": {"f:a": {}}}),
        writer(**{"f:data": {"f:b": {}}}),
    )
    assert content(patch) == {"data": {"a": None, "b": None}}


def test_a_map_that_is_owned_as_a_whole_becomes_the_wanted_one():
    selector = {"tradingstack.io/stack": "alpha"}
    patch = stripped(
        {"spec": {"selector": selector}},
        {"spec": {"selector": selector | {"more": "1"}}},
        writer(**{"f:spec": {"f:selector": {}}}),
    )
    assert content(patch) == {"spec": {"selector": {"more": None}}}


@pytest.mark.parametrize("gone", [{}, {"tradingstack.io/stack": "alpha"}])
def test_what_is_missing_from_a_map_that_is_owned_as_a_whole_is_left_to_the_comparison(gone):
    selector = {"tradingstack.io/stack": "alpha", "app.kubernetes.io/component": "cache"}
    patch = stripped(
        {"spec": {"selector": selector}},
        {"spec": {"selector": gone}},
        writer(**{"f:spec": {"f:selector": {}}}),
    )
    assert patch == {}


def test_a_scale_that_the_spec_leaves_open_is_left_alone():
    live = {"spec": {"replicas": 7}}
    assert stripped({"spec": {}}, live, writer(**{"f:spec": {"f:replicas": {}}})) == {}


def test_a_restart_of_the_pods_is_left_alone():
    annotations = {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}
    live = {"spec": {"template": {"metadata": {"annotations": annotations}}}}
    owned = {"f:template": {"f:metadata": {"f:annotations": {"f:kubectl": {}}}}}
    assert stripped({"spec": {"template": {}}}, live, writer(**{"f:spec": owned})) == {}


APP = {"name": "app", "image": "app:1"}
MESH = {"name": "mesh", "image": "mesh:1"}


def pod(*containers):
    return {"spec": {"containers": list(containers)}}


def owning(**items):
    keys = {f'k:{{"name":"{name}"}}': fields for name, fields in items.items()}
    return writer(**{"f:spec": {"f:containers": keys}})


def test_an_item_that_others_added_to_a_keyed_list_is_taken_out():
    patch = stripped(pod(APP), pod(APP, MESH), owning(mesh={".": {}, "f:name": {}}))
    assert content(patch) == pod(APP)


def test_a_field_that_others_added_to_a_wanted_item_is_taken_out():
    patch = stripped(pod(APP), pod(APP | {"tty": True}), owning(app={"f:tty": {}}))
    assert content(patch) == pod(APP)


def test_an_item_that_others_owned_and_that_is_gone_takes_nothing_out():
    assert stripped(pod(APP), pod(APP), owning(mesh={"f:name": {}})) == {}


def test_a_list_that_is_not_wanted_at_all_goes_when_it_is_empty():
    owned = owning(mesh={".": {}, "f:name": {}})
    assert content(stripped({"spec": {}}, pod(MESH), owned)) == {"spec": {"containers": None}}


def test_an_item_of_a_list_that_is_told_by_its_value_is_left_to_the_comparison():
    live = {"spec": {"finalizers": ["a", "b"]}}
    owned = {"f:finalizers": {'v:"b"': {}}}
    assert stripped({"spec": {"finalizers": ["a"]}}, live, writer(**{"f:spec": owned})) == {}


def test_a_value_where_others_owned_a_map_is_left_to_the_comparison():
    live = {"spec": {"mode": "a"}}
    owned = {"f:mode": {"f:inner": {}}}
    assert stripped({"spec": {"mode": "a"}}, live, writer(**{"f:spec": owned})) == {}


def test_taking_out_leaves_the_live_object_as_it_was():
    live = {"metadata": METADATA, "data": {"b": "2"}}
    before = orjson.dumps(live)
    removal({"metadata": METADATA}, live, child(writers=(writer(**{"f:data": {"f:b": {}}}),)))
    assert orjson.dumps(live) == before


@pytest.mark.parametrize(
    ("live", "clean", "patch"),
    [
        ({"a": 1}, {"a": 1}, {}),
        ({"a": 1, "b": 2}, {"a": 1}, {"b": None}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}, {"a": {"c": None}}),
        ({"a": [1, 2]}, {"a": [1]}, {"a": [1]}),
        ({"a": "text"}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, {}),
    ],
)
def test_a_merge_patch_takes_out_what_is_too_much(live, clean, patch):
    assert merge_patch(live, clean) == patch


@pytest.mark.parametrize(
    ("patch", "path"),
    [
        ({"a": None, "b": None}, "a"),
        ({"a": {"b": None}}, "a.b"),
        ({"a": {}}, "a"),
        ({"data": {"metadata": None}, "metadata": {"resourceVersion": "7"}}, "data.metadata"),
    ],
)
def test_the_first_path_of_a_patch_is_named(patch, path):
    assert first_path(patch) == path


def test_the_volume_that_a_claim_is_bound_to_is_not_taken_out():
    live = {"spec": {"accessModes": ["ReadWriteOnce"], "volumeName": "pv-1"}}
    wanted = {"spec": {"accessModes": ["ReadWriteOnce"]}}
    assert stripped(wanted, live, writer(**{"f:spec": {"f:volumeName": {}}})) == {}
