"""Lists: selectors, pages, and metadata alone."""

import pytest

from tests.contract.client import PARTIAL_LIST
from tests.contract.kinds import WIDGET, a_config_map, a_widget, an_event
from tradingstack_operator.model.kinds import CONFIG_MAP, EVENT


async def some(api, *names, **metadata):
    for name in names:
        await api.create(CONFIG_MAP, a_config_map(name, **metadata))


def names(answer):
    return [it["metadata"]["name"] for it in answer.body["items"]]


async def test_a_list_is_in_the_order_of_names(api):
    await some(api, "b", "c", "a")
    assert names(await api.get(CONFIG_MAP)) == ["a", "b", "c"]


async def test_a_list_of_all_namespaces_holds_the_namespace(api):
    await some(api, "a")
    answer = await api.request("GET", CONFIG_MAP.path())
    assert api.namespace in {it["metadata"]["namespace"] for it in answer.body["items"]}


async def test_items_of_built_in_kinds_do_not_name_their_kind(api):
    await some(api, "a")
    assert "kind" not in (await api.get(CONFIG_MAP)).body["items"][0]


async def test_items_of_custom_resources_name_their_kind(api):
    await api.create(WIDGET, a_widget())
    answer = await api.get(WIDGET)
    assert (answer.body["kind"], answer.body["items"][0]["kind"]) == ("WidgetList", "Widget")


async def test_a_list_knows_its_version(api):
    await some(api, "a")
    answer = await api.get(CONFIG_MAP)
    assert int(answer.version) >= int(answer.body["items"][0]["metadata"]["resourceVersion"])


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("a=1", ["one"]),
        ("a!=1", ["three", "two"]),
        ("a in (1,2)", ["one", "two"]),
        ("a", ["one", "two"]),
        ("!a", ["three"]),
        ("a=1,b=1", []),
    ],
)
async def test_label_selectors(api, selector, expected):
    await some(api, "one", labels={"a": "1"})
    await some(api, "two", labels={"a": "2"})
    await some(api, "three")
    answer = await api.get(CONFIG_MAP, params={"labelSelector": selector})
    assert expected == names(answer)


async def test_a_field_selector_finds_a_name(api):
    await some(api, "one", "two")
    answer = await api.get(CONFIG_MAP, params={"fieldSelector": "metadata.name=two"})
    assert names(answer) == ["two"]


async def test_a_field_selector_finds_events_of_a_reason(api):
    for reason in ("FailedCreate", "SuccessfulCreate"):
        event = an_event(reason.lower(), reason, namespace=api.namespace)
        assert (await api.create(EVENT, event)).status == 201
    answer = await api.get(EVENT, params={"fieldSelector": "reason=FailedCreate"})
    assert names(answer) == ["failedcreate"]


async def test_a_long_list_comes_in_pages(api):
    await some(api, "a", "b", "c")
    first = await api.get(CONFIG_MAP, params={"limit": "2"})
    following = {"limit": "2", "continue": first.metadata["continue"]}
    second = await api.get(CONFIG_MAP, params=following)
    assert (names(first), names(second)) == (["a", "b"], ["c"])
    assert first.metadata["remainingItemCount"] == 1
    assert not second.metadata.get("continue")


async def test_pages_show_the_state_the_first_one_began_with(api):
    await some(api, "a", "c")
    first = await api.get(CONFIG_MAP, params={"limit": "1"})
    await some(api, "b")
    following = {"continue": first.metadata["continue"]}
    second = await api.get(CONFIG_MAP, params=following)
    assert (["c"], first.version) == (names(second), second.version)


async def test_metadata_alone_is_listed_on_demand(api):
    await some(api, "a")
    answer = await api.get(CONFIG_MAP, headers={"Accept": PARTIAL_LIST})
    item = answer.body["items"][0]
    assert answer.body["kind"] == "PartialObjectMetadataList"
    assert {"kind", "apiVersion", "metadata"} == set(item)
    assert "managedFields" in item["metadata"]


async def test_a_missing_object_is_not_found(api):
    answer = await api.get(CONFIG_MAP, "none")
    assert (answer.status, answer.reason) == (404, "NotFound")


async def test_a_missing_kind_is_not_found(api):
    answer = await api.request("GET", "/apis/contract.tradingstack.io/v1/gadgets")
    assert answer.status == 404
