"""New credentials reach pods after they were delivered, and servers before their clients."""

from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest

from tests.support.observed import UID, by_ref, desired, ready
from tests.support.observed import applied as made
from tests.support.stacks import facts
from tradingstack_operator.api.names import ANNOTATION_ROTATION
from tradingstack_operator.model.kinds import CRON_JOB, JOB
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.model.rotation import SecretVersion
from tradingstack_operator.planning.plan import make_plan

VERSION = SecretVersion(2, datetime(2026, 8, 1, 10, tzinfo=UTC))
REQUESTED = "cache-ingestor=2@2026-08-01T10:00:00Z"
BEFORE, AFTER = "2026-08-01T09:55:00Z", "2026-08-01T10:00:05Z"
CACHE = ObjectRef("StatefulSet", "alpha-cache")
FEED = ObjectRef("Deployment", "alpha-ingestor-kraken")
CHANGED = frozenset({CACHE, FEED})
SECRETS = frozenset(ObjectRef("ExternalSecret", name) for name in ("alpha-cache", "alpha-ingestor"))


def wish(**overrides):
    """Render the stack after a value in the store has changed."""
    return desired(facts(credential_versions={"cache-ingestor": VERSION}), **overrides)


def done(item):
    child = ready(made(item))
    complete = {"conditions": [{"type": "Complete", "status": "True"}]}
    return replace(child, status=complete) if item.ref.kind == JOB.kind else child


def running(*changed, refreshed=BEFORE, asked=True):
    """Have the stack run as before the change, apart from the objects that are ``changed``."""
    new = {item.ref: item for item in wish()}
    old = {item.ref: item for item in desired()}
    children = by_ref(*(done(new[ref] if ref in changed else item) for ref, item in old.items()))
    for ref in SECRETS if asked else ():
        secret = done(new[ref])
        status = {**secret.status, "refreshTime": refreshed}
        children[ref] = replace(secret, requested=REQUESTED, status=status)
    return children


def plan(children, wanted=None, **options):
    return make_plan(wanted or wish(), children, UID, {}, **options)


def written(plan):
    return {item.wanted.ref for item in (*plan.foundations, *plan.workloads)} & (CHANGED | SECRETS)


def told(plan):
    return {item.message for item in plan.rotating}


def mark(rendered):
    template = orjson.loads(rendered.body)["spec"]["template"]
    return template["metadata"].get("annotations", {}).get(ANNOTATION_ROTATION)


def test_the_new_value_is_asked_for_before_anything_starts_anew():
    assert written(plan(running(asked=False))) == SECRETS


def test_nothing_starts_anew_before_the_new_value_is_delivered():
    outcome = plan(running())
    assert (written(outcome), told(outcome)) == (
        set(),
        {
            "cache waits for ExternalSecret/alpha-cache, which is to be fetched anew",
            "ingestor waits for ExternalSecret/alpha-ingestor, which is to be fetched anew",
        },
    )


def test_the_server_starts_anew_first():
    outcome = plan(running(refreshed=AFTER))
    assert written(outcome) == {CACHE}
    assert told(outcome) == {
        "ingestor waits for StatefulSet/alpha-cache, which has not got its new credentials yet"
    }


def test_a_client_starts_anew_when_the_server_has_the_new_value():
    assert written(plan(running(CACHE, refreshed=AFTER))) == {FEED}


def test_a_client_waits_for_a_server_that_is_not_back_yet():
    children = running(CACHE, refreshed=AFTER)
    children[CACHE] = replace(children[CACHE], status={})
    assert written(plan(children)) == set()


def test_nothing_is_left_to_do_when_all_have_the_new_value():
    outcome = plan(running(CACHE, FEED, refreshed=AFTER))
    assert (written(outcome), told(outcome)) == (set(), set())


def test_the_rest_of_a_change_does_not_wait_for_credentials():
    bigger = wish(spec={"cache": {"maxMemoryPercent": 50}})
    outcome = plan(running(), bigger)
    (apply,) = (item for item in outcome.workloads if item.wanted.ref == CACHE)
    assert mark(apply.wanted) is None


def test_a_workload_that_was_left_its_credentials_is_not_written_again():
    bigger = wish(spec={"cache": {"maxMemoryPercent": 50}})
    children = running()
    (apply,) = (item for item in plan(children, bigger).workloads if item.wanted.ref == CACHE)
    children[CACHE] = done(apply.wanted)
    assert CACHE not in {item.wanted.ref for item in plan(children, bigger).workloads}


@pytest.mark.parametrize("hold", [True, False])
def test_new_credentials_wait_for_no_maintenance_window(hold):
    outcome = plan(running(refreshed=AFTER), hold=hold)
    assert (written(outcome), outcome.held) == ({CACHE}, ())


def test_work_by_the_clock_needs_no_new_start():
    marked = [item for item in wish() if item.ref.kind == CRON_JOB.kind]
    assert marked == [item for item in desired() if item.ref.kind == CRON_JOB.kind]
