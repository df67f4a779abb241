"""Quantities in the one spelling the API server keeps.

The server rewrites ``1024Mi`` to ``1Gi``; an object rendered with the first would look drifted
for ever.
"""

import re
from typing import Final

_SPELLING: Final = re.compile(r"([0-9]+)(m|Mi|Gi|Ti)?")
_BINARY: Final = ("Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL: Final = ("m", "", "k", "M", "G", "T", "P", "E")
_MEBI: Final = 1024**2


def _parse(text: str) -> tuple[int, str]:
    match = _SPELLING.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a whole number with the unit m, Mi, Gi, Ti or none")
    return int(match[1]), match[2] or ""


def canonical(text: str) -> str:
    """Spell a quantity with the largest unit that keeps its number whole."""
    number, unit = _parse(text)
    units, step = (_BINARY, 1024) if unit in _BINARY else (_DECIMAL, 1000)
    place = units.index(unit)
    while number and number % step == 0 and place + 1 < len(units):
        number, place = number // step, place + 1
    return f"{number}{units[place]}" if number else "0"


def amount(text: str) -> int:
    """Read a quantity as thousandths, so that any two of one resource compare."""
    number, unit = _parse(text)
    if unit in _BINARY:
        return number * 1000 * (_MEBI << 10 * _BINARY.index(unit))
    return number if unit == "m" else number * 1000


def whole_bytes(text: str) -> int:
    return amount(text) // 1000
