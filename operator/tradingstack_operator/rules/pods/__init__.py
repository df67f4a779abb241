"""What every pod of a stack namespace keeps, and every template of pods."""

from typing import Any, Final

from tradingstack_operator.rules import children
from tradingstack_operator.rules.pods import (
    credentials,
    identity,
    images,
    settings,
    surroundings,
    trust,
    view,
)
from tradingstack_operator.rules.policies import Match, Policy
from tradingstack_operator.rules.rule import Rule

_MAKERS: Final = (
    Match("apps", ("deployments", "statefulsets", "daemonsets", "replicasets")),
    Match("batch", ("jobs", "cronjobs")),
)
_PODS: Final = (
    "pods", "pods/ephemeralcontainers", "pods/resize", "podtemplates", "replicationcontrollers",
)  # fmt: skip

PODS: Final = Policy(
    view.PODS,
    "What holds for every pod of a stack, whatever the platform allows.",
    (Match("", _PODS), *_MAKERS),
    variables=view.VARIABLES | view.PARTS,
)
PODS_ALLOWED: Final = Policy(
    view.PODS_ALLOWED,
    "What PlatformPolicy allows pods, and who may change those of the operator.",
    # a pod's labels, which network policies select by, can be written through its status
    (Match("", (*_PODS, "pods/status")), *_MAKERS),
    reads_platform_policy=True,
    skips_updates=True,
    variables=children.VARIABLES
    | view.VARIABLES
    | {"volumes": view.PARTS["volumes"]}
    | trust.VARIABLES
    | settings.VARIABLES,
)
POLICIES: Final = (PODS, PODS_ALLOWED)
RULES: Final[tuple[Rule[Any], ...]] = (
    *identity.RULES,
    *surroundings.RULES,
    *images.RULES,
    *credentials.RULES,
    *settings.RULES,
)
