"""Credentials live in the secret store, each stack's in a folder of its own."""

import re
from collections.abc import Iterator
from typing import Final

from tradingstack_operator.api.parts import EnvVar
from tradingstack_operator.rules import cel, literals, switches
from tradingstack_operator.rules.case import Case
from tradingstack_operator.rules.policies import if_changed
from tradingstack_operator.rules.rule import Broken, Crd, Validation, rule

_RESERVED_NAME: Final = re.compile(
    r"(HTTPS?|ALL|NO|FTP|WSS?|GRPC|SOCKS[45]?)_PROXY\Z|^LD_|^PYTHON|^PATH\Z|^SSL_CERT"
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
        literals.names_no_credential_in_cel("self.name", "self.value"),
        "keep it in the secret store and give the path of its file in a *_FILE variable",
        "name",
    ),
    *_on_every_variable(
        f"!self.name.endsWith('_FILE') || {cel.full_match('self.value', literals.PATH)}",
        "give the absolute path of a file",
        "value",
    ),
    *_on_every_variable(
        f"!{cel.matches('self.value', literals.URL_USER)}",
        "take user and password out of the URL",
        "value",
    ),
    *_on_every_variable(
        f"!{cel.matches('self.value', literals.PAIR)}",
        "take the key=value pair of a credential out",
        "value",
    ),
    *_on_every_variable(
        f"!({literals.looks_encoded_in_cel('self.value')})"
        f" && !{cel.matches('self.value', literals.TOKEN_OR_KEY)}",
        "move what looks like a key or token to the secret store",
        "value",
    ),
)
def env_carries_no_credential(case: Case) -> Iterator[Broken]:
    """Hide credentials from everybody who may read a pod, or this object in Git."""
    for path, variable in _variables(case):
        if literals.names_a_credential(variable.name, variable.value):
            yield Broken(
                f"{path}.name",
                "keep it in the secret store and give the path of its file in a *_FILE variable",
            )
        if variable.name.endswith("_FILE") and not literals.PATH.fullmatch(variable.value):
            yield Broken(f"{path}.value", "give the absolute path of a file")
        if literals.URL_USER.search(variable.value):
            yield Broken(f"{path}.value", "take user and password out of the URL")
        if literals.PAIR.search(variable.value):
            yield Broken(f"{path}.value", "take the key=value pair of a credential out")
        if literals.looks_encoded(variable.value) or literals.TOKEN_OR_KEY.search(variable.value):
            yield Broken(f"{path}.value", "move what looks like a key or token to the secret store")


@rule(
    "INV-08c",
    "a variable leaves to the operator what the operator decides",
    *_on_every_variable(
        f"!{cel.matches('self.name', _RESERVED_NAME)}"
        f" && !{switches.is_switch_in_cel('self.name', 'self.value')}",
        "remove it and use the field of the spec that decides it",
        "name",
    ),
)
def env_overrides_no_typed_field(case: Case) -> Iterator[Broken]:
    """Keep trading mode, proxy and loader as the other rules have checked them."""
    for path, variable in _variables(case):
        reserved = _RESERVED_NAME.search(variable.name)
        if reserved or switches.is_switch(variable.name, variable.value):
            yield Broken(f"{path}.name")


def _variables(case: Case) -> Iterator[tuple[str, EnvVar]]:
    for place, ingestor in enumerate(case.spec.ingestors):
        for number, variable in enumerate(ingestor.env):
            yield f"spec.ingestors[{place}].env[{number}]", variable
    for number, variable in enumerate(case.spec.risk_api.env):
        yield f"spec.riskApi.env[{number}]", variable
