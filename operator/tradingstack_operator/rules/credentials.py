"""Credentials live in the secret store, each stack's in a folder of its own."""

import re
from collections.abc import Iterator
from typing import Final

from tradingstack_operator.api.parts import EnvVar
from tradingstack_operator.rules import cel
from tradingstack_operator.rules.case import Case
from tradingstack_operator.rules.policies import if_changed
from tradingstack_operator.rules.rule import Broken, Crd, Validation, rule

_TELLING_PARTS: Final = (
    "PASS", "PWD", "SECRET", "TOKEN", "CRED", "APIKEY", "BEARER", "PRIVATE", "SIGNING", "COOKIE",
)  # fmt: skip
_TELLING_WORDS: Final = (
    "KEY", "KEYS", "AUTH", "DSN", "JWT", "PEM", "CERT", "SALT", "SEED", "PIN", "OTP", "SIG",
    "MNEMONIC",
)  # fmt: skip
_TELLING_NAME: Final = re.compile(
    f"{'|'.join(_TELLING_PARTS)}|(^|_)({'|'.join(_TELLING_WORDS)})(_|$)|(KEY|AUTH)$"
)
_SETTING: Final = re.compile(r"true|false|[0-9]{1,9}([.][0-9]{1,6})?(ms|s|m|h|%)?")
_PATH_NAME: Final = re.compile(r"_(FILE|PATH|DIR)$")
_PATH: Final = re.compile(r"/[A-Za-z0-9._/-]+")
_LABEL_NAME: Final = re.compile(
    r"_(NAME|POLICY|PREFIX|SUFFIX|MODE|TYPE|HEADER|ALGORITHM|ISSUER|AUDIENCE)$"
)
_LABEL: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,31}")

_URL_USER: Final = re.compile(r"://[^/?#]*@")
_KEY_VALUE: Final = re.compile(
    r"(?i)(^|[?&;, ])[a-z0-9_. -]*(pass|pwd|secret|token|key|cred|auth|user|uid|sig|jwt)"
    r"[a-z0-9_. -]*="
)
_ENCODED: Final = re.compile(r"[A-Za-z0-9+/_=-]{20,}")
_TOKEN_OR_KEY: Final = re.compile(r"eyJ[A-Za-z0-9_-]{8,}|-----|^[a-f0-9]{32,}\Z")

_RESERVED_NAME: Final = re.compile(
    r"(^|_)(SIMULAT|SIM_|PAPER|DRY_?RUN|BACKTEST|SANDBOX|MOCK)"
    r"|_?(HTTPS?|ALL|NO|FTP)_PROXY$"
    r"|^LD_|^PYTHON|^PATH$|^SSL_CERT"
)


@rule(
    "INV-06",
    "a stack reads its credentials from environment/namespace/name only",
    Validation(
        "stacks",
        if_changed(
            "object.spec.secrets.pathPrefix == "
            "object.spec.environment + '/' + request.namespace + '/' + object.metadata.name"
        ),
        "spec.secrets.pathPrefix",
        "set it to <environment>/<namespace>/<name> of this stack",
    ),
)
def secret_folder_is_the_stacks_own(case: Case) -> Iterator[Broken]:
    """Keep a stack from reading the credentials of every other one."""
    metadata = case.stack.metadata
    own = f"{case.spec.environment}/{metadata.namespace}/{metadata.name}"
    if case.spec.secrets.path_prefix != own:
        yield Broken("spec.secrets.pathPrefix", f"set it to {own}")


@rule(
    "INV-07",
    "a stack uses a secret store that PlatformPolicy lists for its environment",
    Validation(
        "stacks-allowed",
        if_changed(
            "params.spec.secretStores.exists(s, s.kind == object.spec.secrets.storeRef.kind"
            " && s.name == object.spec.secrets.storeRef.name"
            " && object.spec.environment in s.environments)"
        ),
        "spec.secrets.storeRef",
        "choose one of PlatformPolicy's secretStores of this environment",
    ),
)
def secret_store_is_allowed_here(case: Case) -> Iterator[Broken]:
    """Take credentials only from where the platform team vouches for them."""
    field = "spec.secrets.storeRef"
    if case.policy is None:
        yield case.undecided(field)
        return
    wanted = case.spec.secrets.store_ref
    if not any(
        (store.kind, store.name) == (wanted.kind, wanted.name)
        and case.spec.environment in store.environments
        for store in case.policy.secret_stores
    ):
        yield Broken(field)


_ENVS: Final = ("spec.ingestors[].env[]", "spec.riskApi.env[]")


def _on_every_variable(expression: str, next_step: str, field: str) -> tuple[Crd, ...]:
    return tuple(Crd("TradingStack", path, expression, next_step, field) for path in _ENVS)


@rule(
    "INV-08a",
    "a variable holds no credential",
    *_on_every_variable(
        f"!{cel.matches('self.name', _TELLING_NAME)}"
        f" || {cel.full_match('self.value', _SETTING)}"
        f" || {cel.matches('self.name', _PATH_NAME)} && {cel.full_match('self.value', _PATH)}"
        f" || {cel.matches('self.name', _LABEL_NAME)} && {cel.full_match('self.value', _LABEL)}",
        "keep it in the secret store and give the path of its file in a *_FILE variable",
        "name",
    ),
    *_on_every_variable(
        f"!self.name.endsWith('_FILE') || {cel.full_match('self.value', _PATH)}",
        "give the absolute path of a file",
        "value",
    ),
    *_on_every_variable(
        f"!{cel.matches('self.value', _URL_USER)}",
        "take user and password out of the URL",
        "value",
    ),
    *_on_every_variable(
        f"!{cel.matches('self.value', _KEY_VALUE)}",
        "take the key=value pair of a credential out",
        "value",
    ),
    *_on_every_variable(
        f"!({cel.full_match('self.value', _ENCODED)} && !self.value.startsWith('/')"
        f" && self.value.matches('[A-Z]') && self.value.matches('[0-9]'))"
        f" && !{cel.matches('self.value', _TOKEN_OR_KEY)}",
        "move what looks like a key or token to the secret store",
        "value",
    ),
)
def env_carries_no_credential(case: Case) -> Iterator[Broken]:
    """Hide credentials from everybody who may read a pod, or this object in Git."""
    for path, variable in _variables(case):
        if _names_a_credential(variable):
            yield Broken(
                f"{path}.name",
                "keep it in the secret store and give the path of its file in a *_FILE variable",
            )
        if variable.name.endswith("_FILE") and not _PATH.fullmatch(variable.value):
            yield Broken(f"{path}.value", "give the absolute path of a file")
        if _URL_USER.search(variable.value):
            yield Broken(f"{path}.value", "take user and password out of the URL")
        if _KEY_VALUE.search(variable.value):
            yield Broken(f"{path}.value", "take the key=value pair of a credential out")
        if _looks_encoded(variable.value) or _TOKEN_OR_KEY.search(variable.value):
            yield Broken(f"{path}.value", "move what looks like a key or token to the secret store")


@rule(
    "INV-08c",
    "a variable leaves to the operator what the operator decides",
    *_on_every_variable(
        f"!{cel.matches('self.name', _RESERVED_NAME)}",
        "remove it and use the field of the spec that decides it",
        "name",
    ),
)
def env_overrides_no_typed_field(case: Case) -> Iterator[Broken]:
    """Keep trading mode, proxy and loader as the other rules have checked them."""
    for path, variable in _variables(case):
        if _RESERVED_NAME.search(variable.name):
            yield Broken(f"{path}.name")


def _names_a_credential(variable: EnvVar) -> bool:
    if not _TELLING_NAME.search(variable.name):
        return False
    is_setting = _SETTING.fullmatch(variable.value)
    is_path = _PATH_NAME.search(variable.name) and _PATH.fullmatch(variable.value)
    is_label = _LABEL_NAME.search(variable.name) and _LABEL.fullmatch(variable.value)
    return not (is_setting or is_path or is_label)


def _looks_encoded(value: str) -> bool:
    letters_and_digits = re.search("[A-Z]", value) and re.search("[0-9]", value)
    is_text = _ENCODED.fullmatch(value) and not value.startswith("/")
    return bool(is_text and letters_and_digits)


def _variables(case: Case) -> Iterator[tuple[str, EnvVar]]:
    for place, ingestor in enumerate(case.spec.ingestors):
        for number, variable in enumerate(ingestor.env):
            yield f"spec.ingestors[{place}].env[{number}]", variable
    for number, variable in enumerate(case.spec.risk_api.env):
        yield f"spec.riskApi.env[{number}]", variable
