"""What the informers' news make of the guards."""

import copy

import pytest

from tradingstack_operator.cluster import guards
from tradingstack_operator.cluster.guards import Guards
from tradingstack_operator.cluster.store import Address
from tradingstack_operator.model.kinds import ADMISSION_BINDING, ADMISSION_POLICY, GUARD_KINDS
from tradingstack_operator.model.objects import ObjectRef
from tradingstack_operator.rules.guards import build_guards, stored_specs

KINDS = {kind.kind: kind for kind in GUARD_KINDS}
BINDING = next(guard for guard in build_guards() if guard["kind"] == ADMISSION_BINDING.kind)
REF = ObjectRef(ADMISSION_BINDING.kind, BINDING["metadata"]["name"])


def live(guard=BINDING, version="1", uid="first", **spec):
    """Give a guard as the API server sends it."""
    metadata = guard["metadata"] | {"uid": uid, "resourceVersion": version}
    stored = dict(stored_specs())[ObjectRef(guard["kind"], guard["metadata"]["name"])]
    return {"metadata": metadata, "spec": copy.deepcopy(stored) | spec}


def listed(target, kind, manifests):
    target.begin(kind, 1)
    for manifest in manifests:
        target.upsert(kind, manifest)
    target.retain(kind, {Address.of(manifest) for manifest in manifests}, 1)


def all_of(kind):
    return [live(guard) for guard in build_guards() if guard["kind"] == kind.kind]


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def told():
    return []


@pytest.fixture
def fresh(clock, told):
    """Have a sink that has heard of nothing."""
    return Guards(clock, told.append)


@pytest.fixture
def sound(fresh):
    """Have a sink that found every guard as it was shipped."""
    for kind in GUARD_KINDS:
        listed(fresh, kind, all_of(kind))
    return fresh


def broken(told):
    return {ref: problem for ref, problem in told[-1].items() if problem}


def test_every_guard_is_judged_once_all_kinds_are_read(sound, told):
    assert [dict.fromkeys(sound.shipped, "")] == told


def test_nothing_is_said_before_all_kinds_are_read(fresh, told):
    listed(fresh, ADMISSION_BINDING, [])
    listed(fresh, ADMISSION_POLICY, [])
    assert [] == told


def test_a_guard_that_a_list_lacks_is_missing(sound, told):
    listed(sound, ADMISSION_BINDING, all_of(ADMISSION_BINDING)[1:])
    assert {REF: "is missing"} == broken(told)


def test_a_guard_that_is_deleted_is_missing(sound, told):
    sound.remove(ADMISSION_BINDING, live())
    assert {REF: "is missing"} == broken(told)


def test_a_guard_that_comes_back_is_sound(sound, told):
    sound.remove(ADMISSION_BINDING, live())
    sound.upsert(ADMISSION_BINDING, live(version="2", uid="second"))
    assert {} == broken(told)


def test_a_guard_that_differs_names_the_field(sound, told):
    sound.upsert(ADMISSION_BINDING, live(version="2", validationActions=["Audit"]))
    assert {REF: "was changed at spec.validationActions[0]"} == broken(told)


def test_a_version_that_is_known_is_not_compared_again(sound, told):
    sound.upsert(ADMISSION_BINDING, live(validationActions=["Audit"]))
    assert 1 == len(told)


def test_a_list_that_says_nothing_new_is_no_news(sound, told):
    listed(sound, ADMISSION_BINDING, all_of(ADMISSION_BINDING))
    assert 1 == len(told)


def test_an_object_that_was_not_shipped_does_not_count(sound, told):
    metadata = {"name": "foreign", "uid": "f", "resourceVersion": "9"}
    sound.upsert(ADMISSION_BINDING, {"metadata": metadata, "spec": {}})
    sound.remove(ADMISSION_BINDING, {"metadata": metadata})
    assert 1 == len(told)


def test_a_kind_that_was_not_listed_for_long_is_not_believed(sound, told, clock):
    clock.now += guards.TRUST
    listed(sound, ADMISSION_BINDING, all_of(ADMISSION_BINDING))
    clock.now += 1
    sound.judge()
    problems = {ref.kind: problem for ref, problem in broken(told).items()}
    assert set(KINDS) - {ADMISSION_BINDING.kind} == set(problems)
    assert {"cannot be read, see the operator's log"} == set(problems.values())


def test_a_kind_that_is_not_served_keeps_what_is_known_until_it_is_old(sound, told):
    sound.missing(ADMISSION_BINDING)
    sound.judge()
    assert 1 == len(told)
