"""What built-in kinds look like once the server has read them: no empty fields, plain quantities.

The server decodes them into Go structs, which do not know an empty list from none.
"""

import re
from fractions import Fraction
from typing import Any, Final

_MAPS: Final = frozenset(
    {
        "annotations",
        "binaryData",
        "data",
        "labels",
        "limits",
        "matchLabels",
        "nodeSelector",
        "requests",
    }
)
"""Maps that are left out when empty; other empty maps are structs that somebody set."""
_FALSE: Final = frozenset(
    {
        "hostIPC",
        "hostNetwork",
        "hostPID",
        "paused",
        "publishNotReadyAddresses",
        "readOnly",
        "stdin",
        "tty",
    }
)
_ZERO: Final = frozenset({"initialDelaySeconds", "minReadySeconds"})
_QUANTITIES: Final = frozenset({"limits", "requests"})
_QUANTITY: Final = re.compile(r"([+-]?[0-9.]+)([a-zA-Z]*)")
_BINARY: Final = {suffix: 1024**n for n, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi"), 1)}
_DECIMAL: Final = {
    suffix: Fraction(1000) ** n
    for n, suffix in enumerate(("n", "u", "m", "", "k", "M", "G", "T"), -3)
}


def canonical(body: dict) -> dict:
    """Bring an object of a built-in kind into the form it is read back in."""
    return _map(body, "")


def _map(value: dict, name: str) -> dict:
    if name in _QUANTITIES:
        return {key: quantity(item) for key, item in value.items()}
    if name in _MAPS:
        return value
    return {key: _value(item, key) for key, item in value.items() if not _is_omitted(item, key)}


def _value(value: Any, name: str) -> Any:
    match value:
        case dict():
            return _map(value, name)
        case list():
            return [_value(item, "") for item in value]
        case _:
            return quantity(value) if name == "sizeLimit" else value


def _is_omitted(value: Any, name: str) -> bool:
    match value:
        case None | "" | []:
            return True
        case bool():
            return not value and name in _FALSE
        case 0:
            return name in _ZERO
        case {}:
            return not value and name in _MAPS
        case _:
            return False


def quantity(text: Any) -> str:
    """Write a quantity with the largest unit that needs no fraction."""
    match = _QUANTITY.fullmatch(str(text))
    if not match:
        return str(text)
    number, suffix = Fraction(match[1]), match[2]
    if suffix in _BINARY:
        return _with_unit(number * _BINARY[suffix], _BINARY | {"": 1})
    if suffix in _DECIMAL:
        return _with_unit(number * _DECIMAL[suffix], _DECIMAL)
    return str(text)


def _with_unit(number: Fraction, units: dict) -> str:
    for suffix, unit in sorted(units.items(), key=lambda item: -item[1]):
        count = Fraction(number) / unit
        if count and count.denominator == 1:
            return f"{count}{suffix}"
    return "0"
