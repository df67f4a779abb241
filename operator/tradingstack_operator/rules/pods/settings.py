"""What a program is told about trading, and about the way out."""

import re
from collections.abc import Iterator
from typing import Final

from tradingstack_operator.api.platform_policy import EgressProxy
from tradingstack_operator.rules import cel, switches
from tradingstack_operator.rules.pods.view import (
    PODS_ALLOWED,
    Pod,
    of_variables,
    of_words,
    pod_rule,
)
from tradingstack_operator.rules.request import Request
from tradingstack_operator.rules.rule import Broken, Rule

_VALUE: Final = "e.?value.orValue('')"
_PROXY_NAME: Final = re.compile(r"(?i)^(https?|all|ftp|wss?|grpc|socks[45]?)_proxy\Z")
_DIRECT_NAME: Final = re.compile(r"(?i)^no_proxy\Z")
_WIDE: Final = re.compile(r"[*]|/[0-7]([^0-9]|\Z)|(^|[, ])[.]([, ]|\Z)")
"""What stands for everywhere in a list of hosts."""
VARIABLES: Final = {
    "proxyHost": "params.spec.egress.proxy.host",
    "proxy": "'http://' + (variables.proxyHost.contains(':')"
    " ? '[' + variables.proxyHost + ']' : variables.proxyHost)"
    " + ':' + string(params.spec.egress.proxy.port)",
}


@pod_rule(
    "INV-04b",
    "no program of production is told to simulate",
    of_variables(
        f"!variables.production || !{switches.is_switch_in_cel('e.name', _VALUE)}",
        "name",
        "remove it; use a stack in a namespace labelled staging",
    ),
    of_words(
        f"!variables.production || !{cel.matches('w', switches.WORD)}",
        "remove the word; use a stack in a namespace labelled staging",
    ),
)
def production_is_told_to_trade(pod: Pod) -> Iterator[Broken]:
    """Orders that never leave, in a stack that everybody believes to trade, cost a day."""
    if not pod.request.production:
        return
    for path, variable in pod.variables():
        if switches.is_switch(variable["name"], variable.get("value") or ""):
            yield Broken(f"{path}.name")
    for path, word in pod.words():
        if switches.WORD.search(word):
            yield Broken(path, "remove the word; use a stack in a namespace labelled staging")


@pod_rule(
    "INV-18c",
    "programs go out through the approved proxy",
    of_variables(
        f"!{cel.matches('e.name', _PROXY_NAME)} || {_VALUE} == variables.proxy",
        "value",
        "set it to http:// with host and port of PlatformPolicy's proxy, or remove it",
        PODS_ALLOWED,
    ),
    of_variables(
        f"!{cel.matches('e.name', _DIRECT_NAME)}"
        f" || {_VALUE} != '' && !{cel.matches(_VALUE, _WIDE)}",
        "value",
        "list the neighbours of the pod in NO_PROXY, and nothing that stands for everywhere",
        PODS_ALLOWED,
    ),
)
def programs_use_the_approved_proxy(pod: Pod) -> Iterator[Broken]:
    """Send no order and no credential through a proxy of somebody else."""
    approved = _address(pod.request.allowed.egress.proxy)
    for path, variable in pod.variables():
        value = variable.get("value") or ""
        if _PROXY_NAME.search(variable["name"]) and value != approved:
            yield Broken(f"{path}.value")
        if _DIRECT_NAME.search(variable["name"]) and (not value or _WIDE.search(value)):
            yield Broken(
                f"{path}.value",
                "list the neighbours of the pod, and nothing that stands for everywhere",
            )


def _address(proxy: EgressProxy) -> str:
    host = f"[{proxy.host}]" if ":" in proxy.host else proxy.host
    return f"http://{host}:{proxy.port}"


RULES: Final[tuple[Rule[Request], ...]] = (
    production_is_told_to_trade,
    programs_use_the_approved_proxy,
)
