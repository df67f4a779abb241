"""The faults of the fake server: each does what its name says, and nothing after it is over."""

import asyncio

import aiohttp
import pytest

from tests.contract.kinds import (
    a_config_map,
    a_lease,
    an_external_secret,
)
from tests.support.fakeserver import Call, FakeServer, Refusal, any_write
from tradingstack_operator.model.kinds import (
    CONFIG_MAP,
    DEPLOYMENT,
    EXTERNAL_SECRET,
    LEASE,
    Kind,
)

ONE = ("default", "one")


@pytest.fixture
def api(fake_client):
    """Speak with the fake server in its default namespace."""
    fake_client.namespace = "default"
    return fake_client


def make(fake, name="one", **metadata):
    body = a_config_map(name, namespace="default", **metadata)
    return fake.cluster.create(CONFIG_MAP, body)


async def statuses(api, number):
    return [(await api.get(CONFIG_MAP)).status for _ in range(number)]


async def test_the_next_calls_fail(fake, api):
    fake.faults.fail_next(2, status=500)
    assert await statuses(api, 3) == [500, 500, 200]


async def test_some_calls_pass_first(fake, api):
    fake.faults.fail_next(status=503, skip=1)
    assert await statuses(api, 3) == [200, 503, 200]


async def test_a_failure_has_its_headers(fake, api):
    fake.faults.fail_next(status=429, headers={"Retry-After": "7"})
    async with api.session.get(api.path(CONFIG_MAP)) as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "7")


async def test_only_chosen_calls_fail(fake, api):
    fake.faults.fail_next(status=500, when=lambda call: call.kind == "Deployment")
    assert (await api.get(CONFIG_MAP)).status == 200
    assert (await api.get(DEPLOYMENT)).status == 500


async def test_a_failed_write_changes_nothing(fake, api):
    fake.faults.fail_next(status=500, when=any_write)
    await api.create(CONFIG_MAP, a_config_map())
    assert fake.cluster.find(CONFIG_MAP, ONE) is None


async def test_writes_do_not_count_the_lease(fake, api):
    fake.faults.fail_next(status=500, when=any_write)
    assert (await api.create(LEASE, a_lease())).status == 201


@pytest.mark.parametrize("applied", [True, False])
async def test_a_dropped_write_is_applied_or_not(fake, api, applied):
    fake.faults.drop_next(applied=applied)
    with pytest.raises(aiohttp.ClientConnectionError):
        await api.create(CONFIG_MAP, a_config_map())
    assert (fake.cluster.find(CONFIG_MAP, ONE) is not None) == applied


async def test_the_third_write_is_dropped(fake, api):
    fake.faults.drop_next(skip=2)
    await api.create(CONFIG_MAP, a_config_map("one"))
    await api.create(CONFIG_MAP, a_config_map("two"))
    with pytest.raises(aiohttp.ClientConnectionError):
        await api.create(CONFIG_MAP, a_config_map("three"))
    assert [it.status for it in fake.requests[-3:]] == [201, 201, 0]


async def test_a_paused_write_waits(fake, api):
    gate = fake.faults.pause_next()
    writing = asyncio.create_task(api.create(CONFIG_MAP, a_config_map()))
    await gate.reached.wait()
    assert fake.cluster.find(CONFIG_MAP, ONE) is None
    gate.open()
    assert (await writing).status == 201


async def test_cleared_faults_are_over(fake, api):
    fake.faults.fail_next(5, status=500)
    fake.faults.clear()
    assert await statuses(api, 1) == [200]


async def test_a_watch_breaks_in_the_midst_of_a_line(fake, api):
    async with api.watch(CONFIG_MAP, "0") as stream:
        fake.cut_watches()
        with pytest.raises(aiohttp.ClientPayloadError):
            await stream.rest()


async def test_a_watch_ends_in_the_midst_of_a_line(fake, api):
    async with api.session.get(api.path(CONFIG_MAP), params={"watch": "true"}) as response:
        fake.cut_watches(broken=False)
        assert (await response.read()).startswith(b'{"type":"MODIFIED"')


async def test_a_watch_ends_without_a_word(fake, api):
    async with api.watch(CONFIG_MAP, "0") as stream:
        fake.cut_watches(mid_line=False, broken=False)
        assert await stream.rest() == []


async def test_a_watch_ends_with_an_error(fake, api):
    async with api.watch(CONFIG_MAP, "0") as stream:
        fake.fail_watches(500, "InternalError")
        (event,) = await stream.rest()
    assert (event["type"], event["object"]["code"]) == ("ERROR", 500)


async def test_a_bookmark_carries_the_present_version(fake, api):
    async with api.watch(CONFIG_MAP, "0") as stream:
        fake.send_bookmarks()
        event = await stream.next()
    version = event["object"]["metadata"]["resourceVersion"]
    assert (event["type"], version) == ("BOOKMARK", str(fake.cluster.store.version))


async def test_held_changes_are_told_when_released(fake, api):
    async with api.watch(CONFIG_MAP, "0") as stream:
        fake.hold_watches()
        make(fake)
        fake.send_bookmarks()
        assert (await stream.next())["type"] == "BOOKMARK"
        fake.release_watches()
        assert (await stream.next())["type"] == "ADDED"


async def test_dropped_changes_are_never_told(fake, api):
    since = str(fake.cluster.store.version)
    fake.hold_watches()
    make(fake, "one")
    make(fake, "two")
    fake.release_watches(drop=lambda change: change.last.key == ONE)
    async with api.watch(CONFIG_MAP, since) as stream:
        assert (await stream.next())["object"]["metadata"]["name"] == "two"


async def test_held_changes_are_not_replayed(fake, api):
    since = str(fake.cluster.store.version)
    fake.hold_watches()
    make(fake)
    async with api.watch(CONFIG_MAP, since, timeoutSeconds="1") as stream:
        assert await stream.rest() == []


async def test_frozen_reads_are_stale(fake, api):
    make(fake, "one")
    fake.freeze_reads()
    fake.cluster.delete(CONFIG_MAP, ONE)
    assert (await api.get(CONFIG_MAP, "one")).status == 200
    fake.thaw_reads()
    assert (await api.get(CONFIG_MAP, "one")).status == 404


async def test_a_forgotten_page_is_gone(fake, api):
    make(fake, "one")
    make(fake, "two")
    page = await api.get(CONFIG_MAP, params={"limit": "1"})
    fake.expire()
    answer = await api.get(CONFIG_MAP, params={"continue": page.metadata["continue"]})
    assert (answer.status, answer.reason) == (410, "Expired")


async def test_a_forgotten_version_is_gone(fake, api):
    since = str(fake.cluster.store.version)
    make(fake)
    fake.expire()
    async with api.watch(CONFIG_MAP, since) as stream:
        assert (await stream.next())["object"]["code"] == 410


async def test_a_stopped_server_refuses_connections(fake, api):
    fake.stop_accepting()
    with pytest.raises(aiohttp.ClientConnectionError):
        await api.get(CONFIG_MAP)


async def test_a_stopped_server_breaks_its_watches(fake, api):
    async with api.watch(CONFIG_MAP, "0") as stream:
        fake.stop_accepting()
        with pytest.raises(aiohttp.ClientPayloadError):
            await stream.rest()


async def test_a_resumed_server_has_its_port_and_its_objects(fake, api):
    make(fake)
    fake.stop_accepting()
    await fake.resume()
    assert (await api.get(CONFIG_MAP, "one")).status == 200


async def test_open_watches_are_known(fake, api):
    async with api.watch(CONFIG_MAP, "0"):
        assert [it.resource.kind for it in fake.open_watches] == [CONFIG_MAP]


async def test_a_denied_request_is_forbidden(fake, api):
    fake.deny("patch", "", "configmaps")
    refused = await api.apply(CONFIG_MAP, a_config_map())
    assert (refused.status, refused.reason) == (403, "Forbidden")


async def test_a_review_tells_what_is_denied(fake, api):
    fake.deny("patch", "tradingstack.io", "tradingstacks/status")
    attributes = {
        "verb": "patch",
        "group": "tradingstack.io",
        "resource": "tradingstacks",
        "subresource": "status",
    }
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    body = {"spec": {"resourceAttributes": attributes}}
    answer = await api.request("POST", path, json=body)
    assert answer.body["status"]["allowed"] is False


async def test_what_is_allowed_again_passes(fake, api):
    fake.deny("list", "", "configmaps")
    fake.allow("list", "", "configmaps")
    assert await statuses(api, 1) == [200]


async def test_requests_are_written_down(fake, api):
    await api.apply(CONFIG_MAP, a_config_map(), manager="alice")
    call: Call = fake.requests[-1]
    assert (call.verb, call.kind, call.name, call.manager, call.status) == (
        "apply",
        "ConfigMap",
        "one",
        "alice",
        201,
    )


async def test_a_hook_refuses_writes(fake, api):
    def refuse(kind: Kind, operation: str, body: dict) -> None:
        if (kind, operation) == (CONFIG_MAP, "create"):
            raise Refusal(403, "Forbidden", f"no {body['metadata']['name']}")

    fake.cluster.refuse.append(refuse)
    assert (await api.create(CONFIG_MAP, a_config_map())).status == 403


async def test_a_withdrawn_kind_is_not_served(fake, api):
    fake.cluster.catalogue.withdraw(EXTERNAL_SECRET)
    assert (await api.get(EXTERNAL_SECRET)).status == 404


async def test_a_kind_that_is_served_again_has_its_objects(fake, api):
    await api.create(EXTERNAL_SECRET, an_external_secret())
    fake.cluster.catalogue.withdraw(EXTERNAL_SECRET)
    fake.cluster.catalogue.serve(EXTERNAL_SECRET)
    assert (await api.get(EXTERNAL_SECRET, "one")).status == 200


async def test_a_server_starts_anew_on_another_port():
    async with FakeServer() as first, FakeServer() as second:
        assert first.port != second.port
