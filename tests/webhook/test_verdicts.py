"""The vectors about our kinds, sent as admission reviews: the verdicts of the rules in Python."""

from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import pytest_asyncio

from tests.support.vectors import vectors
from tests.webhook.authority import Mount
from tests.webhook.conftest import cluster
from tests.webhook.reviews import review_of
from tests.webhook.running import ask, client, started
from tradingstack_operator.api.names import GROUP
from tradingstack_operator.rules.judge import judge
from tradingstack_operator.webhook.handlers import ALL_RIGHTS

pytestmark = pytest.mark.asyncio(loop_scope="module")
BY_PYTHON = ("", "policy", "crd", "schema")


def asked(vector):
    """Tell whether the chart's configuration sends such a request, and Python speaks for it."""
    request = vector.request()
    ours = request.group == GROUP and not request.subresource
    return ours and request.operation in ("CREATE", "UPDATE") and vector.entry.by in BY_PYTHON


def judged(vector):
    """Judge in Python, as somebody with every right: a webhook cannot ask who has which."""
    return judge(replace(vector.request(), rights=ALL_RIGHTS))


def about_rights(vector):
    return judge(vector.request()) != judged(vector)


ASKED = [vector for vector in vectors() if asked(vector)]


@asynccontextmanager
async def judging(directory, credentials, authority, *, policy):
    mount = Mount(directory)
    mount.write(*authority.issue())
    async with (
        cluster(policy=policy) as server,
        started(server.url, credentials, mount.directory) as webhook,
    ):
        await webhook.ready()
        yield webhook


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def webhooks(tmp_path_factory, credentials, authority):
    """Run one in a cluster with PlatformPolicy, and one without."""
    directory = tmp_path_factory.mktemp("verdicts")
    async with (
        judging(directory / "with", credentials, authority, policy=True) as seeing,
        judging(directory / "without", credentials, authority, policy=False) as blind,
    ):
        yield {True: seeing, False: blind}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def session(authority):
    async with client(authority.client()) as opened:
        yield opened


@pytest.mark.parametrize("vector", ASKED, ids=str)
async def test_a_request_gets_its_verdict(webhooks, session, vector):
    webhook = webhooks[vector.entry.with_policy]
    response = await ask(session, webhook, review_of(vector))
    lines = response.get("status", {}).get("message", "").splitlines()
    assert [str(violation) for violation in judged(vector)] == lines
    assert response["allowed"] == (not lines)
    if vector.entry.refused and not about_rights(vector):
        rule = "schema" if vector.entry.by == "schema" else vector.entry.refused
        assert rule in {line.split()[0] for line in lines}
        assert response["status"]["code"] == 422
