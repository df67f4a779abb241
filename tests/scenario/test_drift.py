"""What somebody changes in a stack's objects is put right, unless it is theirs."""

import pytest

from tests.scenario.stage import named
from tests.scenario.world import objects
from tests.support import stacks
from tradingstack_operator.api import names
from tradingstack_operator.model.kinds import (
    ALERTMANAGER_CONFIG,
    AUTOSCALER,
    CONFIG_MAP,
    CRON_JOB,
    DEPLOYMENT,
    DISRUPTION_BUDGET,
    EXTERNAL_SECRET,
    JOB,
    MANAGED_KINDS,
    NETWORK_POLICY,
    PROMETHEUS_RULE,
    SERVICE,
    SERVICE_ACCOUNT,
    SERVICE_MONITOR,
    STATEFUL_SET,
    VOLUME_CLAIM,
)

EDITS = {
    NETWORK_POLICY: {"spec": {"policyTypes": ["Ingress"]}},
    SERVICE_ACCOUNT: {"automountServiceAccountToken": True},
    CONFIG_MAP: {"data": None},
    EXTERNAL_SECRET: {"spec": {"secretStoreRef": {"name": "elsewhere"}}},
    SERVICE: {"metadata": {"labels": {names.LABEL_STACK: "other"}}},
    DISRUPTION_BUDGET: {"spec": {"maxUnavailable": 2}},
    STATEFUL_SET: {"spec": {"replicas": 0}},
    DEPLOYMENT: {"spec": {"template": {"spec": {"automountServiceAccountToken": True}}}},
    AUTOSCALER: {"spec": {"maxReplicas": 9}},
    VOLUME_CLAIM: {"metadata": {"labels": {names.LABEL_STACK: "other"}}},
    JOB: {"metadata": {"labels": {names.LABEL_STACK: "other"}}},
    CRON_JOB: {"spec": {"schedule": "0 0 1 1 *"}},
    SERVICE_MONITOR: {"spec": {"endpoints": []}},
    PROMETHEUS_RULE: {"spec": {"groups": []}},
    ALERTMANAGER_CONFIG: {"spec": {"receivers": []}},
}
SCALED = {"riskApi": {"autoscaling": {"minReplicas": 3, "maxReplicas": 5}}}
CONFIG = (stacks.NAMESPACE, "alpha-system")
RISK_API = (stacks.NAMESPACE, "alpha-risk-api")
HPA = "kube-controller-manager"


@pytest.fixture
def _autoscaled(server):
    """Do what the autoscaler does: keep the risk API at its least number of replicas."""

    def scale(change):
        body = change.last.body
        if change.after is not None and change.resource.kind == DEPLOYMENT:
            found = (body["metadata"]["namespace"], body["metadata"]["name"])
            if found == RISK_API and body["spec"]["replicas"] < 3:
                server.cluster.patch(DEPLOYMENT, RISK_API, {"spec": {"replicas": 3}}, manager=HPA)

    server.cluster.after_write.append(scale)


@pytest.fixture
async def scaled(server, operator, _autoscaled):
    """Have a stack with an object of every kind ready, and the operator at rest."""
    server.apply_stack(spec=SCALED)
    await server.until_condition("Ready", "True")
    await operator.rest()
    return operator


def one_of_each(server):
    """Choose one object of every managed kind that the stack has."""
    found = {kind: server.cluster.objects(kind) for kind in MANAGED_KINDS}
    return {kind: bodies[0]["metadata"]["name"] for kind, bodies in found.items() if bodies}


def touched(server, since):
    """Name the object of every write to an object of the stack."""
    calls = (call for call in server.log(since) if call.kind not in {"TradingStack", "Event"})
    return sorted(f"{call.kind}/{call.name}" for call in calls)


async def test_an_object_edited_by_hand_is_repaired_with_one_write(server, scaled):
    before, chosen, mark = objects(server), one_of_each(server), server.mark()
    for kind, name in chosen.items():
        server.cluster.patch(kind, (stacks.NAMESPACE, name), EDITS[kind], manager="kubectl-edit")
    assert len(chosen) == sum(before[key] != body for key, body in objects(server).items())
    await scaled.rest()
    assert sorted(f"{kind.kind}/{name}" for kind, name in chosen.items()) == touched(server, mark)


async def test_an_edited_object_ends_as_it_was(server, scaled):
    chosen = one_of_each(server)
    specs = {kind: server.cluster.get(kind, (stacks.NAMESPACE, chosen[kind])) for kind in chosen}
    for kind, name in chosen.items():
        server.cluster.patch(kind, (stacks.NAMESPACE, name), EDITS[kind], manager="kubectl-edit")
    await scaled.rest()
    for kind, before in specs.items():
        after = server.cluster.get(kind, (stacks.NAMESPACE, chosen[kind]))
        for part in ("spec", "data", "automountServiceAccountToken"):
            assert before.get(part) == after.get(part), f"{part} of {kind.kind}"
        assert before["metadata"]["labels"] == after["metadata"]["labels"]


async def test_an_object_deleted_by_hand_is_made_again_with_one_write(server, scaled):
    before, chosen, mark = objects(server), one_of_each(server), server.mark()
    for kind, name in chosen.items():
        server.cluster.delete(kind, (stacks.NAMESPACE, name))
    await server.until_condition("Ready", "True")
    await scaled.rest()
    made = sorted(
        it for it in named(server.log(mark)) if "TradingStack" not in it and "Event" not in it
    )
    assert sorted(f"apply {kind.kind}/{name}" for kind, name in chosen.items()) == made
    assert before.keys() == objects(server).keys()


async def test_the_replicas_that_an_autoscaler_sets_are_its_own(server, scaled):
    mark = server.mark()
    server.cluster.patch(DEPLOYMENT, RISK_API, {"spec": {"replicas": 5}}, manager=HPA)
    await scaled.look()
    assert [] == touched(server, mark)
    assert server.cluster.get(DEPLOYMENT, RISK_API)["spec"]["replicas"] == 5


async def test_what_others_add_to_an_object_s_content_is_taken_out_with_one_write(server, ready):
    mark = server.mark()
    sidecar = {"name": "sidecar", "image": "elsewhere.example/sidecar:1"}
    template = {"spec": {"containers": [sidecar]}}
    body = {
        "metadata": {"namespace": stacks.NAMESPACE, "name": "alpha-risk-api"},
        "spec": {"template": template},
    }
    server.cluster.apply(DEPLOYMENT, body, manager="injector")
    await ready.rest()
    assert ["Deployment/alpha-risk-api"] == touched(server, mark)
    (container,) = server.cluster.get(DEPLOYMENT, RISK_API)["spec"]["template"]["spec"][
        "containers"
    ]
    assert container["name"] != "sidecar"


async def test_the_notes_of_others_on_an_object_stay_through_a_change_of_the_spec(server, ready):
    mark = server.mark()
    notes = {"annotations": {"example.com/note": "kept"}, "labels": {"example.com/team": "desk"}}
    server.cluster.patch(DEPLOYMENT, RISK_API, {"metadata": notes}, manager="kubectl-annotate")
    await ready.look()
    assert [] == named(server.log(mark))
    server.apply_stack(spec={"riskApi": {"replicas": 4}})
    await server.until_condition("Ready", "True")
    metadata = server.cluster.get(DEPLOYMENT, RISK_API)["metadata"]
    assert metadata["annotations"].items() >= notes["annotations"].items()
    assert metadata["labels"].items() >= notes["labels"].items()


@pytest.fixture
def rival(server):
    """Have another controller change one field back whenever the operator repairs it."""
    flips = []

    def flip(change):
        body = change.last.body
        found = (body["metadata"].get("namespace"), body["metadata"]["name"])
        if change.resource.kind != CONFIG_MAP or found != CONFIG or len(flips) >= 40:
            return
        if body.get("data") != {"flipped": "by the rival"}:
            flips.append(body)
            server.cluster.update(
                CONFIG_MAP, body | {"data": {"flipped": "by the rival"}}, manager="rival"
            )

    server.cluster.after_write.append(flip)
    return flips


async def test_a_field_that_a_rival_keeps_changing_is_named_and_not_fought_over(
    server, ready, rival
):
    mark = server.mark()
    server.cluster.patch(CONFIG_MAP, CONFIG, {"data": {"more": "of it"}}, manager="rival")
    told = await server.until_condition("InvariantsHeld", "False", "DriftRepaired")
    await ready.rest()
    assert ["ConfigMap/alpha-system"] * 5 == touched(server, mark)
    assert len(rival) == 6
    for word in ("rival", "data", "ConfigMap/alpha-system"):
        assert word in told["message"]
    assert server.condition("Stalled")["reason"] == "InvariantViolated"


async def test_a_contested_object_does_not_hold_up_the_others(server, ready, rival):
    server.cluster.patch(CONFIG_MAP, CONFIG, {"data": {"more": "of it"}}, manager="rival")
    await server.until_condition("InvariantsHeld", "False", "DriftRepaired")
    assert rival
    server.apply_stack(spec={"riskApi": {"replicas": 4}})
    await server.until(lambda: server.cluster.get(DEPLOYMENT, RISK_API)["spec"]["replicas"] == 4)
    await ready.rest()
