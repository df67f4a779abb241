from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.observed import counts
from tests.unit.status.findings import RUNNING, healthy, rejected
from tradingstack_operator.model.findings import Violation, Waiting
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status.features import feature_store_ready

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SERVERS = ObjectRef("Deployment", "alpha-features")
ONLINE_STORE = ObjectRef("StatefulSet", "alpha-online-store")
CLOCK = ObjectRef("CronJob", "alpha-materialization")
DONE = {"conditions": [{"type": "Complete", "status": "True"}]}
FAILED = {"failed": 1}


def job(prefix):
    (ref,) = (r for r in RUNNING if r.kind == "Job" and r.name.startswith(f"alpha-{prefix}"))
    return ref


REGISTRY, WARM = job("registry"), job("materialization-warm")
SOUND = RUNNING | {
    REGISTRY: replace(RUNNING[REGISTRY], status=DONE),
    WARM: replace(RUNNING[WARM], status=DONE | {"completionTime": "2026-11-24T11:00:00Z"}),
    CLOCK: replace(RUNNING[CLOCK], status={"lastSuccessfulTime": "2026-11-24T11:55:00Z"}),
}


def judged(statuses=None, without=(), **fields):
    children = {ref: child for ref, child in SOUND.items() if ref not in without}
    for ref, status in (statuses or {}).items():
        children[ref] = replace(children[ref], status=status)
    verdict = feature_store_ready(healthy(**{"children": children} | fields), NOW)
    return verdict.status, verdict.reason


def message(statuses):
    children = dict(SOUND)
    for ref, status in statuses.items():
        children[ref] = replace(children[ref], status=status)
    return feature_store_ready(healthy(children=children), NOW).message


def test_a_feature_store_with_fresh_features_is_ready():
    assert judged() == ("True", "Ready")


def test_a_registry_job_that_is_not_done_leaves_the_registry_empty():
    assert judged({REGISTRY: {}}) == ("False", "RegistryEmpty")
    assert judged(without=(REGISTRY,)) == ("False", "RegistryEmpty")


def test_a_registry_job_that_tried_in_vain_means_that_the_registry_cannot_be_reached():
    assert judged({REGISTRY: FAILED}) == ("False", "RegistryUnreachable")


def test_an_online_store_that_is_away_is_cold():
    assert judged({ONLINE_STORE: counts(1, readyReplicas=0)}) == ("False", "OnlineStoreCold")


def test_a_feature_store_is_cold_until_it_was_filled_once():
    assert judged({WARM: {}}) == ("False", "OnlineStoreCold")
    assert judged({WARM: FAILED}) == ("False", "OnlineStoreCold")


def test_a_feature_store_that_nobody_warms_is_cold_until_the_clock_has_filled_it():
    assert judged({WARM: DONE, CLOCK: {}}) == ("False", "OnlineStoreCold")


def test_the_first_filling_counts_as_a_materialisation():
    first = DONE | {"completionTime": "2026-11-24T11:50:00Z"}
    assert judged({WARM: first, CLOCK: {}}) == ("True", "Ready")


def test_features_are_stale_when_no_materialisation_went_well_for_too_long():
    late = {CLOCK: {"lastSuccessfulTime": "2026-11-24T11:44:59Z"}}
    assert judged(late) == ("False", "MaterializationStale")
    assert "2026-11-24T11:44:59Z, more than 15 minutes ago" in message(late)
    assert "CronJob/alpha-materialization" in message(late)
    assert judged({CLOCK: {"lastSuccessfulTime": "2026-11-24T11:45:00Z"}}) == ("True", "Ready")


def test_servers_that_are_not_ready_make_features_unreadable():
    gone = counts(2, readyReplicas=0, availableReplicas=0)
    assert judged({SERVERS: gone}) == ("False", "RegistryUnreachable")


def test_refused_pods_come_before_all_else():
    refused = counts(2) | {"conditions": [{"type": "ReplicaFailure", "status": "True"}]}
    assert judged({SERVERS: refused, REGISTRY: {}}) == ("False", "PodsRejected")


@pytest.mark.parametrize(
    ("component", "reason"),
    [
        ("online-store", "OnlineStoreCold"),
        ("registry", "RegistryEmpty"),
        ("materialization", "OnlineStoreCold"),
        ("features", "RegistryUnreachable"),
    ],
)
def test_a_part_that_waits_says_for_what(component, reason):
    waiting = (Waiting(component, f"{component} waits for something"),)
    assert judged(waiting=waiting) == ("False", reason)


def test_a_feature_store_of_somebody_else_is_not_judged():
    assert feature_store_ready(healthy(desired={}), NOW) is None


def test_what_runs_of_a_rejected_spec_is_judged_without_its_limit_of_age():
    broken = rejected(Violation("INV-04", "spec", "no"), children=SOUND)
    old = {CLOCK: replace(SOUND[CLOCK], status={"lastSuccessfulTime": "2026-11-20T00:00:00Z"})}
    assert feature_store_ready(replace(broken, children=SOUND | old), NOW).status == "True"
