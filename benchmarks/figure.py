"""One measured number and what it was hoped to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import quantiles


@dataclass(frozen=True, slots=True)
class Figure:
    """Without a target it is reported for the reader, not judged."""

    what: str
    value: float
    unit: str = ""
    at_most: float | None = None
    detail: str = ""
    """What the number alone does not say: spread, sizes, counts."""

    @property
    def verdict(self) -> str:
        if self.at_most is None:
            return ""
        return "met" if self.value <= self.at_most else "MISSED"

    @property
    def shown(self) -> str:
        return f"{number(self.value)} {self.unit}".strip()

    @property
    def target(self) -> str:
        return "" if self.at_most is None else f"<= {number(self.at_most)} {self.unit}".strip()


def number(value: float) -> str:
    """Show three digits, or all of a whole number."""
    if isfinite(value) and (value == round(value) or abs(value) >= 100):
        return f"{value:.0f}"
    return f"{value:.3g}"


def percentile(values: Sequence[float], percent: int) -> float:
    if len(values) == 1:
        return values[0]
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def spread(values: Sequence[float]) -> str:
    return " ".join(number(value) for value in values)
