import re

from tradingstack_operator.api.conditions import REASONS, TRUE_MEANS_TROUBLE, ConditionType


def test_every_condition_has_reasons():
    assert set(ConditionType) == set(REASONS)


def test_every_reason_is_one_camel_case_word():
    odd = {
        reason
        for reasons in REASONS.values()
        for reason in reasons
        if not re.fullmatch("[A-Z][A-Za-z]*", reason)
    }
    assert set() == odd


def test_only_the_conditions_of_kstatus_are_bad_news_when_true():
    assert {"Reconciling", "Stalled"} == TRUE_MEANS_TROUBLE


def test_a_halt_does_not_clear_ready():
    assert "Halted" not in REASONS[ConditionType.READY]
