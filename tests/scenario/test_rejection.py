"""A spec that breaks a rule, or is paused, changes nothing that runs."""

from tests.scenario.stage import named
from tests.scenario.world import objects
from tests.support import stacks
from tradingstack_operator.model.kinds import DEPLOYMENT

BROKEN = {
    "riskApi": {"image": "registry.example/risk-api:1"},
    "ingestors": [
        {
            "name": "kraken",
            "image": f"elsewhere.example/kraken:1{stacks.DIGEST}",
            "partners": ["nobody"],
        }
    ],
}
RISK_API = (stacks.NAMESPACE, "alpha-risk-api")


def children(server):
    return {key: body for key, body in objects(server).items() if "TradingStack" not in key}


def of_children(server, mark):
    return [it for it in named(server.log(mark)) if "TradingStack" not in it and "Event" not in it]


async def test_a_rejected_spec_makes_nothing(server, operator):
    server.apply_stack(spec=BROKEN)
    await server.until_condition("Stalled", "True", "InvalidSpec")
    await operator.rest()
    assert {} == children(server)


async def test_a_rejected_spec_lists_every_violation(server, operator):
    del operator
    server.apply_stack(spec=BROKEN)
    told = await server.until_condition("SpecAccepted", "False", "Rejected")
    for field in ("spec.riskApi.image", "spec.ingestors[0].image", "spec.ingestors[0].partners"):
        assert field in told["message"]


async def test_what_runs_is_left_alone_when_a_later_spec_is_rejected(server, ready):
    before, mark = children(server), server.mark()
    server.apply_stack(spec=BROKEN)
    await server.until_condition("SpecAccepted", "False", "Rejected")
    await ready.rest()
    assert [] == of_children(server, mark)
    assert before == children(server)


async def test_a_mended_spec_goes_on(server, ready):
    server.apply_stack(spec=BROKEN)
    await server.until_condition("SpecAccepted", "False", "Rejected")
    server.apply_stack(spec={"riskApi": {"replicas": 4}})
    await server.until_condition("Ready", "True")
    assert server.cluster.get(DEPLOYMENT, RISK_API)["spec"]["replicas"] == 4
    await ready.rest()


async def test_a_paused_stack_is_told_about_and_not_changed(server, ready):
    mark = server.mark()
    server.apply_stack(spec={"paused": True, "riskApi": {"replicas": 4}})
    await server.until(server.observed)
    server.cluster.delete(DEPLOYMENT, RISK_API)
    await server.until_condition("RiskAPIReady", "False")
    await ready.rest()
    assert [] == of_children(server, mark)


async def test_a_resumed_stack_catches_up(server, ready):
    server.apply_stack(spec={"paused": True, "riskApi": {"replicas": 4}})
    await server.until(server.observed)
    await ready.rest()
    assert server.cluster.get(DEPLOYMENT, RISK_API)["spec"]["replicas"] == 3
    server.apply_stack(spec={"paused": False, "riskApi": {"replicas": 4}})
    await server.until(lambda: server.cluster.get(DEPLOYMENT, RISK_API)["spec"]["replicas"] == 4)
