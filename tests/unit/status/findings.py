"""What a pass over the fitting stack learnt, with sound defaults."""

from tests.support.observed import desired, running
from tests.support.stacks import facts, stack
from tradingstack_operator.status.findings import Findings

STACK = stack()
DESIRED = {item.ref: item.component for item in desired()}
RUNNING = running()


def healthy(**fields):
    """Find everything as it should be; a test says what is otherwise."""
    sound = {"facts": facts(), "children": RUNNING, "stack": STACK, "desired": DESIRED}
    return Findings(**(sound | fields))


def rejected(*violations, **fields):
    """Find a spec that breaks rules: then nothing is known of what should exist."""
    return healthy(**({"stack": None, "desired": {}, "violations": violations} | fields))


def without(*refs):
    return {ref: child for ref, child in RUNNING.items() if ref not in refs}
