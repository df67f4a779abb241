"""What somebody else made under one of the operator's names is left as it is, and named."""

import pytest

from tests.support import stacks
from tests.support.fakeserver import Refusal
from tradingstack_operator.model.kinds import CONFIG_MAP

KEY = (stacks.NAMESPACE, "alpha-system")
THEIRS = {"metadata": {"namespace": KEY[0], "name": KEY[1]}, "data": {"system.yaml": "theirs"}}


@pytest.fixture(autouse=True)
def _theirs(server):
    server.cluster.create(CONFIG_MAP, THEIRS)


def content(server):
    return server.cluster.get(CONFIG_MAP, KEY)["data"]


async def test_a_foreign_object_is_named_and_left_alone(server, operator):
    server.apply_stack()
    told = await server.until_condition("InvariantsHeld", "False", "ForeignObject")
    await operator.rest()
    assert told["message"] == (
        "Not the operator's, and in its place: ConfigMap/alpha-system. Remove or rename what is "
        "there."
    )
    assert content(server) == THEIRS["data"]


async def test_the_stack_goes_on_when_the_foreign_object_is_gone(server, operator):
    server.apply_stack()
    await server.until_condition("InvariantsHeld", "False", "ForeignObject")
    server.cluster.delete(CONFIG_MAP, KEY)
    await operator.look()
    await server.until_condition("InvariantsHeld", "True")


@pytest.mark.usefixtures("operator")
async def test_the_admission_policys_word_is_understood(server):
    def refuse(kind, _, body):
        if kind == CONFIG_MAP and body["metadata"]["name"] == KEY[1]:
            raise Refusal(403, "Forbidden", "INV-45e metadata.name: the operator changes no other")

    server.cluster.refuse.append(refuse)
    server.apply_stack()
    await server.until_condition("Stalled", "True", "InvariantViolated")
