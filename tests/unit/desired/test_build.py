import copy

import yaml

from tests.golden.cases import FOLDER, UID, facts, rendered, stack
from tests.unit.desired.factory import a_stack, an_ingestor, objects
from tradingstack_operator.api.trading_stack import TradingStack
from tradingstack_operator.desired.build import build
from tradingstack_operator.model.facts import Facts
from tradingstack_operator.model.kinds import MANAGED_KINDS


def test_building_twice_is_equal():
    assert build(stack("full"), facts("full")) == build(stack("full"), facts("full"))


def test_the_order_of_a_users_keys_and_sets_changes_nothing():
    manifest = yaml.safe_load((FOLDER / "full" / "stack.yaml").read_text())
    manifest["metadata"]["uid"] = UID
    manifest["spec"] = dict(reversed(manifest["spec"].items()))
    manifest["spec"]["ingestors"].reverse()
    manifest["spec"]["ingestors"][1]["partners"].reverse()
    manifest["spec"]["ingestors"][1]["env"].reverse()
    manifest["spec"]["safety"]["circuitBreakers"].reverse()
    turned = TradingStack.model_validate(manifest)
    assert rendered("full") == list(build(turned, facts("full")))


def test_no_two_stacks_share_a_mutable_part():
    first = build(a_stack(), Facts())
    pristine = copy.deepcopy(build(a_stack(), Facts()))
    for manifest in first:
        manifest["metadata"]["labels"].clear()
        manifest.get("spec", {}).clear()
    assert pristine == build(a_stack(), Facts())


def test_objects_come_in_the_order_they_are_applied():
    rank = {kind.kind: index for index, kind in enumerate(MANAGED_KINDS)}
    order = [(rank[kind], name) for kind, name in objects(a_stack(ingestors=[an_ingestor()]))]
    assert sorted(order) == order


def test_a_stack_without_surroundings_renders():
    assert ("StatefulSet", "alpha-cache") in objects(a_stack(), Facts())
