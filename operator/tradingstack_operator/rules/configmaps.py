"""What a ConfigMap of a stack namespace may hold: settings, and no credential."""

import re
from collections.abc import Iterator
from typing import Final

from tradingstack_operator.rules import cel
from tradingstack_operator.rules.request import OPERATE, Request
from tradingstack_operator.rules.rule import Broken, Rule, Validation, rule

LARGEST: Final = 256 * 1024
"""Characters of all values; a search through more would exceed what CEL may cost."""

TELLING_KEY: Final = re.compile(
    r"(?i)(passw|passphrase|secret|token|api[-_.]?key|private[-_.]?key|credential|pgpass"
    r"|kubeconfig|id_rsa|id_ed25519)"
)
_SETTING: Final = re.compile(
    r"(true|false|[0-9]{1,9}([.][0-9]{1,6})?(ms|s|m|h|%)?|/[A-Za-z0-9._/-]+)?"
)
_NAME_KEY: Final = re.compile(r"(?i)[-_.](name|policy|prefix|suffix|mode|type|issuer|audience)\Z")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,31}")

KEY_MATERIAL: Final = re.compile(
    r"PRIVATE KEY|PuTTY-User-Key|eyJ[A-Za-z0-9_-]{8,}[.]eyJ"
    r"|AKIA[0-9A-Z]{16}|hvs[.][A-Za-z0-9_-]{20}"
)
URL_PASSWORD: Final = re.compile(r"://[^/?# \t\r\n{}]*:[^/?# \t\r\n{}]+@")
PGPASS_LINE: Final = re.compile(
    r"(?m)^[^:# \t\r\n{}]+:([0-9]{3,5}|[*])(:[^: \t\r\n{}]+){2}:[^ \t\r\n{}]+[ \t\r]*$"
)
KEY_VALUE: Final = re.compile(
    r"(?i)(passw(or)?d|passphrase|secret|token|api[-_]?key|client-key-data)[\"']?[ \t]*[:=]"
    r"([ \t]*[|>][-+0-9]*\r?\n)?[ \t]*[\"']?[a-z0-9]"
)

VARIABLES: Final = {
    "content": (
        "request.resource.resource == 'configmaps' && (request.operation == 'CREATE'"
        " || dyn(object).?data.orValue({}) != dyn(oldObject).?data.orValue({}))"
        " ? dyn(object).?data.orValue({}) : {}"
    ),
    # the operator's own texts are long, and searching them is the dearest part of all rules
    "texts": f"variables.content.size() == 0 || {OPERATE.cel} ? {{}} : variables.content",
}
"""CEL for the policy: what a request changes in a ConfigMap, and what of it is searched."""


@rule(
    "INV-38",
    "a ConfigMap holds text, no binary data",
    Validation(
        "objects",
        "request.resource.resource != 'configmaps' || !has(dyn(object).binaryData)"
        " || oldObject != null && dyn(object).?binaryData == dyn(oldObject).?binaryData",
        "binaryData",
        "write it as text under data, or ship it in the image",
    ),
)
def config_map_holds_text(request: Request) -> Iterator[Broken]:
    """Leave no place that the other rules cannot look into."""
    if (
        request.resource == "configmaps"
        and request.new.get("binaryData")
        and request.changes("binaryData")
    ):
        yield Broken("binaryData")


@rule(
    "INV-38",
    "a ConfigMap holds at most 256 KiB",
    Validation(
        "objects",
        "variables.content.size() == 0"
        f" || variables.content.map(key, size(variables.content[key])).sum() <= {LARGEST}",
        "data",
        "split it into several, or ship it in the image",
    ),
)
def config_map_is_small(request: Request) -> Iterator[Broken]:
    """Keep every ConfigMap small enough to be searched for credentials."""
    if sum(map(len, _content(request).values())) > LARGEST:
        yield Broken("data")


@rule(
    "INV-38",
    "no key of a ConfigMap stands for a credential",
    Validation(
        "objects",
        f"variables.texts.all(key, text, !{cel.matches('key', TELLING_KEY)}"
        f" || {cel.full_match('text', _SETTING)}"
        f" || {cel.matches('key', _NAME_KEY)} && {cel.full_match('text', _NAME)})",
        "data",
        "put it into the secret store and fetch it with an ExternalSecret",
    ),
)
def keys_stand_for_no_credential(request: Request) -> Iterator[Broken]:
    """Keep credentials out of objects that everybody in the namespace may read.

    Rate limits and the names of Secrets are no credentials, whatever their keys sound like.
    """
    for key, text in _texts(request).items():
        is_setting = _SETTING.fullmatch(text)
        is_name = _NAME_KEY.search(key) and _NAME.fullmatch(text)
        if TELLING_KEY.search(key) and not is_setting and not is_name:
            yield Broken(f"data[{key}]")


def _searched(law: str, pattern: re.Pattern[str], next_step: str) -> Rule[Request]:
    """Make a rule that no value holds what a pattern finds."""

    @rule(
        "INV-38",
        law,
        Validation(
            "objects",
            f"variables.texts.all(key, text, !{cel.matches('text', pattern)})",
            "data",
            next_step,
        ),
    )
    def value_holds_no_credential(request: Request) -> Iterator[Broken]:
        """Keep credentials out of objects that everybody in the namespace may read."""
        for key, text in _texts(request).items():
            if pattern.search(text):
                yield Broken(f"data[{key}]")

    return value_holds_no_credential


def _content(request: Request) -> dict[str, str]:
    """Tell what a request changes in a ConfigMap."""
    if request.resource != "configmaps" or not request.changes("data"):
        return {}
    return request.new.get("data") or {}


def _texts(request: Request) -> dict[str, str]:
    return {} if OPERATE in request.rights else _content(request)


no_value_is_a_key_or_token: Final = _searched(
    "a ConfigMap holds no private key and no token",
    KEY_MATERIAL,
    "put it into the secret store and fetch it with an ExternalSecret",
)
no_url_has_a_password: Final = _searched(
    "a ConfigMap holds no URL with a password",
    URL_PASSWORD,
    "take user and password out of the URL",
)
no_line_is_of_a_password_file: Final = _searched(
    "a ConfigMap holds no line of a password file",
    PGPASS_LINE,
    "make the password file with the template of an ExternalSecret",
)
no_setting_is_a_credential: Final = _searched(
    "a ConfigMap gives no credential a value",
    KEY_VALUE,
    "let the program read the credential from the file of an ExternalSecret",
)

RULES: Final = (
    config_map_holds_text,
    config_map_is_small,
    keys_stand_for_no_credential,
    no_value_is_a_key_or_token,
    no_url_has_a_password,
    no_line_is_of_a_password_file,
    no_setting_is_a_credential,
)
