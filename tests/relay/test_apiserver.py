"""The relay on a real API server, with its account's permissions and tokens; no operator runs."""

import asyncio
import json
import socket
import time
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
import yaml

from tests.apiserver.desk import Desk
from tests.charts.helm import NAMESPACE
from tests.relay.running import started
from tests.relay.stand_in import endpoint_slice, replica
from tests.scenario.bell import Bell
from tests.support.processes import DEADLINE
from tools.devcluster import cluster as devcluster
from tradingstack_contract.halts import AUDIENCE
from tradingstack_operator.cluster.client import Client
from tradingstack_operator.cluster.credentials import ServiceAccount
from tradingstack_operator.cluster.informer import Informer
from tradingstack_operator.cluster.signing_keys import SigningKeys
from tradingstack_operator.model.kinds import TRADING_HALT

pytestmark = [pytest.mark.apiserver, pytest.mark.asyncio(loop_scope="module")]

CHARTS = Path(__file__).parents[2] / "charts"
OPERATOR = "tradingstack-operator"
RELAY = f"{OPERATOR}-relay"
STACK = ("trading-prod", "alpha")
CONTROL_PLANE = "system:serviceaccount:kube-system:endpointslice-controller"
DAY = 86400


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Start a control plane with both charts, in which no pod runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRADINGSTACK_DEVCLUSTER_HOME", str(tmp_path_factory.mktemp("devcluster")))
        try:
            cluster = devcluster.up("relay", node=False, progress=lambda _: None)
            cluster.helm("install", "tradingstack-crds", str(CHARTS / "tradingstack-crds"))
            cluster.kubectl("create", "namespace", NAMESPACE)
            off = ("--set", "replicas=0,relay.replicas=0")
            cluster.helm("install", OPERATOR, str(CHARTS / OPERATOR), "-n", NAMESPACE, *off)
            Desk(cluster, None, "production.yaml", STACK[0]).apply()
            yield cluster
        finally:
            devcluster.down("relay", progress=lambda _: None)


@pytest.fixture(scope="module")
def account(cluster):
    return cluster.service_account_directory(NAMESPACE, RELAY)


@pytest.fixture(scope="module")
def host():
    """Find an address of this machine that an EndpointSlice may hold: loopback it must not."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("203.0.113.1", 9))  # nothing is sent
        return probe.getsockname()[0]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def client(cluster, account):
    identity = ServiceAccount(account, time.monotonic)
    connector = aiohttp.TCPConnector(ssl=identity.tls())
    async with aiohttp.ClientSession(connector=connector) as session:
        yield Client(
            session=session,
            server=cluster.server,
            identity=identity,
            in_flight=asyncio.Semaphore(1),
            may_write=lambda: False,
            on_answer=lambda *_: None,
        )


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def relay_file(client):
    """Read the cluster's keys as the operator does."""
    files = []
    subject = f"system:serviceaccount:{NAMESPACE}:{RELAY}"
    assert await SigningKeys(client, subject, files.append).missing() == []
    return files[0]


@pytest.fixture
def token(cluster, tmp_path):
    """Write a projected token; keywords are those of ``kubectl create token``."""

    def write(name=RELAY, namespace=NAMESPACE, audience=AUDIENCE):
        command = ("create", "token", name, "-n", namespace, "--duration=10m")
        made = cluster.kubectl(*command, *([f"--audience={audience}"] if audience else []))
        (tmp_path / "token").write_text(made.stdout)
        return tmp_path

    return write


@pytest.fixture
def known(cluster):
    """Write the EndpointSlice of replicas, as the control plane does; gone after the test."""
    names = []

    def write(*replicas, **endpoint):
        for found in replicas:
            names.append(found.name)
            text = json.dumps(endpoint_slice(found, **endpoint))
            cluster.kubectl("create", "-f-", f"--as={CONTROL_PLANE}", input=text)

    yield write
    cluster.kubectl("delete", "endpointslices", "-n", STACK[0], *names, f"--as={CONTROL_PLANE}")


@pytest.fixture
def halt(cluster):
    """Halt the stack; somebody else releases it after the test."""
    manifest = {
        "apiVersion": "tradingstack.io/v1alpha1",
        "kind": "TradingHalt",
        "metadata": {"name": "stop", "namespace": STACK[0]},
        "spec": {"stack": STACK[1], "reason": "runaway orders", "requestedBy": "admin"},
    }

    def write():
        user = json.loads(cluster.kubectl("auth", "whoami", "-o", "json").stdout)
        manifest["spec"]["requestedBy"] = user["status"]["userInfo"]["username"]
        cluster.kubectl("create", "-f-", input=yaml.safe_dump(manifest))

    yield write
    release(cluster)


@asynccontextmanager
async def speaking(cluster, account, token):
    async with started(cluster.server, account, token) as relay:
        await relay.ready()
        yield relay


def release(cluster):
    other = ("--as=bob", "--as-group=system:masters", "--ignore-not-found")
    cluster.kubectl("delete", "tradinghalt", "stop", "-n", STACK[0], *other)


def obeys(found):
    return bool(found.orders) and bool(found.orders[-1].halts)


def hears(found):
    return bool(found.orders)


class History:
    """Every state of the halts, with the moment in which a watch brought it."""

    def __init__(self):
        self.seen = []
        self.bell = Bell()

    def upsert(self, kind, manifest):
        del kind
        self.seen.append((time.monotonic(), manifest))
        self.bell.ring()

    def begin(self, *_): ...

    def retain(self, *_): ...

    def remove(self, *_): ...

    async def first(self, holds):
        """Wait for a state, and give it with its moment."""
        return await self.bell.until(
            lambda: next((it for it in self.seen if holds(it[1])), None), DEADLINE
        )


@asynccontextmanager
async def history(client):
    seen = History()
    informer = Informer(client, TRADING_HALT, seen, lambda *_: None)
    reading = asyncio.create_task(informer.run())
    await informer.synced.wait()
    try:
        yield seen
    finally:
        reading.cancel()


def condition(found):
    (only,) = found.get("status", {}).get("conditions", [{}])
    return only


def confirmed(status):
    return lambda found: condition(found).get("status") == status


async def test_a_halt_is_acknowledged_within_a_second(
    cluster, client, account, token, relay_file, host, known, halt
):
    async with (
        replica("risk-1", relay_file, STACK, host) as one,
        replica("risk-2", relay_file, STACK, host) as two,
        speaking(cluster, account, token()),
        history(client) as told,
    ):
        known(one, two)
        await one.until(hears)
        await two.until(hears)
        assert one.standing.may_trade
        halt()
        created, _ = await told.first(lambda found: found["metadata"]["name"] == "stop")
        acknowledged, found = await told.first(confirmed("True"))
        assert acknowledged - created < 1
        assert [item["name"] for item in found["status"]["replicas"]] == ["risk-1", "risk-2"]
        assert not one.standing.may_trade
        release(cluster)
        await one.until(lambda it: it.standing.may_trade)


async def test_an_unreachable_replica_is_named_and_delays_nobody(
    cluster, client, account, token, relay_file, host, known, halt
):
    async with (
        replica("risk-1", relay_file, STACK, host) as mute,
        replica("risk-2", relay_file, STACK, host) as other,
        speaking(cluster, account, token()),
        history(client) as told,
    ):
        mute.answering.clear()
        known(mute, other)
        await other.until(hears)
        halt()
        created, _ = await told.first(lambda found: found["metadata"]["name"] == "stop")
        reported, found = await told.first(confirmed("False"))
        assert reported - created < 1
        assert [item["name"] for item in found["status"]["replicas"]] == ["risk-2"]
        assert "unconfirmed: risk-1." in condition(found)["message"]


async def test_a_halt_from_before_the_relay_started_is_obeyed_first(
    cluster, account, token, relay_file, host, known, halt
):
    async with replica("risk-1", relay_file, STACK, host) as only:
        known(only)
        halt()
        async with speaking(cluster, account, token()):
            await only.until(hears)
            assert only.orders[0].halts


async def test_a_killed_relay_halts_its_replicas(cluster, account, token, relay_file, host, known):
    impatient = relay_file.model_copy(update={"silence_seconds": 2})
    async with (
        replica("risk-1", impatient, STACK, host) as only,
        speaking(cluster, account, token()) as relay,
    ):
        known(only)
        await only.until(hears)
        assert only.standing.may_trade
        await relay.kill()
        assert await only.halts() >= 2


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ({"audience": ""}, "InvalidAudienceError"),
        ({"name": OPERATOR}, "InvalidSubjectError"),
    ],
)
async def test_another_token_of_the_same_cluster_is_refused(
    cluster, account, token, relay_file, host, known, made, why
):
    async with (
        replica("risk-1", relay_file, STACK, host) as only,
        speaking(cluster, account, token(**made)) as relay,
    ):
        known(only)
        await only.until(lambda it: it.refusals)
        assert only.refusals[0] == f"is not the halt relay's: {why}"
        assert not only.standing.may_trade
        line = await relay.says("replica does not acknowledge")
        assert line["error"] == "answers 401"


async def test_a_token_of_the_relay_ends_with_its_time(
    cluster, account, token, relay_file, host, known
):
    async with (
        replica("risk-1", relay_file, STACK, host) as only,
        speaking(cluster, account, token()),
    ):
        known(only)
        await only.until(hears)
        heard = time.time()
        only.now = lambda: heard + DAY
        await only.until(lambda it: it.refusals)
        assert "has expired" in only.refusals[0]


async def test_the_api_server_does_not_take_the_relay_s_token(cluster, account, token):
    text = (token() / "token").read_text().strip()
    identity = ServiceAccount(account, time.monotonic)
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=identity.tls())) as session,
        session.get(
            cluster.server + TRADING_HALT.path(), headers={"Authorization": f"Bearer {text}"}
        ) as answer,
    ):
        assert answer.status == 401
