"""What happens around a stack reaches it: halts, the platform's policy, its namespace's labels."""

from tests.scenario.operators import running
from tests.scenario.stage import KEY, a_stack, named
from tests.support import stacks
from tradingstack_operator.model.kinds import (
    NAMESPACE,
    NETWORK_POLICY,
    PLATFORM_POLICY,
    TRADING_HALT,
    TRADING_STACK,
)

HALT = {
    "metadata": {"namespace": stacks.NAMESPACE, "name": "fat-finger"},
    "spec": {"stack": "alpha", "reason": "a test", "requestedBy": "trader"},
}
OTHER = "trading-other"


async def test_a_halt_stops_trading_and_leaves_the_stack_ready(server, ready):
    server.cluster.create(TRADING_HALT, HALT)
    told = await server.until_condition("TradingEnabled", "False", "Halted")
    assert "fat-finger" in told["message"]
    assert server.condition("Ready")["status"] == "True"
    await ready.rest()


async def test_a_halt_changes_no_object(server, ready):
    mark = server.mark()
    server.cluster.create(TRADING_HALT, HALT)
    await server.until_condition("TradingEnabled", "False", "Halted")
    await ready.rest()
    assert {"apply TradingStack/alpha/status", "create Event/"} == set(named(server.log(mark)))


async def test_a_lifted_halt_is_forgotten(server, ready):
    server.cluster.create(TRADING_HALT, HALT)
    await server.until_condition("TradingEnabled", "False", "Halted")
    server.cluster.delete(TRADING_HALT, (stacks.NAMESPACE, "fat-finger"))
    await server.until(lambda: server.condition("TradingEnabled")["reason"] != "Halted")
    await ready.rest()


def moved_policy():
    """Write the platform's policy with the market-data partner at another address."""
    partners = [
        partner | ({"cidrs": ["203.0.113.0/25"]} if partner["name"] == "kraken-md" else {})
        for partner in stacks.POLICY["spec"]["egress"]["partners"]
    ]
    approved = ["203.0.113.0/25", "10.9.0.10/32", "10.8.0.0/24", "198.51.100.0/24"]
    change = {"egress": {"partners": partners}, "approvedCIDRs": approved}
    return stacks.merged(stacks.POLICY, {"spec": change})


async def test_a_changed_platform_policy_reaches_every_stack(server, credentials):
    labels = stacks.NAMESPACE_LABELS
    server.cluster.create(NAMESPACE, {"metadata": {"name": OTHER, "labels": labels}})
    path = {"secrets": {"pathPrefix": f"production/{OTHER}/alpha"}}
    async with running(server, credentials) as operator:
        server.apply_stack()
        server.apply_stack(a_stack(metadata={"namespace": OTHER}, spec=path))
        for key in (KEY, (OTHER, "alpha")):
            await server.until_condition("Ready", "True", key=key)
        await operator.rest()
        server.cluster.apply(PLATFORM_POLICY, moved_policy(), manager="platform", force=True)
        for namespace in (stacks.NAMESPACE, OTHER):
            await server.until(lambda namespace=namespace: reaches_partner(server, namespace))
        await operator.rest()


def reaches_partner(server, namespace):
    policies = server.cluster.objects(NETWORK_POLICY, namespace)
    return any("203.0.113.0/25" in str(body["spec"]) for body in policies)


async def test_a_policy_that_is_deleted_stops_new_specs_and_no_running_stack(server, ready):
    before = server.names(NETWORK_POLICY)
    server.cluster.delete(PLATFORM_POLICY, ("", "default"))
    await server.until_condition("Ready", "False")
    await ready.rest()
    assert before == server.names(NETWORK_POLICY)


async def test_a_namespace_that_loses_its_environment_label_is_reported(server, ready):
    lost = {"metadata": {"labels": {"tradingstack.io/environment": None}}}
    server.cluster.patch(NAMESPACE, ("", stacks.NAMESPACE), lost)
    await server.until_condition("InvariantsHeld", "False", "EnvironmentLabelMismatch")
    await ready.rest()
    assert {"TradingStack/alpha"} == server.names(TRADING_STACK)
