"""The golden cases: stacks as users write them, and what the operator renders for each."""

from pathlib import Path

import yaml

from tests.golden.yaml_text import dump, load
from tests.support.halts import RELAY
from tradingstack_operator.api.platform_policy import PlatformPolicy
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired.build import build
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.images import Images

FOLDER = Path(__file__).parent / "cases"
POLICY = Path(__file__).parent / "policy.yaml"
WITHOUT_POLICY = frozenset({"minimal"})
NAMES = tuple(sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir()))
UID = "00000000-0000-4000-8000-000000000001"
IMAGES = Images(
    **{
        program: f"registry.example/{program}:1@sha256:{'f' * 64}"
        for program in ("database", "cache", "bus", "features", "tools")
    }
)


def stack(name):
    """Read a case's stack, with the uid that the API server would have given it."""
    manifest = yaml.safe_load((FOLDER / name / "stack.yaml").read_text())
    manifest["metadata"]["uid"] = UID
    return TradingStack.model_validate(manifest)


def facts(name):
    """Give a case its surroundings: the platform's policy, unless the case shows its absence."""
    return Facts(
        policy=None if name in WITHOUT_POLICY else platform_policy(), images=IMAGES, relay=RELAY
    )


def platform_policy():
    return PlatformPolicy.model_validate(yaml.safe_load(POLICY.read_text()))


def rendered(name):
    return list(build(stack(name), facts(name)))


def expected(name):
    return load((FOLDER / name / "expected.yaml").read_text())


def write_expected(name):
    (FOLDER / name / "expected.yaml").write_text(dump(rendered(name)))


CASES = tuple((name, rendered(name)) for name in NAMES)
"""Each case's name with its rendered manifests, in the order they are applied."""
