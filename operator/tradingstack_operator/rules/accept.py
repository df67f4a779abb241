"""Whether a TradingStack may change anything in the cluster."""

import re
from dataclasses import replace
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tradingstack_operator.api.names import POLICY_NAME
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.findings import Violation
from tradingstack_operator.model.objects import Manifest
from tradingstack_operator.rules.case import Case
from tradingstack_operator.rules.registry import in_order, validate_policy, validate_stack

_WORDS: Final = {
    "extra_forbidden": "unknown field; remove it or",
    "missing": "required, but absent; add it or",
    "model_type": "must be an object;",
    "tuple_type": "must be a list;",
}
_SHOULD: Final = re.compile(r"^\w+ should ")


def accept(manifest: Manifest, facts: Facts) -> TradingStack | tuple[Violation, ...]:
    """Give the stack if it keeps every rule, else every violation in a stable order.

    A manifest that does not parse cannot be judged further, so it yields its schema violations
    alone. A policy that is itself unsafe makes every stack that relies on it unsafe.
    """
    try:
        stack = TradingStack.model_validate(manifest, by_alias=True, by_name=False)
    except ValidationError as error:
        return schema_violations(error, TradingStack.__name__)
    found = validate_stack(Case(stack, facts))
    if facts.policy:
        found += tuple(
            replace(violation, field=f"PlatformPolicy/{POLICY_NAME} {violation.field}")
            for violation in validate_policy(facts.policy)
        )
    return in_order(found) or stack


def schema_violations(error: ValidationError, kind: str) -> tuple[Violation, ...]:
    """Word what does not parse, in a stable order."""
    # the input may be a password in the wrong place: it must not reach a message
    details = error.errors(include_url=False, include_input=False, include_context=False)
    return in_order(_violation(item, kind) for item in details)


def _violation(error: ErrorDetails, kind: str) -> Violation:
    path = [part for part in error["loc"] if part != "[key]"]
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    known = [part for part in path if isinstance(part, str)]
    if path != list(error["loc"]) or error["type"] == "extra_forbidden":
        known.pop()  # kubectl can explain the parent only
    words = _WORDS.get(error["type"], _SHOULD.sub("must ", error["msg"]) + ";")
    explain = ".".join([kind.lower(), *known])
    return Violation("schema", field.lstrip("."), f"{words} see kubectl explain {explain}")
