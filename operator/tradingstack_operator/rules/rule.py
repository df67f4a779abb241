"""What a rule is: an id, a law in one sentence, where it is enforced, and its re-check."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Literal, NamedTuple, TypeVar

from tradingstack_operator.model.findings import Violation

Subject = TypeVar("Subject")
Severity = Literal["critical", "warning"]
"""Critical: money, credentials or the network are open. Warning: a promise would not be kept."""
Reason = Literal["Invalid", "Forbidden"]
"""Whether another value would be accepted, or only another user."""


class Broken(NamedTuple):
    """One place where a rule is broken."""

    field: str
    next_step: str = ""
    """What to do about it, without the field's value: that may be a secret.

    Empty: what the rule's first expression says.
    """


@dataclass(frozen=True, slots=True)
class Crd:
    """An expression in the schema of one of our kinds, evaluated by the API server itself."""

    kind: str
    path: str
    """Where in the schema, as in ``spec.ingestors[].env[]``; empty for the whole object."""
    expression: str
    """CEL over ``self``, and over ``oldSelf`` when it is about a change."""
    next_step: str
    field: str = ""
    """The field at fault, below ``path``."""

    @property
    def full_field(self) -> str:
        return ".".join(part for part in (self.path, self.field) if part)


@dataclass(frozen=True, slots=True)
class Validation:
    """An expression of an admission policy."""

    policy: str
    """The policy's name, without the prefix that all of them have."""
    expression: str
    """CEL over the request and the policy's variables; an error in it denies."""
    field: str
    next_step: str
    reason: Reason = "Invalid"

    @property
    def full_field(self) -> str:
        return self.field


Expression = Crd | Validation


def everywhere(
    policies: tuple[str, ...], expression: str, field: str, next_step: str
) -> tuple[Validation, ...]:
    """Forbid by one expression in several policies."""
    return tuple(Validation(name, expression, field, next_step, "Forbidden") for name in policies)


@dataclass(frozen=True, slots=True)
class Rule(Generic[Subject]):
    """A law; calling it judges one subject."""

    id: str
    law: str
    find: Callable[[Subject], Iterator[Broken]]
    expressions: tuple[Expression, ...] = ()
    """Where the API server enforces it; none means that only the operator can."""
    severity: Severity = "critical"
    places: frozenset[str] = field(init=False)
    """The kinds and policies of the expressions."""

    def __post_init__(self) -> None:
        places = (one.kind if isinstance(one, Crd) else one.policy for one in self.expressions)
        object.__setattr__(self, "places", frozenset(places))

    def __call__(self, subject: Subject) -> tuple[Violation, ...]:
        return tuple(
            Violation(self.id, broken.field, self._sentence(broken.next_step))
            for broken in self.find(subject)
        )

    def message(self, expression: Expression) -> str:
        """Word the refusal of one of the rule's expressions, as the API server shows it."""
        violation = Violation(self.id, expression.full_field, self._sentence(expression.next_step))
        return str(violation)

    def _sentence(self, next_step: str) -> str:
        return f"{self.law}; {next_step or self.expressions[0].next_step}"


def rule(
    identity: str, law: str, *expressions: Expression, severity: Severity = "critical"
) -> Callable[[Callable[[Subject], Iterator[Broken]]], Rule[Subject]]:
    """Make a rule of the function that finds its violations."""

    def decorate(find: Callable[[Subject], Iterator[Broken]]) -> Rule[Subject]:
        return Rule(identity, law, find, expressions, severity)

    return decorate
