"""Whatever was found, the status obeys the laws of kstatus and of the CRD."""

import copy
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.halts import a_halt
from tests.support.kstatus import broken_laws
from tests.support.observed import SYNCED, counts, desired
from tests.support.stacks import facts, stack
from tests.unit.status.findings import DESIRED, RUNNING, healthy
from tradingstack_operator.model.changes import Action, Change, Refusal
from tradingstack_operator.model.findings import Contest, Violation, Waiting
from tradingstack_operator.status.assess import assess
from tradingstack_operator.status.findings import Findings

NOW = datetime(2026, 8, 1, 10, tzinfo=UTC)
FEW = {"max_size": 3}
WORDS = st.text("ab é", min_size=1, max_size=9)
REFS = st.sampled_from(sorted(DESIRED))
STACKS = st.sampled_from(
    [
        stack(),
        stack(spec={"environment": "staging", "simulation": {"enabled": True}}),
        stack(spec={"environment": "staging", "insecureFlags": ["DisableAuth"]}),
        stack(spec={"paused": True}),
    ]
)
RULES = ["schema", "INV-02", "INV-03", "INV-10a", "INV-15"]
VIOLATIONS = st.builds(Violation, st.sampled_from(RULES), WORDS, WORDS)
STATUSES = st.sampled_from(
    [
        {},
        SYNCED,
        counts(3),
        counts(0),
        counts(3, observedGeneration=0),
        counts(3, conditions=[{"type": "ReplicaFailure", "status": "True"}]),
        {"conditions": [{"type": "Ready", "status": "False", "reason": "SecretSyncedError"}]},
    ]
)
CHILDREN = st.dictionaries(REFS, st.tuples(STATUSES, st.booleans())).map(
    lambda found: {
        ref: replace(RUNNING[ref], status=status, deleting=deleting)
        for ref, (status, deleting) in found.items()
    }
)
SURROUNDINGS = st.builds(
    facts,
    halts=st.lists(WORDS, **FEW).map(lambda names: tuple(map(a_halt, names))),
    namespace_terminating=st.booleans(),
    missing_kinds=st.sampled_from([frozenset(), frozenset({"ExternalSecret"})]),
    broken_guards=st.lists(WORDS, **FEW).map(tuple),
)
CHANGES = st.builds(
    Change, REFS, st.sampled_from(Action), st.sampled_from(Refusal), st.just("") | WORDS
)
COMPONENTS = st.sampled_from(["cache", "ingestor", "risk-api"])
ACCEPTED = st.builds(
    Findings,
    facts=SURROUNDINGS,
    children=CHILDREN,
    stack=STACKS,
    desired=st.sets(REFS).map(lambda refs: {ref: DESIRED[ref] for ref in sorted(refs)}),
    least=st.dictionaries(REFS, st.integers(1, 3), **FEW),
    waiting=st.lists(st.builds(Waiting, COMPONENTS, WORDS), **FEW).map(tuple),
    refused=st.lists(CHANGES, **FEW).map(tuple),
    contested=st.lists(st.builds(Contest, REFS, WORDS, WORDS), **FEW).map(tuple),
    effective=st.none() | st.just({"sizing": "medium"}),
)
REJECTED = st.builds(
    Findings,
    facts=SURROUNDINGS,
    children=CHILDREN,
    violations=st.lists(VIOLATIONS, min_size=1, **FEW).map(tuple),
)
DELETING = st.builds(
    Findings,
    facts=SURROUNDINGS,
    children=CHILDREN,
    refused=st.lists(CHANGES, **FEW).map(tuple),
    deleting=st.just(value=True),
)
FINDINGS = st.one_of(ACCEPTED, REJECTED, DELETING)


@settings(deadline=None)
@given(FINDINGS, st.integers(1, 2**53))
def test_every_status_obeys_the_laws(found, generation):
    assert broken_laws(assess(found, {}, generation, NOW), generation) == []


@settings(deadline=None)
@given(FINDINGS, FINDINGS)
def test_every_later_status_obeys_the_laws(found, earlier):
    first = assess(earlier, {}, 1, NOW)
    assert broken_laws(assess(found, first, 2, NOW), 2) == []


@settings(deadline=None)
@given(FINDINGS, FINDINGS)
def test_equal_findings_give_an_equal_status(found, earlier):
    first = assess(earlier, {}, 1, NOW)
    assert assess(found, first, 2, NOW) == assess(copy.deepcopy(found), first, 2, NOW)


@settings(deadline=None)
@given(FINDINGS, st.datetimes(timezones=st.just(UTC)))
def test_a_status_that_says_nothing_new_is_not_rewritten_later(found, later):
    first = assess(found, {}, 1, NOW)
    assert assess(found, first, 1, later) == first


GOOD = assess(healthy(), {}, 1, NOW)


def spoilt(kind="Ready", **fields):
    """Change the condition of this type in a status that is fine otherwise."""
    conditions = [item | fields if item["type"] == kind else item for item in GOOD["conditions"]]
    return GOOD | {"conditions": conditions}


def stalled(status):
    item = GOOD["conditions"][0] | {"type": "Stalled", "reason": "InvalidSpec", "status": status}
    return GOOD | {"conditions": [*GOOD["conditions"], item]}


@pytest.mark.parametrize(
    ("status", "law"),
    [
        ({}, "Ready is missing"),
        (spoilt(status="False"), "neither Reconciling nor Stalled says why Ready is not True"),
        (stalled("True"), "Ready is True beside Stalled"),
        (stalled("False"), "Stalled is present and not True"),
        (spoilt(reason="Fine"), "Fine is no reason of Ready"),
        (spoilt(message=""), "Ready has no message"),
        (spoilt("CacheReady", type="Nice"), "Nice is no known condition"),
        (spoilt(observedGeneration=0), "Ready has another observedGeneration than the status"),
        (GOOD | {"observedGeneration": 2}, "observedGeneration is ahead of metadata.generation"),
        (spoilt(status="Yes"), "'Yes' is not one of ['True', 'False', 'Unknown']"),
        (spoilt("CacheReady", type="Ready"), "items share the same type"),
        (
            GOOD | {"phase": "Running"},
            "Additional properties are not allowed ('phase' was unexpected)",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_law_is_named(status, law):
    assert law in broken_laws(status, 1)


def test_a_good_status_breaks_no_law():
    assert broken_laws(GOOD, 1) == []


def test_the_laws_know_every_object_that_a_test_may_find():
    assert set(DESIRED) == {item.ref for item in desired()}
