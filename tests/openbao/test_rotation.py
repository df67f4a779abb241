"""A value changed in a real store reaches the pods that mount it, the server before its client."""

import time

import pytest

from tests.scenario.operators import running
from tests.scenario.stage import KEY, Stage
from tests.webhook.authority import Authority
from tradingstack_operator.api.names import ANNOTATION_FORCE_SYNC, ANNOTATION_ROTATION
from tradingstack_operator.model.kinds import TRADING_STACK

ENTRY = "cache-ingestor"


@pytest.fixture
def credentials(tmp_path):
    """Lay out a ServiceAccount's directory; the fake server speaks plain HTTP."""
    folder = tmp_path / "serviceaccount"
    folder.mkdir()
    (folder / "ca.crt").write_bytes(Authority().bundle)
    (folder / "token").write_text("first-token\n")
    return folder


@pytest.fixture
async def server():
    async with Stage() as stage:
        yield stage


@pytest.fixture
async def operator(bao, account, server, credentials):
    """Run an operator that asks the store several times a second."""
    bao.write(ENTRY, value="first")
    settings = {
        "vault_address": bao.address,
        "vault_token_file": account.token_file,
        "vault_poll_seconds": 0.3,
    }
    async with running(server, credentials, **settings) as operator:
        # as if some time had passed since: Kubernetes tells none more precisely than in seconds
        server.cluster._clock = lambda: time.time() - 60  # noqa: SLF001 - of this cluster alone
        server.apply_stack()
        server.cluster._clock = time.time  # noqa: SLF001 - as above
        await server.until_condition("Ready", "True")
        await operator.rest()
        yield operator


def marks(server):
    """Note every object in the order in which a new value marked it first."""
    seen = []

    def note(change):
        body = change.last.body
        name = f"{body.get('kind', change.resource.kind.kind)}/{body['metadata']['name']}"
        template = body.get("spec", {}).get("template")
        pods = template.get("metadata", {}) if isinstance(template, dict) else {}
        marked = ANNOTATION_FORCE_SYNC in body["metadata"].get("annotations", {})
        marked |= ANNOTATION_ROTATION in pods.get("annotations", {})
        if marked and name not in seen:
            seen.append(name)

    server.cluster.after_write.append(note)
    return seen


async def test_a_new_value_is_fetched_then_given_to_the_server_then_to_the_client(
    bao, server, operator
):
    seen = marks(server)
    bao.write(ENTRY, value="second")
    await server.until(lambda: "Deployment/alpha-ingestor-kraken" in seen)
    await operator.rest()
    assert (set(seen[:2]), seen[2:]) == (
        {"ExternalSecret/alpha-cache", "ExternalSecret/alpha-ingestor"},
        ["StatefulSet/alpha-cache", "Deployment/alpha-ingestor-kraken"],
    )


def history(server):
    return server.cluster.get(TRADING_STACK, KEY)["status"].get("credentials", {})


@pytest.mark.usefixtures("operator")
async def test_a_new_value_is_told_in_the_status(bao, server):
    await server.until(lambda: history(server).get("entries"))
    bao.write(ENTRY, value="third")
    await server.until(lambda: history(server).get("transitions"))
    told = [(it["name"], it["what"]) for it in history(server)["transitions"]]
    assert told == [(ENTRY, "Changed")]


async def test_an_operator_that_starts_anew_restarts_nothing(
    bao, account, server, operator, credentials
):
    bao.write(ENTRY, value="fourth")
    seen = marks(server)
    await server.until(lambda: "Deployment/alpha-ingestor-kraken" in seen)
    await server.until_condition("CredentialsRotated", "True")
    await operator.rest()
    await operator.stop()
    mark = server.mark()
    nowhere = {"vault_address": "http://127.0.0.1:1", "vault_token_file": account.token_file}
    async with running(server, credentials, "operator-1", **nowhere) as other:
        await other.rest()
        assert [] == [call for call in server.log(mark) if "/apis/apps/" in call.path]
