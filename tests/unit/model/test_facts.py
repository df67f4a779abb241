import pytest

from tests.support.stacks import facts, stack

BROKEN = ("Crd/a is missing",)


@pytest.mark.parametrize(
    ("environment", "broken", "frozen"),
    [
        ("production", BROKEN, True),
        ("production", (), False),
        ("staging", BROKEN, False),
        ("development", BROKEN, False),
    ],
)
def test_a_broken_guard_freezes_production_only(environment, broken, frozen):
    surroundings = facts(broken_guards=broken)
    assert surroundings.freeze(stack(spec={"environment": environment})) is frozen
