"""Watches: what is told, in which form, and when the server refuses to go on."""

import pytest

from tests.contract.client import PARTIAL, PARTIAL_LIST
from tests.contract.kinds import WIDGET, a_config_map
from tradingstack_operator.model.kinds import CONFIG_MAP


def told(event):
    return event["type"], event["object"]["metadata"]["name"]


async def version(api):
    return (await api.get(CONFIG_MAP)).version


async def test_a_watch_tells_of_creation_change_and_deletion(api):
    since = await version(api)
    await api.create(CONFIG_MAP, a_config_map())
    await api.patch(CONFIG_MAP, "one", {"data": {"a": "1"}})
    await api.delete(CONFIG_MAP, "one")
    async with api.watch(CONFIG_MAP, since) as stream:
        events = [(await stream.next())["type"] for _ in range(3)]
    assert events == ["ADDED", "MODIFIED", "DELETED"]


async def test_a_watch_tells_what_happens_after_it_began(api):
    async with api.watch(CONFIG_MAP, await version(api)) as stream:
        await api.create(CONFIG_MAP, a_config_map())
        assert told(await stream.next()) == ("ADDED", "one")


async def test_a_watch_without_a_version_begins_with_what_is_there(api):
    await api.create(CONFIG_MAP, a_config_map())
    async with api.watch(CONFIG_MAP) as stream:
        assert told(await stream.next()) == ("ADDED", "one")


async def test_a_deletion_shows_the_object_at_a_new_version(api):
    created = await api.create(CONFIG_MAP, a_config_map())
    await api.delete(CONFIG_MAP, "one")
    async with api.watch(CONFIG_MAP, created.version) as stream:
        last = (await stream.next())["object"]
    assert created.body["data"] == last["data"]
    assert "deletionTimestamp" not in last["metadata"]
    assert int(created.version) < int(last["metadata"]["resourceVersion"])


async def test_an_object_that_gets_the_label_is_added(api):
    created = await api.create(CONFIG_MAP, a_config_map())
    await api.patch(CONFIG_MAP, "one", {"metadata": {"labels": {"a": "1"}}})
    async with api.watch(CONFIG_MAP, created.version, labelSelector="a=1") as stream:
        assert told(await stream.next()) == ("ADDED", "one")


async def test_an_object_that_loses_the_label_is_deleted(api):
    created = await api.create(CONFIG_MAP, a_config_map(labels={"a": "1"}))
    changed = await api.patch(CONFIG_MAP, "one", {"metadata": {"labels": {"a": "2"}}})
    async with api.watch(CONFIG_MAP, created.version, labelSelector="a=1") as stream:
        event = await stream.next()
    assert told(event) == ("DELETED", "one")
    # as it was when it was still selected, but at the version at which it left
    metadata = event["object"]["metadata"]
    assert ({"a": "1"}, changed.version) == (metadata["labels"], metadata["resourceVersion"])


async def test_a_write_that_changes_nothing_is_not_told(api):
    created = await api.apply(CONFIG_MAP, a_config_map())
    await api.apply(CONFIG_MAP, a_config_map())
    await api.delete(CONFIG_MAP, "one")
    async with api.watch(CONFIG_MAP, created.version) as stream:
        assert told(await stream.next()) == ("DELETED", "one")


async def test_a_watch_of_metadata_alone(api):
    since = await version(api)
    await api.create(CONFIG_MAP, a_config_map())
    async with api.watch(CONFIG_MAP, since, accept=PARTIAL) as stream:
        seen = (await stream.next())["object"]
    assert (seen["kind"], "data" in seen) == ("PartialObjectMetadata", False)


async def test_a_watch_in_the_form_of_lists_tells_nothing(api):
    since = await version(api)
    await api.create(CONFIG_MAP, a_config_map())
    query = {"accept": PARTIAL_LIST, "timeoutSeconds": "1"}
    async with api.watch(CONFIG_MAP, since, **query) as stream:
        assert (stream.status, await stream.rest()) == (200, [])


async def test_a_watch_ends_when_its_time_is_up(api):
    async with api.watch(CONFIG_MAP, await version(api), timeoutSeconds="1") as stream:
        assert await stream.rest() == []


async def test_a_watch_from_a_forgotten_version_is_gone(api):
    # a kind that is younger than the server: nothing older than the kind is remembered of it
    async with api.watch(WIDGET, "1") as stream:
        event = await stream.next()
    assert (stream.status, event["type"], event["object"]["code"]) == (200, "ERROR", 410)
    assert event["object"]["reason"] == "Expired"


@pytest.mark.parametrize("bookmarks", ["true", "false"])
async def test_initial_events_end_with_a_bookmark(api, bookmarks):
    await api.create(CONFIG_MAP, a_config_map())
    query = {
        "sendInitialEvents": "true",
        "resourceVersionMatch": "NotOlderThan",
        "allowWatchBookmarks": bookmarks,
        "timeoutSeconds": "1",
    }
    async with api.watch(CONFIG_MAP, **query) as stream:
        events = await stream.rest()
    ends = [it for it in events if it["type"] == "BOOKMARK"]
    assert told(events[0]) == ("ADDED", "one")
    assert (bookmarks == "true") == bool(ends)
    for it in ends[:1]:
        annotations = it["object"]["metadata"]["annotations"]
        assert annotations == {"k8s.io/initial-events-end": "true"}
