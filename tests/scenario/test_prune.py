"""What a spec no longer asks for goes, and nothing else does."""

import pytest

from tests.scenario.stage import named
from tests.scenario.world import Lives, uids
from tests.support import stacks
from tests.support.fakeserver import Refusal
from tradingstack_operator.model.kinds import CONFIG_MAP, DEPLOYMENT, MANAGED_KINDS

SECOND = {"name": "binance", "image": f"registry.example/binance:1{stacks.DIGEST}"}
BOTH = [*stacks.STACK["spec"]["ingestors"], SECOND]
REFUSALS = [(403, "Forbidden", "PermissionDenied"), (422, "Invalid", "InvalidSpec")]


@pytest.fixture
async def two_ingestors(server, operator):
    server.apply_stack(spec={"ingestors": BOTH})
    await server.until_condition("Ready", "True")
    await operator.rest()
    return operator


def of_binance(server):
    return {name for name in server.names(*MANAGED_KINDS) if "binance" in name}


async def test_an_ingestor_taken_out_of_the_spec_goes_with_its_objects_only(server, two_ingestors):
    going, before, lives = of_binance(server), uids(server), Lives(server)
    assert going
    server.apply_stack()
    await server.until(lambda: not of_binance(server))
    await server.until_condition("Ready", "True")
    await two_ingestors.rest()
    assert dict.fromkeys(going, 1) == lives.gone
    assert {name: uid for name, uid in before.items() if name not in going} == uids(server)


async def test_labelled_objects_of_others_are_not_pruned(server, ready):
    copied = server.cluster.objects(CONFIG_MAP)[0]["metadata"]["labels"]
    metadata = {"namespace": stacks.NAMESPACE, "name": "theirs", "labels": copied}
    server.cluster.create(CONFIG_MAP, {"metadata": metadata, "data": {"a": "b"}})
    await ready.look()
    server.cluster.get(CONFIG_MAP, (stacks.NAMESPACE, "theirs"))


@pytest.mark.parametrize(("code", "word", "reason"), REFUSALS)
async def test_a_refused_apply_prunes_nothing_and_is_named(
    server, two_ingestors, code, word, reason
):
    going = of_binance(server)

    def refuse(kind, operation, body):
        if kind == DEPLOYMENT and body["metadata"]["name"] == "alpha-risk-api":
            raise Refusal(code, word, f"the test does not let {operation} pass")

    server.cluster.refuse.append(refuse)
    mark = server.mark()
    server.apply_stack(spec={"riskApi": {"replicas": 4}})
    told = await server.until_condition("Stalled", "True", reason)
    await two_ingestors.rest()
    assert "Deployment/alpha-risk-api" in told["message"]
    assert going == of_binance(server)
    assert [] == [it for it in named(server.log(mark)) if it.startswith("delete")]


async def test_an_operator_that_is_allowed_again_finishes_the_job(server, two_ingestors):
    def refuse(kind, operation, body):
        if kind == DEPLOYMENT and operation == "update" and body["spec"]["replicas"] == 4:
            raise Refusal(403, "Forbidden", "not yet")

    server.cluster.refuse.append(refuse)
    server.apply_stack(spec={"riskApi": {"replicas": 4}})
    await server.until_condition("Stalled", "True", "PermissionDenied")
    server.cluster.refuse.remove(refuse)
    await two_ingestors.look()
    await server.until(lambda: not of_binance(server))
    await server.until_condition("Ready", "True")
    await two_ingestors.rest()
