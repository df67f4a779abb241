import pytest
from pydantic import ValidationError

from tests.support.stacks import stack
from tradingstack_operator.api.base import ATOMIC_BY_NAME
from tradingstack_operator.api.components import Bus, Cache, Stream
from tradingstack_operator.api.parts import Storage
from tradingstack_operator.api.workloads import Readiness


def test_a_model_cannot_be_changed():
    storage = Storage(size="1Gi")
    with pytest.raises(ValidationError):
        storage.size = "2Gi"


def test_fields_are_read_by_their_camel_case_names():
    assert Cache.model_validate({"provider": "Builtin", "maxMemoryPercent": 50}) == Cache(
        provider="Builtin", max_memory_percent=50
    )


@pytest.mark.parametrize(
    "extra",
    [
        {"password": "hunter2"},
        {"maxMemoryPercent": "50"},
        {"maxMemoryPercent": True},
        {"maxMemoryPercent": 50.5},
        {"maxMemoryPercent": 91},
        {"restoreOnEmptyVolume": 1},
        {"restoreOnEmptyVolume": "true"},
        {"storage": "1Gi"},
        {"provider": "builtin"},
    ],
    ids=str,
)
def test_unknown_and_mistyped_fields_are_refused(extra):
    with pytest.raises(ValidationError):
        Cache.model_validate({"provider": "Builtin"} | extra)


def test_a_list_becomes_a_tuple():
    assert Readiness.model_validate({"dependsOn": ["cache"]}).depends_on == ("cache",)


@pytest.mark.parametrize("value", ["cache", {"cache": 1}, {"cache"}, 1])
def test_only_lists_are_read_as_lists(value):
    with pytest.raises(ValidationError):
        Readiness.model_validate({"dependsOn": value})


def test_a_set_refuses_equal_items():
    with pytest.raises(ValidationError, match="Every item may appear only once"):
        Readiness(depends_on=("cache", "cache"))


def test_a_map_refuses_items_of_one_name():
    stream = Stream(name="ticks", subjects=("md.>",))
    with pytest.raises(ValidationError, match="Every name may appear only once"):
        Bus(provider="Builtin", kind="NATS", streams=(stream, stream))


def test_an_atomic_list_may_hold_equal_items():
    assert Stream(name="ticks", subjects=("md.a", "md.a")).subjects == ("md.a", "md.a")


def test_an_atomic_list_with_a_key_still_names_its_items_apart():
    assert (ATOMIC_BY_NAME.merge, ATOMIC_BY_NAME.key) == ("atomic", "name")


def test_what_was_never_set_is_not_written():
    assert Storage(size="1Gi").to_json() == {"size": "1Gi"}


def test_a_stack_survives_writing_and_reading():
    one = stack()
    assert one == type(one).model_validate(one.to_json())
