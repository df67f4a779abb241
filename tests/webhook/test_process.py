"""The process: what it needs, what it answers to what, and how it ends."""

import asyncio
import io
import json
import subprocess

import pytest
import pytest_asyncio

from tests.support import stacks
from tests.support.fakeserver import FakeServer
from tests.webhook.reviews import review
from tests.webhook.running import COMMAND, ask, client, environment, started
from tradingstack_operator.model.kinds import NAMESPACE, PLATFORM_POLICY

REFUSED = {**stacks.manifest(), "metadata": {"name": "alpha", "namespace": "elsewhere"}}


@pytest_asyncio.fixture
async def session(authority):
    async with client(authority.client()) as opened:
        yield opened


async def test_every_violation_has_a_line_and_no_value(webhook, session, stack):
    stack["spec"]["simulation"] = {"enabled": True}
    stack["spec"]["insecureFlags"] = ["DisableAuth"]
    response = await ask(session, webhook, review("CREATE", stack))
    rules = [line.split()[0] for line in response["status"]["message"].splitlines()]
    assert {"INV-04", "INV-15"} <= set(rules)
    assert "DisableAuth" not in response["status"]["message"]


async def test_a_refusal_is_logged_with_its_rules_and_author(webhook, session, stack):
    stack["spec"]["simulation"] = {"enabled": True}
    await ask(session, webhook, review("CREATE", stack, user="alice"))
    line = await webhook.says("refused")
    assert (line["level"], line["object"], line["user"]) == ("info", "trading-prod/alpha", "alice")
    assert "INV-04" in line["rules"]


@pytest.mark.parametrize("operation", ["DELETE", "CONNECT"])
async def test_what_is_not_a_write_is_never_refused(webhook, session, operation):
    asked = review(operation, None, REFUSED)
    assert (await ask(session, webhook, asked))["allowed"]


async def test_subresources_are_never_refused(webhook, session):
    asked = review("UPDATE", REFUSED, stacks.manifest())
    asked["request"]["subResource"] = "status"
    assert (await ask(session, webhook, asked))["allowed"]


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        (lambda it: it["request"].pop("userInfo"), 400, "not an AdmissionReview"),
        (lambda it: it.pop("request"), 400, "not an AdmissionReview"),
        (lambda it: it["request"].update(object=None), 400, "lacks object"),
        (lambda it: it["request"].update(operation="UPDATE"), 400, "lacks oldObject"),
        (lambda it: it["request"]["resource"].update(group="apps"), 400, "tradingstack.io only"),
        (lambda it: it["request"]["resource"].update(resource="x"), 400, "tradingstack.io only"),
    ],
)
async def test_a_useless_review_is_named_so(webhook, session, stack, change, status, text):
    asked = review("CREATE", stack)
    change(asked)
    async with session.post(webhook.url, json=asked) as answer:
        assert answer.status == status
        assert text in await answer.text()
    assert "Traceback" not in webhook.text


async def test_what_is_no_json_is_named_so(webhook, session):
    async with session.post(webhook.url, data=b"{") as answer:
        assert (answer.status, (await answer.json())["message"]) == (400, "the body is not JSON")


async def test_the_largest_object_that_can_be_stored_is_judged(webhook, session, stack):
    stack["metadata"]["managedFields"] = [{"fieldsV1": {"f:x": "x" * 1_500_000}}]
    body = io.BytesIO(json.dumps(review("UPDATE", stack, stack)).encode())
    async with session.post(webhook.url, data=body) as answer:
        assert (await answer.json())["response"]["allowed"]


async def test_a_namespace_made_just_before_is_waited_for(server, webhook, session, stack):
    stack["metadata"]["namespace"] = "fresh"
    stack["spec"]["secrets"]["pathPrefix"] = "production/fresh/alpha"
    server.hold_watches()
    labels = stacks.NAMESPACE_LABELS
    server.cluster.create(NAMESPACE, {"metadata": {"name": "fresh", "labels": labels}})
    asked = asyncio.create_task(ask(session, webhook, review("CREATE", stack)))
    # it has other things to do meanwhile
    assert (await ask(session, webhook, review("CREATE", stacks.manifest())))["allowed"]
    server.release_watches()
    assert (await asked)["allowed"]


async def test_a_changed_policy_counts_from_then_on(server, webhook, session, stack):
    assert (await ask(session, webhook, review("CREATE", stack)))["allowed"]
    server.cluster.delete(PLATFORM_POLICY, ("", "default"))
    response = await ask(session, webhook, review("CREATE", stack))
    while response["allowed"]:
        response = await ask(session, webhook, review("CREATE", stack))
    assert "PlatformPolicy" in response["status"]["message"]


def lists_policies(call):
    return (call.verb, call.kind) == ("list", "PlatformPolicy")


async def test_reviews_get_no_verdict_before_the_caches_are_full(
    server, credentials, mount, authority, session, stack
):
    mount.write(*authority.issue())
    gate = server.faults.pause_next(
        when=lambda call: (call.verb, call.kind) == ("list", "PlatformPolicy")
    )
    async with started(server.url, credentials, mount.directory) as webhook:
        await webhook.says("certificate in use")
        async with session.post(webhook.url, json=review("CREATE", stack)) as answer:
            assert answer.status == 503
            assert (await answer.json())["message"] == "the webhook is starting; try again"
        _, text = await webhook.get("/readyz")
        assert "platformpolicies are not listed yet" in text
        gate.open()
        await webhook.ready()
        assert (await ask(session, webhook, review("CREATE", stack)))["allowed"]


async def test_reviews_are_counted_and_timed(webhook, session, stack):
    await ask(session, webhook, review("CREATE", stack))
    await ask(session, webhook, review("CREATE", REFUSED))
    _, text = await webhook.get("/metrics")
    name = 'tradingstack_webhook_reviews_total{outcome="%s",resource="tradingstacks"} 1.0'
    assert name % "allowed" in text
    assert name % "refused" in text
    assert "tradingstack_webhook_review_seconds_count 2.0" in text


async def test_it_asks_for_nothing_but_namespaces_and_policies(server, webhook):
    del webhook
    asked = {(call.verb, call.kind) for call in server.requests if call.kind}
    reads = {(verb, kind) for verb in ("list", "watch") for kind in ("Namespace", "PlatformPolicy")}
    assert asked == reads
    assert [call for call in server.writes() if call.kind] == []


async def test_a_signal_ends_it_in_order(webhook):
    assert await webhook.stop() == 0
    assert "Traceback" not in webhook.text


async def test_missing_kinds_and_permissions_end_it_with_their_names(credentials, mount):
    async with FakeServer(kinds=(NAMESPACE,)) as server:
        server.deny("watch", "", "namespaces")
        async with started(server.url, credentials, mount.directory) as webhook:
            assert await webhook.ended() == 3
    assert "kind tradingstacks.tradingstack.io is not served: install chart" in webhook.text
    assert "permission to watch namespaces of core is missing" in webhook.text
    assert "Traceback" not in webhook.text


def test_bad_settings_end_it_with_their_names(credentials, mount):
    variables = environment("localhost", credentials, mount.directory)
    variables |= {"TRADINGSTACK_WORKERS": "4"}
    ran = subprocess.run(COMMAND, env=variables, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")
    named = [line.partition(":")[0] for line in ran.stderr.splitlines()[1:]]
    assert named == ["TRADINGSTACK_API_SERVER", "TRADINGSTACK_WORKERS"]
