"""What went wrong, as values: they end in a condition, never in a stack trace."""

from dataclasses import dataclass


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
