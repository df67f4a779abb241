from dataclasses import replace

from tests.support.observed import counts
from tests.unit.status.findings import RUNNING, healthy, without
from tradingstack_operator.model.findings import Waiting
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status.cache import cache_ready

CACHE = ObjectRef("StatefulSet", "alpha-cache")
CLAIM = ObjectRef("PersistentVolumeClaim", "alpha-cache-snapshots")
SOUND = RUNNING | {CLAIM: replace(RUNNING[CLAIM], status={"phase": "Bound"})}


def with_status(status):
    return SOUND | {CACHE: replace(SOUND[CACHE], status=status)}


def test_a_cache_whose_pod_is_ready_is_ready():
    verdict = cache_ready(healthy(children=SOUND))
    assert (verdict.status, verdict.reason) == ("True", "Ready")


def test_a_cache_whose_pod_is_not_ready_loads():
    verdict = cache_ready(healthy(children=with_status(counts(1, readyReplicas=0))))
    assert (verdict.status, verdict.reason) == ("False", "Loading")
    assert verdict.message == "StatefulSet/alpha-cache has 0 of 1 replicas ready."


def test_a_cache_that_is_not_there_yet_loads():
    assert cache_ready(healthy(children=without(CACHE))).reason == "Loading"


def test_a_cache_that_waits_says_for_what():
    waiting = (Waiting("cache", "cache waits for ExternalSecret/alpha-cache"),)
    verdict = cache_ready(healthy(waiting=waiting))
    assert verdict.message == "cache waits for ExternalSecret/alpha-cache."


def test_a_cache_of_somebody_else_is_not_judged():
    assert cache_ready(healthy(desired={})) is None
