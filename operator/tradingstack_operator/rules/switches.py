"""How programs are told to do something other than trade."""

import re
from typing import Final

from tradingstack_operator.rules import cel

_MODES: Final = "simulat|paper|dry[-_.]?run|back[-_.]?test|sandbox|mock"
_SWITCH_NAME: Final = re.compile(
    rf"(?i)simulat|dry[-_.]?run|(^|[^a-z0-9])({_MODES}|sim([^a-z0-9]|\Z))"
)
_MODE_NAME: Final = re.compile(r"(?i)mode\Z")
_MODE: Final = re.compile(rf"(?i)^({_MODES})")
WORD: Final = re.compile(
    r"(?i)^(simulat(e|ed|ion|or)?|paper([-_]?trading)?|dry[-_]?run|back[-_]?test)\Z"
    rf"|(^|[ \t\n])-{{1,2}}([a-z0-9_.-]*simulat|([a-z0-9]+[-_.])*({_MODES}|sim([-_.=]|\Z)))"
    rf"|(^|[^a-z0-9_])([a-z0-9]+_)*({_MODES}|sim_)[a-z0-9_]{{0,32}}="
    rf"|mode[= ][\"']?({_MODES})"
)
"""A word of a command that does so."""


def is_switch(name: str, value: str) -> bool:
    """Tell whether a variable does so."""
    return bool(_SWITCH_NAME.search(name) or (_MODE_NAME.search(name) and _MODE.search(value)))


def is_switch_in_cel(name: str, value: str) -> str:
    return (
        f"({cel.matches(name, _SWITCH_NAME)}"
        f" || {cel.matches(name, _MODE_NAME)} && {cel.matches(value, _MODE)})"
    )
