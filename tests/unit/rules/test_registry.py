import importlib
import pkgutil

from tests.support.stacks import facts, stack
from tradingstack_operator import rules
from tradingstack_operator.rules.case import Case
from tradingstack_operator.rules.registry import POLICY_RULES, STACK_RULES, validate_stack
from tradingstack_operator.rules.rule import Rule


def test_every_rule_that_exists_is_enforced():
    modules = [
        importlib.import_module(f"{rules.__name__}.{module.name}")
        for module in pkgutil.iter_modules(rules.__path__)
    ]
    written = {
        value.find.__name__
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Rule)
    }
    assert written == {rule.find.__name__ for rule in (*STACK_RULES, *POLICY_RULES)}


def test_the_rules_of_a_stack_have_ids_of_their_own():
    assert len(STACK_RULES) == len({rule.id for rule in STACK_RULES})


def test_every_rule_says_why_it_exists():
    assert [rule.find for rule in (*STACK_RULES, *POLICY_RULES) if not rule.find.__doc__] == []


def test_a_fitting_stack_breaks_no_rule():
    assert validate_stack(Case(stack(), facts())) == ()
