"""What the controllers of the server do with orphans, and with what is in a closing namespace."""

import pytest
import pytest_asyncio

from tests.contract.kinds import a_config_map
from tests.contract.servers import EITHER, a_client, a_fake, a_real_server
from tradingstack_operator.model.kinds import CONFIG_MAP, NAMESPACE


@pytest.fixture(scope="session")
def collecting_cluster(tmp_path_factory):
    with a_real_server("contract-garbage", tmp_path_factory, controllers=True) as found:
        yield found


@pytest_asyncio.fixture
async def collecting_fake():
    async with a_fake() as server, a_client(server.url) as client:
        yield client


@pytest_asyncio.fixture
async def collecting_real(collecting_cluster):
    async with a_client(*collecting_cluster) as client:
        yield client


@pytest.fixture(params=EITHER)
def api(request):
    return request.getfixturevalue(f"collecting_{request.param}")


async def an_owner(api, name="owner"):
    answer = await api.create(CONFIG_MAP, a_config_map(name))
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "name": name,
        "uid": answer.metadata["uid"],
        "blockOwnerDeletion": True,
    }


async def a_child(api, *owners):
    return await api.create(CONFIG_MAP, a_config_map("child", ownerReferences=list(owners)))


async def events_of(api, name, since, until):
    """Watch one object from a version on until something holds of an event."""
    seen = []
    query = {"fieldSelector": f"metadata.name={name}"}
    async with api.watch(CONFIG_MAP, since, **query) as stream:
        while not seen or not until(seen[-1]):
            event = await stream.next()
            assert event is not None
            seen.append(event)
    return seen


def is_gone(event):
    return event["type"] == "DELETED"


async def test_children_of_a_deleted_owner_go(api):
    child = await a_child(api, await an_owner(api))
    await api.delete(CONFIG_MAP, "owner", {"propagationPolicy": "Background"})
    assert await events_of(api, "child", child.version, is_gone)


async def test_children_whose_owner_never_was_go(api):
    owner = await an_owner(api)
    child = await a_child(api, owner | {"uid": "of-another-life"})
    assert await events_of(api, "child", child.version, is_gone)


async def test_orphans_stay_without_an_owner(api):
    child = await a_child(api, await an_owner(api))
    await api.delete(CONFIG_MAP, "owner", {"propagationPolicy": "Orphan"})

    def is_free(event):
        return not event["object"]["metadata"].get("ownerReferences")

    events = await events_of(api, "child", child.version, is_free)
    assert events[-1]["type"] == "MODIFIED"


async def test_an_owner_deleted_in_the_foreground_goes_last(api):
    owner = await an_owner(api)
    child = await a_child(api, owner)
    await api.delete(CONFIG_MAP, "owner", {"propagationPolicy": "Foreground"})
    (*_, last_of_owner) = await events_of(api, "owner", child.version, is_gone)
    (*_, last_of_child) = await events_of(api, "child", child.version, is_gone)
    versions = [
        int(event["object"]["metadata"]["resourceVersion"])
        for event in (last_of_child, last_of_owner)
    ]
    assert versions == sorted(versions)


async def test_grandchildren_of_an_owner_deleted_in_the_foreground_go_first(api):
    """A stack deleted so takes the Jobs of its CronJobs along, before the CronJobs."""
    child = await a_child(api, await an_owner(api))
    reference = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "name": "child",
        "uid": child.metadata["uid"],
        "blockOwnerDeletion": True,
    }
    grandchild = await api.create(
        CONFIG_MAP, a_config_map("grandchild", ownerReferences=[reference])
    )
    await api.delete(CONFIG_MAP, "owner", {"propagationPolicy": "Foreground"})
    lasts = [
        (await events_of(api, name, grandchild.version, is_gone))[-1]
        for name in ("grandchild", "child", "owner")
    ]
    versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in lasts]
    assert versions == sorted(versions)


async def test_a_child_with_another_owner_stays(api):
    remaining = await an_owner(api, "remaining")
    child = await a_child(api, await an_owner(api), remaining)
    await api.delete(CONFIG_MAP, "owner", {"propagationPolicy": "Background"})

    def has_one_owner(event):
        return len(event["object"]["metadata"]["ownerReferences"]) == 1

    events = await events_of(api, "child", child.version, has_one_owner)
    assert events[-1]["object"]["metadata"]["ownerReferences"] == [remaining]


async def test_a_deleted_namespace_takes_its_contents_along(api):
    created = await api.create(CONFIG_MAP, a_config_map())
    await api.delete(NAMESPACE, api.namespace)
    assert await events_of(api, "one", created.version, is_gone)


async def test_a_closing_namespace_takes_nothing_new(api):
    await api.create(CONFIG_MAP, a_config_map(finalizers=["contract.io/a"]))
    await api.delete(NAMESPACE, api.namespace)
    refused = await api.create(CONFIG_MAP, a_config_map("two"))
    assert (refused.status, refused.reason) == (403, "Forbidden")
    assert refused.body["details"]["causes"][0]["reason"] == "NamespaceTerminating"
    await api.patch(CONFIG_MAP, "one", {"metadata": {"finalizers": None}})
