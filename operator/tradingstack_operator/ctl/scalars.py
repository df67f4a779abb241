"""The scalars of YAML 1.1 as Go reads them, and as JSON carries them.

kubectl sends what Go made of a file. PyYAML differs: to it 1:30 is 90, and a date is no text.
"""

import math
import re
from typing import Any, Final

Scalar = str | int | float | bool | None


class UndecodableError(ValueError):
    """A scalar that kubectl refuses; the message does not quote it."""


_WORDS: Final[dict[str, Scalar]] = (
    dict.fromkeys(["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"], True)
    | dict.fromkeys(["n", "N", "no", "No", "NO", "off", "Off", "OFF"], False)
    | dict.fromkeys(["false", "False", "FALSE"], False)
    | dict.fromkeys(["", "~", "null", "Null", "NULL"])
    | dict.fromkeys(
        [f"{sign}.{word}" for sign in ("", "+") for word in ("inf", "Inf", "INF")], math.inf
    )
    | dict.fromkeys(["-.inf", "-.Inf", "-.INF"], -math.inf)
    | dict.fromkeys([".nan", ".NaN", ".NAN"], math.nan)
)
_INTEGER: Final = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO]?(?P<oct>[0-7]+)|(?P<dec>0|[1-9][0-9]*))"
)
_BASES: Final = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}
_LONGEST: Final = len("-0b") + 64
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_TAG: Final = "tag:yaml.org,2002:"
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    f"{_TAG}int": (int,),
    f"{_TAG}float": (int, float),
    f"{_TAG}bool": (bool,),
    f"{_TAG}null": (type(None),),
}


def resolve(text: str, tag: str | None, *, plain: bool) -> Scalar:
    """Give a scalar its value; quoted text is text, and so is every tag that Go does not know."""
    if tag == f"{_TAG}binary":
        raise UndecodableError("JSON carries no !!binary; write the base64 text without the tag")
    if tag in _TYPES:
        found = _resolve_plain(text)
        if type(found) not in _TYPES[tag]:  # a bool is an int to isinstance
            raise UndecodableError("it is not what its tag says")
        return found
    return _resolve_plain(text) if plain and tag is None else text


def _resolve_plain(text: str) -> Scalar:
    if text in _WORDS:
        found = _WORDS[text]
        return number(found) if isinstance(found, float) else found
    if not text[0].isascii() or text[0] not in "0123456789+-.":
        return text
    digits = text if text[0] == "." else text.replace("_", "")
    match = _INTEGER.fullmatch(digits)
    if match and len(digits) <= _LONGEST:
        base = match.lastgroup or "dec"
        found = int(match["sign"] + match[base], _BASES[base])
        if -(2**63) <= found < 2**64:
            return number(found)
    return _float(digits, text)


def _float(digits: str, text: str) -> Scalar:
    """Read a float; one out of range stays text."""
    if not _FLOAT.fullmatch(digits) or math.isinf(found := float(digits)):
        return text
    return number(found)


def number(value: float) -> float | int:
    """Write a number as JSON in Go does: a whole one has no point, a large integer is a float."""
    if math.isinf(value) or math.isnan(value):
        raise UndecodableError("JSON has no infinite number and no NaN")
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**63 else value
    return value if -(2**63) <= value < 2**63 else float(value)


def key_text(value: Any) -> str:
    """Write the key of a mapping as JSON does, which knows text only."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case _:
            raise UndecodableError("JSON has no such key")
