"""Python values as CEL source text, so that an expression and its twin share one constant."""

from collections.abc import Iterable
from re import Pattern


def text(value: str) -> str:
    """Write a string literal."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def texts(values: Iterable[str]) -> str:
    """Write a list of string literals, in the order given."""
    return f"[{', '.join(text(value) for value in values)}]"


def matches(subject: str, pattern: Pattern[str]) -> str:
    r"""Write a search for a pattern in the value of an expression.

    Python's ``\Z`` is RE2's ``$``: both mean the very end of the text.
    """
    spelled = pattern.pattern.replace(r"\Z", "$")
    return f"{subject}.matches({text(spelled)})"


def full_match(subject: str, pattern: Pattern[str]) -> str:
    """Write a match of a pattern with the whole value of an expression."""
    return f"{subject}.matches({text(f'^({pattern.pattern})$')})"
