"""How credentials look when they are written where everybody can read them.

Repetitions that may begin at many places are bounded: Python would take a time that grows with the
square of the text.
"""

import re
from typing import Final

from tradingstack_operator.rules import cel

_PARTS: Final = "pass|pwd|secret|token|cred|apikey|bearer|private|signing|cookie"
_WORDS: Final = "keys?|auth|dsn|jwt|pem|cert|salt|seed|pin|otp|sig|mnemonic"
_TELLING_NAME: Final = re.compile(
    rf"(?i)({_PARTS})|(^|[^a-z0-9])({_WORDS})([^a-z0-9]|\Z)|(key|auth)\Z"
)
"""The name of a variable that speaks of a credential."""
_SETTING: Final = re.compile(r"true|false|[0-9]{1,9}([.][0-9]{1,6})?(ms|s|m|h|%)?")
"""A value that no credential has."""
_PATH_NAME: Final = re.compile(r"(?i)(file|path|dir)\Z")
PATH: Final = re.compile(r"/[A-Za-z0-9._/-]+")
_LABEL_NAME: Final = re.compile(
    r"(?i)[^a-z0-9](name|policy|prefix|suffix|mode|type|header|algorithm|issuer|audience)\Z"
)
_LABEL: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,31}")

URL_USER: Final = re.compile(r"://[^/?#]*@")
PAIR: Final = re.compile(
    r"(?i:(^|[?&;, ])[a-z0-9_.-]*(pass|pwd|secret|token|key|cred|auth|user|uid|sig|jwt)"
    r"[a-z0-9_.-]{0,32} ?=)"
)
TOKEN_OR_KEY: Final = re.compile(r"eyJ[A-Za-z0-9_-]{8,}|-----|^[a-f0-9]{32,}\Z")
_ENCODED: Final = re.compile(r"[A-Za-z0-9+_=-][A-Za-z0-9+/_=-]{19,}")
"""A value that is a credential when it has capitals and digits."""

_NAMES: Final = (
    "passw(or)?d|passphrase|pwd|secret|token|(api|private|access)[-_.]?key|credential|bearer|jwt"
)
WORD: Final = re.compile(
    r"://[^/?# ]*@|-----BEGIN|eyJ[A-Za-z0-9_-]{8,}"
    r"|(?i:(bearer|basic) +[a-z0-9+/=._~-]{8,})"
    rf"|(?i:^-{{1,2}}([a-z0-9_.-]*({_NAMES})s?|([a-z0-9_.-]*[-_.]|require)?pass)\Z)"
    rf"|(?i:(^|[ \t\n])-{{1,2}}[a-z0-9_.-]*({_NAMES})s?[ \t]+[\"']?[^-\"'$/ \t\n])"
)
"""A word of a command that carries one, or whose next word does."""
ASSIGNMENT: Final = re.compile(
    rf"(?i)({_NAMES}|(^|[^a-z0-9])(require)?pass)"
    r"([a-z0-9_.-]{1,32}=[\"']?[^\"'$/ \t\n]|=[\"']?[^\"'$ \t\n])"
)
"""A part of a word that gives one a value, unless the word is a plain setting."""
PLAIN_SETTING: Final = re.compile(
    r"(?i:-{0,2}[a-z0-9_.-]+=(true|false))"
    rf"|(?i:-{{0,2}}[a-z0-9_.-]*({_NAMES})[a-z0-9_.-]{{1,32}}=)({_SETTING.pattern})"
    r"|(?i:-{0,2}[a-z0-9_.-]+[-_.](name|policy|prefix|suffix|mode|type|header|algorithm|issuer"
    r"|audience)=)[a-z0-9][a-z0-9.-]{0,31}"
)

ANNOTATION_NAME: Final = re.compile(
    r"(?i)(passw(or)?d|passphrase|secret|token|api[-_.]?key|credential)[^/]*\Z"
)
ANNOTATION: Final = re.compile(r"-----BEGIN|eyJ[A-Za-z0-9_-]{8,}|://[^/?# \":]*:[^/?# \"]*@")


def names_a_credential(name: str, value: str) -> bool:
    """Tell whether a variable is called like a credential and does not hold something harmless."""
    if not _TELLING_NAME.search(name):
        return False
    is_setting = _SETTING.fullmatch(value)
    is_path = _PATH_NAME.search(name) and PATH.fullmatch(value)
    is_label = _LABEL_NAME.search(name) and _LABEL.fullmatch(value)
    return not (is_setting or is_path or is_label)


def names_no_credential_in_cel(name: str, value: str) -> str:
    return (
        f"!{cel.matches(name, _TELLING_NAME)}"
        f" || {cel.full_match(value, _SETTING)}"
        f" || {cel.matches(name, _PATH_NAME)} && {cel.full_match(value, PATH)}"
        f" || {cel.matches(name, _LABEL_NAME)} && {cel.full_match(value, _LABEL)}"
    )


def looks_encoded(value: str) -> bool:
    """Tell whether a value is long and mixed, as keys are in base64 and the like."""
    mixed = re.search("[A-Z]", value) and re.search("[0-9]", value)
    return bool(_ENCODED.fullmatch(value) and mixed)


def looks_encoded_in_cel(value: str) -> str:
    return (
        f"{cel.full_match(value, _ENCODED)} && {value}.matches('[A-Z]') && {value}.matches('[0-9]')"
    )
