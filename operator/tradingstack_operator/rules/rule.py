"""What a rule is: an id, a law in one sentence, and a function that finds where it is broken."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from tradingstack_operator.model.findings import Violation

Subject = TypeVar("Subject")


class Broken(NamedTuple):
    """One place where a rule is broken."""

    field: str
    next_step: str
    """What to do about it, without the field's value: that may be a secret."""


@dataclass(frozen=True, slots=True)
class Rule(Generic[Subject]):
    """A law about a stack or a policy; calling it judges one of them."""

    id: str
    law: str
    find: Callable[[Subject], Iterator[Broken]]

    def __call__(self, subject: Subject) -> tuple[Violation, ...]:
        return tuple(
            Violation(self.id, field, f"{self.law}; {next_step}")
            for field, next_step in self.find(subject)
        )


def rule(
    identity: str, law: str
) -> Callable[[Callable[[Subject], Iterator[Broken]]], Rule[Subject]]:
    """Make a rule of the function that finds its violations."""

    def decorate(find: Callable[[Subject], Iterator[Broken]]) -> Rule[Subject]:
        return Rule(identity, law, find)

    return decorate
