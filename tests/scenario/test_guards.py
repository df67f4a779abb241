"""A guard that is taken away or weakened is noticed; production stands still until it is back."""

from collections.abc import Iterator
from typing import Final

import pytest

from tests.scenario.operators import running
from tests.scenario.stage import GUARDS, KEY, a_stack, named
from tests.scenario.test_surroundings import HALT
from tests.support import stacks
from tradingstack_operator import replica
from tradingstack_operator.api import names
from tradingstack_operator.cluster import guards, informer
from tradingstack_operator.model.kinds import (
    ADMISSION_BINDING,
    ADMISSION_POLICY,
    CRD,
    DEPLOYMENT,
    EVENT,
    NAMESPACE,
    TRADING_HALT,
    TRADING_STACK,
)

DEVELOPMENT: Final = "trading-dev"
FIELD: Final = "x-kubernetes-validations"


def shipped(kind, *needed):
    """Find the first guard of a kind whose spec has a field."""
    return next(
        guard
        for guard in GUARDS
        if guard["kind"] == kind.kind and set(needed) <= set(guard["spec"])
    )


def key(guard):
    return "", guard["metadata"]["name"]


def rules(value, path="") -> Iterator[str]:
    """Point at the lists of CRD rules, as a JSON patch does."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for name, inner in items:
        if name == FIELD:
            yield f"{path}/{name}"
        elif isinstance(inner, dict | list):
            yield from rules(inner, f"{path}/{name}")


BINDING: Final = shipped(ADMISSION_BINDING)
POLICY: Final = shipped(ADMISSION_POLICY, "validations")
STRICT: Final = next(
    guard
    for guard in GUARDS
    if guard["spec"].get("paramRef", {}).get("parameterNotFoundAction") == "Deny"
)
STACKS: Final = next(guard for guard in GUARDS if guard["metadata"]["name"].startswith("tradings"))
RULE: Final = next(rules(STACKS))
UNLABELLED: Final = {"metadata": {"labels": {names.LABEL_PART_OF: None}}}
NOWHERE: Final = {"matchLabels": {"nobody": "here"}}
LENIENT: Final = {"spec": {"paramRef": {"parameterNotFoundAction": "Allow"}}}
WEAKENED: Final = [
    (ADMISSION_BINDING, BINDING, {"spec": {"validationActions": ["Audit"]}}),
    (ADMISSION_BINDING, BINDING, {"spec": {"matchResources": {"namespaceSelector": NOWHERE}}}),
    (ADMISSION_BINDING, BINDING, UNLABELLED),
    (ADMISSION_BINDING, STRICT, LENIENT),
    (ADMISSION_POLICY, POLICY, {"spec": {"failurePolicy": "Ignore"}}),
    (ADMISSION_POLICY, POLICY, [{"op": "remove", "path": "/spec/validations/0"}]),
    (ADMISSION_POLICY, POLICY, {"spec": {"matchConditions": [{"expression": "false"}]}}),
    (CRD, STACKS, [{"op": "remove", "path": RULE}]),
    (CRD, STACKS, UNLABELLED),
]


def broken(operator):
    """Read from the metrics which guards are broken."""
    (family,) = (
        family
        for family in operator.replica.metrics.registry.collect()
        if family.name == "tradingstack_guards_broken"
    )
    return {sample.labels["name"] for sample in family.samples if sample.value}


def take_away(server):
    server.cluster.delete(ADMISSION_BINDING, key(BINDING))


def put_back(server):
    server.cluster.create(ADMISSION_BINDING, BINDING)


def replicas(server, namespace=stacks.NAMESPACE):
    return server.cluster.get(DEPLOYMENT, (namespace, "alpha-risk-api"))["spec"]["replicas"]


def of_development(**overrides):
    store = {"kind": "ClusterSecretStore", "name": "vault-dev"}
    secrets = {"storeRef": store, "pathPrefix": f"development/{DEVELOPMENT}/alpha"}
    spec = {"environment": "development", "secrets": secrets, "ingestors": []}
    home = {"metadata": {"namespace": DEVELOPMENT}, "spec": spec}
    return a_stack(**stacks.merged(home, overrides))


async def test_guards_that_stand_as_shipped_are_not_broken(ready):
    assert set() == broken(ready)


async def test_a_binding_that_is_deleted_is_named(server, ready):
    take_away(server)
    told = await server.until_condition("InvariantsHeld", "False", "PolicyBindingMissing")
    name = BINDING["metadata"]["name"]
    assert told["message"] == (
        f"ValidatingAdmissionPolicyBinding/{name} is missing: have the platform team install "
        "chart tradingstack-crds again, in the operator's version; nothing is applied until then"
    )
    assert {name} == broken(ready)


async def test_a_broken_guard_makes_an_event(server, ready):
    take_away(server)
    await server.until_condition("InvariantsHeld", "False", "PolicyBindingMissing")
    await ready.rest()
    told = {
        (event["reason"], event["type"])
        for event in server.cluster.objects(EVENT, stacks.NAMESPACE)
        if event["action"] == "InvariantsHeld"
    }
    assert {("PolicyBindingMissing", "Warning")} == told


@pytest.mark.parametrize(("kind", "guard", "patch"), WEAKENED)
async def test_a_guard_that_is_weakened_is_named(server, ready, kind, guard, patch):
    server.cluster.patch(kind, key(guard), patch)
    told = await server.until_condition("InvariantsHeld", "False", "PolicyBindingMissing")
    assert told["message"].startswith(f"{kind.kind}/{guard['metadata']['name']} ")
    assert {guard["metadata"]["name"]} == broken(ready)


async def test_production_stands_still_while_a_guard_is_broken(server, ready):
    take_away(server)
    await server.until_condition("InvariantsHeld", "False")
    await ready.rest()
    mark = server.mark()
    server.apply_stack(spec={"riskApi": {"replicas": 5}, "ingestors": []})
    await server.until(server.observed)
    await ready.rest()
    assert {"apply TradingStack/alpha/status"} == set(named(server.log(mark)))


async def test_production_goes_on_when_the_guard_is_back(server, ready):
    take_away(server)
    await server.until_condition("InvariantsHeld", "False")
    server.apply_stack(spec={"riskApi": {"replicas": 5}, "ingestors": []})
    await server.until(server.observed)
    put_back(server)
    await server.until_condition("Ready", "True")
    await ready.rest()
    assert 5 == replicas(server)
    assert "Deployment/alpha-ingestor-kraken" not in server.names(DEPLOYMENT)
    assert set() == broken(ready)


async def test_a_new_production_stack_waits_for_the_guards(server, operator):
    take_away(server)
    server.apply_stack()
    await server.until_condition("Stalled", "True", "InvariantViolated")
    await operator.rest()
    assert set() == server.names(DEPLOYMENT)
    put_back(server)
    await server.until_condition("Ready", "True")


async def test_a_halt_is_reported_while_a_guard_is_broken(server, ready):
    take_away(server)
    await server.until_condition("InvariantsHeld", "False")
    server.cluster.create(TRADING_HALT, HALT)
    await server.until_condition("TradingEnabled", "False", "Halted")
    await ready.rest()


async def test_a_stack_is_taken_down_while_a_guard_is_broken(server, ready):
    take_away(server)
    await server.until_condition("InvariantsHeld", "False")
    server.cluster.delete(TRADING_STACK, KEY)
    await server.until(lambda: server.cluster.find(TRADING_STACK, KEY) is None)
    await ready.rest()
    assert set() == server.names(DEPLOYMENT)


async def test_development_goes_on_while_a_guard_is_broken(server, ready):
    labels = stacks.NAMESPACE_LABELS | {names.LABEL_ENVIRONMENT: "development"}
    server.cluster.create(NAMESPACE, {"metadata": {"name": DEVELOPMENT, "labels": labels}})
    take_away(server)
    server.apply_stack(of_development())
    there = (DEVELOPMENT, "alpha")
    told = await server.until_condition(
        "InvariantsHeld", "False", "PolicyBindingMissing", key=there
    )
    await ready.rest()
    assert "nothing is applied" not in told["message"]
    server.apply_stack(of_development(spec={"riskApi": {"replicas": 5}}))
    await server.until(lambda: replicas(server, DEVELOPMENT) == 5)
    await ready.rest()


async def test_a_deletion_nobody_heard_of_is_found_by_the_next_list(server, ready):
    server.hold_watches()
    take_away(server)
    server.release_watches(drop=lambda _: True)
    server.cut_watches(mid_line=False, broken=False)
    await server.until_condition("InvariantsHeld", "False", "PolicyBindingMissing")
    await ready.rest()


async def test_guards_that_cannot_be_read_are_not_believed(server, credentials, monkeypatch):
    monkeypatch.setattr(informer, "MISSING_PAUSE", 0.05)
    monkeypatch.setattr(replica, "GUARDS_EVERY", 0.05)
    async with running(server, credentials) as operator:
        server.apply_stack()
        await server.until_condition("Ready", "True")
        server.deny("list", ADMISSION_BINDING.group, ADMISSION_BINDING.plural)
        monkeypatch.setattr(guards, "TRUST", 0.1)
        server.cut_watches(mid_line=False, broken=False)
        told = await server.until_condition("InvariantsHeld", "False", "PolicyBindingMissing")
        assert "cannot be read, see the operator's log" in told["message"]
        assert BINDING["metadata"]["name"] in broken(operator)
        monkeypatch.setattr(guards, "TRUST", 60)
        server.allow("list", ADMISSION_BINDING.group, ADMISSION_BINDING.plural)
        await server.until_condition("Ready", "True")
        await operator.rest()


async def test_a_guard_gone_while_nobody_led_is_noticed_at_the_start(server, ready, credentials):
    await ready.stop()
    take_away(server)
    mark = server.mark()
    server.apply_stack(spec={"riskApi": {"replicas": 5}})
    async with running(server, credentials) as operator:
        await server.until_condition("InvariantsHeld", "False", "PolicyBindingMissing")
        await operator.rest()
    written = {call.kind for call in server.log(mark)}
    assert {"TradingStack", "Event"} == written
