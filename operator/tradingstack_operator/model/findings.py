"""What went wrong, as values: they end in a condition, never in a stack trace."""

from dataclasses import dataclass

from tradingstack_operator.model.objects import ObjectRef


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule a spec or its surroundings break."""

    rule: str
    """The rule's id, such as ``INV-04``; ``schema`` for a field that does not parse."""
    field: str
    """The path of the offending field, such as ``spec.simulation.enabled``."""
    message: str
    """What the rule says and what to do next, in one sentence without the field's value."""

    def __str__(self) -> str:
        return f"{self.rule} {self.field}: {self.message}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A component whose first pods are held back, and what it waits for."""

    component: str
    message: str


@dataclass(frozen=True, slots=True)
class Contest:
    """A field that somebody else keeps changing back."""

    ref: ObjectRef
    field: str
    manager: str
    """The field manager of the other writer, as its managedFields entry names it."""
