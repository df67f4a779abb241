"""Whatever three managers do to an object, the fake ends up with the real server's."""

import random

import pytest

from tests.contract.kinds import WIDGET
from tests.contract.test_same_objects import masked

pytestmark = pytest.mark.apiserver

SEEDS = range(20)
STEPS = 12


def a_choice(dice, *items):
    return dice.sample(items, dice.randrange(len(items) + 1))


def a_spec(dice):
    """Draw a spec with some of every kind of list and map, now and then an empty one."""
    parts = [
        {"name": name} | ({"weight": dice.randrange(3)} if dice.random() < 0.5 else {})
        for name in a_choice(dice, "a", "b", "c", "d")
    ]
    drawn = {
        "size": dice.randrange(3),
        "parts": parts,
        "colours": a_choice(dice, "red", "green", "blue"),
        "sequence": a_choice(dice, "1", "2", "3"),
        "settings": {name: str(dice.randrange(2)) for name in a_choice(dice, "x", "y", "z")},
        "origin": {"city": dice.choice("ab")},
    }
    return {name: drawn[name] for name in a_choice(dice, *drawn)}


async def a_step(dice, api):
    """Do something to the widget, as alice, bob or eve."""
    manager = dice.choice(("alice", "bob", "eve"))
    metadata = {"name": "one"}
    if labels := a_choice(dice, "l", "m"):
        metadata["labels"] = dict.fromkeys(labels, manager)
    match dice.randrange(6):
        case 0:
            report = {"metadata": {"name": "one"}, "status": {"phase": dice.choice("ab")}}
            return await api.apply(WIDGET, report, manager, "status")
        case 1:
            patch = {"metadata": metadata, "spec": a_spec(dice)}
            return await api.patch(WIDGET, "one", patch, fieldManager=manager)
        case _:
            force = dice.choice(("true", "false"))
            body = {"metadata": metadata, "spec": a_spec(dice)}
            return await api.apply(WIDGET, body, manager, force=force)


def told(answer):
    """Compare refusals by their status and causes, objects as a whole."""
    if answer.status >= 400:
        causes = answer.body.get("details", {}).get("causes", ())
        return answer.status, answer.reason, sorted(cause["field"] for cause in causes)
    return masked(answer)


@pytest.mark.parametrize("seed", SEEDS)
async def test_histories_are_the_same(seed, fake_client, real_client):
    fake, real = random.Random(seed), random.Random(seed)  # noqa: S311 - it has to be repeatable
    for _ in range(STEPS):
        answers = await a_step(fake, fake_client), await a_step(real, real_client)
        assert told(answers[0]) == told(answers[1])
