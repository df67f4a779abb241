"""Events tell each turn of a stack's fortune once."""

from collections import Counter

from tests.support import stacks
from tests.support.fakeserver import Refusal
from tradingstack_operator.model.kinds import DEPLOYMENT, EVENT

RISK_API = (stacks.NAMESPACE, "alpha-risk-api")


def told(server):
    return Counter(
        (body["action"], body["reason"], body["type"])
        for body in server.cluster.objects(EVENT, stacks.NAMESPACE)
    )


async def test_a_stack_that_comes_up_makes_one_event(server, ready):
    del ready
    assert {("Ready", "AllComponentsReady", "Normal"): 1} == told(server)


async def test_an_event_is_about_its_stack(server, ready):
    del ready
    (event,) = server.cluster.objects(EVENT, stacks.NAMESPACE)
    metadata = server.stack()["metadata"]
    assert (metadata["name"], metadata["uid"]) == (
        event["regarding"]["name"],
        event["regarding"]["uid"],
    )


async def test_a_rejected_spec_makes_an_event_of_each_condition_it_spoils(server, ready):
    server.apply_stack(spec={"riskApi": {"image": "registry.example/risk-api:1"}})
    await server.until_condition("SpecAccepted", "False")
    await ready.rest()
    told_once = {("SpecAccepted", "Rejected", "Warning"), ("Stalled", "InvalidSpec", "Warning")}
    assert told_once <= told(server).keys()
    assert {1} == set(told(server).values())


async def test_the_same_turn_taken_often_is_told_once(server, ready):
    for _ in range(3):
        server.apply_stack(spec={"riskApi": {"image": "registry.example/risk-api:1"}})
        await server.until_condition("SpecAccepted", "False")
        await ready.rest()
        server.apply_stack()
        await server.until_condition("Ready", "True")
        await ready.rest()
    assert {1} == set(told(server).values())


async def test_an_event_that_is_refused_does_not_hold_up_the_stack(server, operator):
    def refuse(kind, operation, body):
        if kind == EVENT:
            raise Refusal(403, "Forbidden", f"no {operation} of {body['metadata']['name']}")

    server.cluster.refuse.append(refuse)
    server.apply_stack()
    await server.until_condition("Ready", "True")
    await operator.rest()
    assert {} == told(server)
    assert server.cluster.find(DEPLOYMENT, RISK_API)
