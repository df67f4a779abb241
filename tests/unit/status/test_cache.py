from dataclasses import replace

from tests.support.observed import by_ref, child, counts
from tests.unit.status.findings import RUNNING, healthy, rejected, without
from tradingstack_operator.model.findings import Violation, Waiting
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.status.cache import cache_ready

CACHE = ObjectRef("StatefulSet", "alpha-cache")


def with_status(status):
    return RUNNING | {CACHE: replace(RUNNING[CACHE], status=status)}


def test_a_cache_whose_pod_is_ready_is_ready():
    verdict = cache_ready(healthy())
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


def test_a_cache_does_not_answer_for_another_component_that_is_held_back():
    found = healthy(waiting=(Waiting("ingestor", "it waits"),))
    assert cache_ready(found).status == "True"


def test_of_a_rejected_spec_the_cache_that_exists_is_judged():
    cache = child("StatefulSet", "alpha-cache", component="cache")
    found = rejected(Violation("INV-15", "spec.insecureFlags", "empty it"), children=by_ref(cache))
    assert cache_ready(found).reason == "Loading"


def test_a_cache_of_somebody_else_is_not_judged():
    assert cache_ready(healthy(desired={})) is None
