"""Carry the StackOperations of a stack one step further, and ask for the drill that is due."""

from datetime import datetime

from tradingstack_operator.api.stack_operation import StackOperationSpec
from tradingstack_operator.controller.decision import Decision
from tradingstack_operator.model.observed import Observed
from tradingstack_operator.model.ports import ClusterPort
from tradingstack_operator.planning.drills import due_drill
from tradingstack_operator.planning.operations import Scene, Step, next_steps


async def operate(
    cluster: ClusterPort, observed: Observed, decision: Decision, now: datetime
) -> tuple[Step, ...]:
    """Write what became of the operations, before anything is planned from it.

    Nothing moves while the spec is rejected: what an operation would do cannot be said then.
    """
    stack, facts = decision.stack, decision.facts
    if stack is None or facts.namespace_terminating:
        return ()
    steps = next_steps(Scene(stack, facts, observed.children, decision.refusals, now))
    for step in steps:
        await cluster.write_operation(step.operation, step.status)
    calm = not (stack.spec.paused or facts.freeze(stack))
    if calm and decision.drillable and (name := due_drill(stack, facts, now)):
        spec = StackOperationSpec(stack=stack.metadata.name, type="Drill")
        await cluster.create_operation(observed.key.namespace, name, spec)
    return steps
