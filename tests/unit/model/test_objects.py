import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingstack_operator.model.objects import (
    ObjectRef,
    StackKey,
    component_of,
    desired_hash,
    hash_of,
    ref_of,
    render,
)

MANIFEST = {
    "kind": "ConfigMap",
    "metadata": {
        "name": "alpha-system",
        "namespace": "trading",
        "labels": {"app.kubernetes.io/component": "config"},
        "annotations": {"note": "kept"},
    },
    "data": {"a": "1", "b": "2"},
}
BARE = {"kind": "ConfigMap", "metadata": {"name": "alpha-system", "namespace": "trading"}}


def test_a_stack_is_written_as_namespace_and_name():
    assert str(StackKey("trading", "alpha")) == "trading/alpha"


def test_an_object_is_written_as_kind_and_name():
    assert str(ObjectRef("ConfigMap", "alpha-system")) == "ConfigMap/alpha-system"


def test_a_manifest_is_referred_to_by_kind_and_name():
    assert ref_of(MANIFEST) == ObjectRef("ConfigMap", "alpha-system")


def test_the_order_of_keys_does_not_change_the_hash():
    turned = dict(reversed(MANIFEST.items())) | {"data": {"b": "2", "a": "1"}}
    assert desired_hash(turned) == desired_hash(MANIFEST)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), st.text()))
def test_other_data_has_another_hash(data):
    same = data == MANIFEST["data"]
    assert same == (desired_hash(MANIFEST | {"data": data}) == desired_hash(MANIFEST))


def test_the_hash_is_sixteen_hex_digits():
    assert int(desired_hash(MANIFEST), 16) < 16**16 == 16 ** len(desired_hash(MANIFEST))


def test_the_annotation_of_a_rendered_manifest_is_its_hash():
    rendered = render(MANIFEST)
    assert hash_of(orjson.loads(rendered.body)) == rendered.hash == desired_hash(MANIFEST)


def test_rendering_keeps_other_annotations():
    annotations = orjson.loads(render(MANIFEST).body)["metadata"]["annotations"]
    assert annotations["note"] == "kept"


def test_rendering_leaves_the_manifest_as_it_was():
    before = orjson.dumps(MANIFEST)
    render(MANIFEST)
    assert orjson.dumps(MANIFEST) == before


def test_a_rendered_manifest_knows_where_it_belongs():
    rendered = render(MANIFEST)
    assert (rendered.ref, rendered.namespace, rendered.component) == (
        ref_of(MANIFEST),
        "trading",
        "config",
    )


@pytest.mark.parametrize("read", [hash_of, component_of])
def test_an_object_without_annotations_and_labels_has_neither_hash_nor_component(read):
    assert read(BARE) == ""
